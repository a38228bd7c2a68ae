"""Makes ``Twemoji.ttf``, the colour emoji beside the fonts, from the published ``twemoji.woff2``.

The published file (npm: ``twemoji-colr-font`` 15.0.3) leaves the outline under each emoji's colours empty. Pillow
measures that outline, finds no ink, and draws nothing. Here each empty outline becomes the rectangle around its
colours, and each emoji gets a little space after it. The result is no WOFF2, which takes 180 ms to open.

``python -m tools.emoji_font twemoji.woff2 Twemoji.ttf`` makes it; it needs fontTools and brotli.
"""

import sys
from pathlib import Path
from typing import Any

from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]  # has no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # has no types

SPACING = 1.08
"""The new advance width, as a multiple of the old one, which is the width of the picture."""


def outline_emoji(font: Any) -> None:
    """Give each emoji the rectangle around its colour layers as its outline."""
    outlines, metrics = font["glyf"], font["hmtx"]
    for name, layers in font["COLR"].ColorLayers.items():
        boxes = [box for layer in layers if (box := find_box(outlines, layer.name))]
        if outlines[name].numberOfContours or not boxes:
            continue
        lefts, bottoms, rights, tops = zip(*boxes, strict=True)
        left, bottom, right, top = min(lefts), min(bottoms), max(rights), max(tops)
        outlines[name] = draw_rectangle(left, bottom, right, top)
        outlines[name].recalcBounds(outlines)
        metrics[name] = (round(metrics[name][0] * SPACING), left)


def find_box(outlines: Any, name: str) -> tuple[int, int, int, int] | None:
    """Return the box around an outline, None if it is empty."""
    outline = outlines[name]
    if not outline.numberOfContours:
        return None
    outline.recalcBounds(outlines)
    return outline.xMin, outline.yMin, outline.xMax, outline.yMax


def draw_rectangle(left: int, bottom: int, right: int, top: int) -> Any:
    """Draw a rectangle as an outline."""
    pen = TTGlyphPen(None)
    pen.moveTo((left, bottom))
    for corner in ((left, top), (right, top), (right, bottom)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()


if __name__ == "__main__":
    opened = TTFont(Path(sys.argv[1]))
    outline_emoji(opened)
    opened.flavor = None
    opened["post"].formatType = 3.0  # without the glyphs' names: a fifth of the file
    opened.save(Path(sys.argv[2]))
