"""Metrics of font files: glyphs covered, advance widths and ink boxes, all through Pillow, all cached.

Advance widths scale with the size to within 0.04 %, so text is measured once, at ``REFERENCE`` pixels per em.
"""

import contextlib
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict

from imagegen.overlay.text.engine import has_shaping
from imagegen.overlay.text.fonts import Font

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

Direction = Literal["ltr", "rtl"]

REFERENCE = 128
"""Pixels per em at which text is measured."""
_PROBE = 20
"""Pixels per em at which a glyph is compared with the font's missing-glyph mark."""
_UNASSIGNED = "\U0010fffe"
"""A noncharacter of Unicode, for which every font draws its missing-glyph mark."""


class Undrawable(ValueError):
    """A title that cannot be drawn correctly; the message gives the reason in plain words."""


@contextlib.contextmanager
def refusing_failures(font: Font, text: str) -> Iterator[None]:
    """Turn a failure of FreeType at ``text``, which Pillow raises as OSError, into Undrawable."""
    try:
        yield
    except OSError as error:
        reason = f"the text engine fails at {text!r} in the font {font.id} ({error})"
        raise Undrawable(f"{reason}: take it out, or replace it") from error


@functools.lru_cache(maxsize=24)
def open_font(font: Font, size: float) -> "FreeTypeFont":
    """Open the font at ``size`` pixels per em, with every variable axis set.

    Each size is an object of its own, because Pillow's ``font_variant`` forgets the axes. Few are kept: the largest
    take 3.5 MB each.
    """
    return _open(font, size, shaped=has_shaping())


def _open(font: Font, size: float, *, shaped: bool) -> "FreeTypeFont":
    from PIL import ImageFont

    engine = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
    opened = ImageFont.truetype(font.path(), size, font.index, layout_engine=engine)
    if font.axes:
        opened.set_variation_by_axes(
            [font.axes.get(axis["name"].decode(), axis["default"] or 0) for axis in opened.get_variation_axes()]
        )
        # FreeType hints the first glyph after that as if the axes were not set.
        opened.getlength("H")
    return opened


@functools.lru_cache(maxsize=24)
def _open_probe(font: Font) -> "tuple[FreeTypeFont, object]":
    """Open the font in basic layout, which maps each character to one glyph, and draw its missing-glyph mark."""
    opened = _open(font, _PROBE, shaped=False)
    return opened, _draw_glyph(opened, _UNASSIGNED)


def _draw_glyph(opened: "FreeTypeFont", char: str) -> object:
    mask, offset = opened.getmask2(char)
    return mask.size, offset, bytes(mask), opened.getlength(char)


@functools.lru_cache(maxsize=8192)
def has_glyph(font: Font, char: str) -> bool:
    """Tell if the font has a glyph of its own for ``char`` that shows this character and can be drawn."""
    if char in font.wrong:
        return False
    opened, missing = _open_probe(font)
    try:
        return _draw_glyph(opened, char) != missing
    except OSError:  # FreeType fails on some outlines of variable fonts, at every size.
        return False


@functools.lru_cache(maxsize=4096)
def measure_advance(font: Font, text: str, direction: Direction) -> float:
    """Measure the advance width of ``text`` in ems. Raises Undrawable."""
    opened = open_font(font, REFERENCE)
    with refusing_failures(font, text):
        return opened.getlength(**build_text_arguments(text, direction)) / REFERENCE


@functools.lru_cache(maxsize=4096)
def measure_extent(font: Font, text: str, direction: Direction) -> tuple[float, float]:
    """Measure how far the ink of ``text`` reaches above and below its baseline, in ems."""
    _, top, _, bottom = measure_ink(font, REFERENCE, text, direction)
    return -top / REFERENCE, bottom / REFERENCE


def measure_ink(font: Font, size: float, text: str, direction: Direction) -> tuple[float, float, float, float]:
    """Measure the ink of ``text`` at ``size`` in pixels from the start of its baseline: left, top, right, bottom."""
    opened = open_font(font, size)
    with refusing_failures(font, text):
        return opened.getbbox(**build_text_arguments(text, direction), anchor="ls")


class DrawnRun(NamedTuple):
    """The mask of a run, in Pillow's internal form, and its place from the start of the run's baseline, in pixels."""

    mask: Any
    left: int
    top: int

    @property
    def ink(self) -> tuple[int, int, int, int]:
        """The ink's box, as ``measure_ink`` returns it: left, top, right, bottom."""
        width, height = self.mask.size
        return self.left, self.top, self.left + width, self.top + height


@functools.lru_cache(maxsize=32)
def draw_run(font: Font, size: float, text: str, direction: Direction) -> DrawnRun:
    """Draw ``text`` at ``size``. Raises Undrawable.

    FreeType needs as long to measure a text as to draw it, and the sizes of one original repeat some texts: as many as
    two pictures have are kept, some 100 kB each.
    """
    opened = open_font(font, size)
    with refusing_failures(font, text):
        mask, (left, top) = opened.getmask2(**build_text_arguments(text, direction), mode="L", anchor="ls")
    return DrawnRun(mask, left, top)


_DARK, _PALE = 72, 150
"""The value of a colour, its brightest channel of 255, under which it gets lost on a dark ground, and the value of its
darkest channel over which it gets lost on a pale one. The deep blue and green of flags have 106 and more, Twemoji's
black has 61; its cloud has 204, its yellow faces 77."""
_SEEN_SHARE = 0.18
"""The share of an emoji's ink that has to be between them; a video game's coloured buttons are 0.19."""


@functools.lru_cache(maxsize=512)
def stands_out(font: Font, emoji: str, *, on_dark: bool) -> bool:
    """Tell if a colour emoji shows on a dark ground, or on a pale one; a black heart does not on the first."""
    from PIL import Image, ImageChops, ImageDraw

    drawn = Image.new("RGBA", (_PROBE * 2, _PROBE * 2))
    arguments = build_text_arguments(emoji, "ltr")
    opened = open_font(font, _PROBE)
    with refusing_failures(font, emoji):
        ImageDraw.Draw(drawn).text((4, 4), **arguments, font=opened, embedded_color=True)
    red, green, blue, alpha = drawn.split()
    if on_dark:
        seen = ImageChops.lighter(ImageChops.lighter(red, green), blue).point([0] * _DARK + [255] * (256 - _DARK))
    else:
        seen = ImageChops.darker(ImageChops.darker(red, green), blue).point([255] * _PALE + [0] * (256 - _PALE))
    ink = alpha.point([0] * 128 + [255] * 128)
    total = ink.histogram()[255]
    return seen.histogram(ink)[255] >= _SEEN_SHARE * total


class TextArguments(TypedDict):
    """Pillow's arguments for a text of one direction."""

    text: str
    direction: Direction | None


def build_text_arguments(text: str, direction: Direction) -> TextArguments:
    """Build Pillow's arguments for ``text``. The basic layout knows no direction, so it gets visual order."""
    if has_shaping():
        return TextArguments(text=text, direction=direction)
    if direction == "rtl":
        text = text[::-1].translate(_MIRRORED)
    return TextArguments(text=text, direction=None)


_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")


_FLAT_TOPPED = "Hא国あ가กक🙂"
"""A flat-topped letter of each large script: its height is the visual height of a line above its baseline."""
_USUAL_CAP_HEIGHT = 0.72
"""Ems: the cap height assumed for a font that has none of ``_FLAT_TOPPED``; most text fonts have 0.66 to 0.73."""


@functools.lru_cache(maxsize=64)
def measure_cap_height(font: Font) -> float:
    """Measure the height of the font's capitals, or of their counterpart in its script, in ems."""
    for char in _FLAT_TOPPED:
        if has_glyph(font, char):
            return -measure_ink(font, REFERENCE, char, "ltr")[1] / REFERENCE
    return _USUAL_CAP_HEIGHT


class LatinHeights(NamedTuple):
    """Heights above the baseline in ems: of ``x``, and of ``H``."""

    x_height: float
    cap_height: float


_NOTO_HEIGHTS = LatinHeights(0.536, 0.714)
"""The heights of Noto Sans, which those of its sisters without Latin letters are made to match."""


@functools.lru_cache(maxsize=64)
def measure_latin(font: Font) -> LatinHeights:
    """Measure the heights of the font's Latin letters, or return those that its letters go with."""
    if not (has_glyph(font, "x") and has_glyph(font, "H")):
        return _NOTO_HEIGHTS
    return LatinHeights(*(measure_extent(font, letter, "ltr")[0] for letter in "xH"))
