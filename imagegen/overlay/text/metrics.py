"""Font files opened: glyphs covered, widths and ink, all through Pillow, all cached.

Advance widths scale with the size to within 0.04 %, so everything is measured once, at ``REFERENCE`` pixels.
"""

import functools
from typing import TYPE_CHECKING, Literal, TypedDict

from imagegen.overlay.text.engine import shapes
from imagegen.overlay.text.fonts import Font

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

Direction = Literal["ltr", "rtl"]

REFERENCE = 128
"""Pixels on the em at which text is measured."""
_PROBE = 20
"""Pixels on the em at which glyphs are told from the mark of a missing one."""
_UNASSIGNED = "\U0010fffe"
"""A code point that is no character, so that every font draws its mark of a missing glyph for it."""


@functools.lru_cache(maxsize=24)
def face(font: Font, size: int) -> "FreeTypeFont":
    """The font at ``size`` pixels, with every variable axis set.

    A new object for each size: Pillow's ``font_variant`` forgets the axes. Few are kept: the largest take 3.5 MB each.
    """
    return _opened(font, size, shaped=shapes())


def _opened(font: Font, size: int, *, shaped: bool) -> "FreeTypeFont":
    from PIL import ImageFont

    engine = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
    opened = ImageFont.truetype(font.path(), size, font.index, layout_engine=engine)
    if font.axes:
        opened.set_variation_by_axes(
            [font.axes.get(axis["name"].decode(), axis["default"] or 0) for axis in opened.get_variation_axes()]
        )
    return opened


@functools.lru_cache(maxsize=24)
def _probe(font: Font) -> "tuple[FreeTypeFont, object]":
    """The font in basic layout, where a character is looked up as it is, and its mark of a missing glyph."""
    opened = _opened(font, _PROBE, shaped=False)
    return opened, _drawn(opened, _UNASSIGNED)


def _drawn(opened: "FreeTypeFont", char: str) -> object:
    mask, offset = opened.getmask2(char)
    return mask.size, offset, bytes(mask), opened.getlength(char)


@functools.lru_cache(maxsize=8192)
def has(font: Font, char: str) -> bool:
    """Whether the font has a glyph of its own for ``char``."""
    opened, missing = _probe(font)
    return _drawn(opened, char) != missing


@functools.lru_cache(maxsize=4096)
def length(font: Font, text: str, direction: Direction) -> float:
    """The advance width of ``text`` in ems."""
    return face(font, REFERENCE).getlength(**as_drawn(text, direction)) / REFERENCE


def ink(font: Font, size: int, text: str, direction: Direction) -> tuple[float, float, float, float]:
    """The box of what is drawn of ``text`` at ``size``, from the start of its baseline: left, top, right, bottom."""
    return face(font, size).getbbox(**as_drawn(text, direction), anchor="ls")


class Drawn(TypedDict):
    """How Pillow is told to draw a text that runs in one direction."""

    text: str
    direction: Direction | None


def as_drawn(text: str, direction: Direction) -> Drawn:
    """The arguments for Pillow. The basic layout knows no direction, so it gets its letters in the order of sight."""
    if shapes():
        return Drawn(text=text, direction=direction)
    if direction == "rtl":
        text = text[::-1].translate(_MIRRORED)
    return Drawn(text=text, direction=None)


_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")


_CAPITALS = "Hא国あ가กक🙂"
"""A flat-topped letter of each large script: what sits visually between baseline and cap height."""


@functools.lru_cache(maxsize=64)
def cap(font: Font) -> float:
    """The height of the font's capitals, or of what stands for them in its script, in ems."""
    for char in _CAPITALS:
        if has(font, char):
            return -ink(font, REFERENCE, char, "ltr")[1] / REFERENCE
    return 0.72
