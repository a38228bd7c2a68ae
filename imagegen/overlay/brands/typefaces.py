"""Fonts of a brand's own: checked when the brand is read, and made into fonts of the overlay."""

import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from imagegen.overlay.brands.files import BrandFile, Unfit
from imagegen.overlay.text.fonts import Font
from imagegen.overlay.text.metrics import has_glyph, measure_advance

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

MOST_BYTES = 10_000_000
"""Bytes of a font file: Inter, variable and with all its alphabets, has 900,000."""
ENDINGS = (".ttf", ".otf", ".woff2")

_SIGNATURES = (b"\0\1\0\0", b"true", b"OTTO", b"wOF2")
_MOST_UNPACKED = 60_000_000
"""Bytes of a WOFF2 file when unpacked."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_PROBE = 100
"""Pixels per em at which the letters are measured."""
_LINE_GAP = 0.18
"""Ems between the descenders of a line and the ascenders of the next, as most of the eighteen fonts have it."""
_CAPITAL = 0.71
"""The height of the capitals in ems that most of the eighteen fonts have."""


_WIDTHS = (0.1, 2.5)
"""The least and the most width of a letter or the space in ems: what is beyond is no text but one heap, or one letter a
line."""


def make_font(file: BrandFile, weight: int | None, usual_weight: int) -> Font:
    """Return the font of a checked file, the same object for the same file and weight. Raises Unfit.

    A variable font is set to ``weight``; without one, to the weight nearest to ``usual_weight`` that it has.
    """
    _check_signature(file.data)
    axis = _find_weights(_open(file.path))
    axes: tuple[tuple[str, float], ...] = ()
    if axis:
        name, least, most = axis
        if weight is not None and not least <= weight <= most:
            raise Unfit(f"a weight of this font, which has {least:g} to {most:g}", "weight")
        axes = ((name, weight or min(max(usual_weight, least), most)),)
    elif weight is not None:
        raise Unfit("no weight: this font has only one", "weight")
    digest = hashlib.sha256(file.data + repr(axes).encode()).hexdigest()
    try:
        font = _make(file.path, digest, axes)
        missing = "".join(letter for letter in _LETTERS if not has_glyph(font, letter))
        widths = [measure_advance(font, letter, "ltr") for letter in "nmH "]
    except OSError as error:
        raise Unfit(f"a font whose letters can be drawn ({error})") from None
    least, most = _WIDTHS
    if not missing and not all(least <= width <= most for width in widths):
        raise Unfit(f"a font whose letters and space are {least:g} to {most:g} ems wide; this one's are not")
    if missing:
        raise Unfit(f"a font with the letters A to Z, a to z and the digits; this one lacks {missing}")
    return font


@functools.cache
def _make(path: Path, digest: str, axes: tuple[tuple[str, float], ...]) -> Font:
    opened = _open(path)
    top, bottom = (opened.getbbox("Hdkgjpqy", anchor="ls")[side] / _PROBE for side in (1, 3))
    capital = -opened.getbbox("H", anchor="ls")[1] / _PROBE
    leading = min(max(bottom - top + _LINE_GAP, 1.0), 1.4)
    scale = min(max(_CAPITAL / capital, 0.75), 1.2) if capital > 0 else 1.0
    return Font(f"brand-{digest[:12]}", "", str(path), dict(axes), round(leading, 3), round(scale, 3), kin=("inter",))


def _check_signature(data: bytes) -> None:
    if data[:4] not in _SIGNATURES:
        raise Unfit("a font in the format TTF, OTF or WOFF2")
    if data[:4] == b"wOF2" and int.from_bytes(data[16:20]) > _MOST_UNPACKED:
        raise Unfit(f"a font of at most {_MOST_UNPACKED:,} bytes when unpacked")
    if len(data) < _find_end(data):
        raise Unfit(f"a whole font; {_find_end(data) - len(data):,} bytes at its end are missing")


def _find_end(data: bytes) -> int:
    """Return the bytes that the font says it has. FreeType opens one without its end, and draws other letters."""
    if data[:4] == b"wOF2":
        return int.from_bytes(data[8:12])
    records = (data[at : at + 16] for at in range(12, 12 + 16 * int.from_bytes(data[4:6]), 16))
    return max((int.from_bytes(record[8:12]) + int.from_bytes(record[12:16]) for record in records), default=0)


def _open(path: Path) -> "FreeTypeFont":
    from PIL import ImageFont

    try:
        return ImageFont.truetype(path, _PROBE, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise Unfit(f"a font that can be opened ({error})") from None


def _find_weights(opened: "FreeTypeFont") -> tuple[str, float, float] | None:
    """Return the name, the least and the most of the weight's axis; None for a font of one weight."""
    try:
        axes = opened.get_variation_axes()
    except OSError:  # FreeType's word for a font without axes
        return None
    for axis in axes:
        name = (axis.get("name") or b"").decode("utf-8", "replace")
        if name.casefold() == "weight":
            return name, float(axis["minimum"] or 0), float(axis["maximum"] or 0)
    return None
