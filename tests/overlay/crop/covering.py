"""Measures how much of a subject a title and its ground cover, from pixels, not from what the crop aimed at."""

from collections.abc import Sequence

from imagegen.overlay.backdrop import paint_backdrop
from PIL import Image, ImageFilter

from imagegen.overlay.templates import TEMPLATES, Backdrop
from imagegen.overlay.text.drawing import Layout

CANVAS = (1200, 630)
Box = tuple[float, float, float, float]


def draw_covered(layout: Layout, template: str) -> Image.Image:
    """Draw what a title covers, 255 where it does: its ink, and its ground where that is at half its strength or more.

    A scrim is a shade over the whole picture, so only the ink on it counts.
    """
    covered = Image.new("L", CANVAS)
    covered.paste(layout.draw().mask.point([255 if value > 8 else 0 for value in range(256)]), layout.ink_box[:2])
    covered = covered.filter(ImageFilter.MaxFilter(9))
    if TEMPLATES[template].backdrop is not Backdrop.SCRIM:
        painted = Image.new("RGB", CANVAS, "white")
        paint_backdrop(painted, layout, TEMPLATES[template])
        shade = painted.convert("L").point([255 - value for value in range(256)])
        deepest = int(max(shade.tobytes()))
        covered.paste(255, mask=shade.point([255 if value > deepest / 2 else 0 for value in range(256)]))
    return covered


def measure_seen(covered: Image.Image, boxes: Sequence[Box]) -> float:
    """Return the share of some boxes of the canvas that lies on it and is not covered."""
    seen = total = 0.0
    for left, top, right, bottom in boxes:
        whole = round(left), round(top), round(right), round(bottom)
        total += (whole[2] - whole[0]) * (whole[3] - whole[1])
        inside = max(whole[0], 0), max(whole[1], 0), min(whole[2], CANVAS[0]), min(whole[3], CANVAS[1])
        if inside[0] < inside[2] and inside[1] < inside[3]:
            seen += covered.crop(inside).histogram()[0]
    return seen / total
