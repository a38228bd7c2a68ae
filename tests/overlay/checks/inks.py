"""Checks of the ink of a text, from pixels: whole, in its colour, and legible on what lies under it."""

import itertools
import math
from collections.abc import Iterator

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from imagegen.overlay.block.roles import Role
from imagegen.overlay.block.stack import PlacedText
from imagegen.overlay.geometry import Box
from imagegen.overlay.grounds.contrast import Colour
from imagegen.overlay.render import RenderedPicture
from imagegen.overlay.sizes import Size
from imagegen.overlay.text import metrics
from imagegen.overlay.text.drawing import Layout, find_size
from imagegen.overlay.text.fonts import COLOUR_EMOJI

VISIBLE = 8
"""Coverage, of 255, from which a pixel of a mask counts as ink."""
LEAST_OF_MARKS = 3.0
"""WCAG's least contrast of large type, asked of marked words that nothing with more would tell from the others."""
WORST, MEDIAN = (0.99, 4.5), (0.5, 7.0)
"""Shares of what lies under a text, from its best to its worst part, and the least contrast there."""
MOST_BUSY = 6
_VISIBLE = [0] * (VISIBLE + 1) + [255] * (255 - VISIBLE)
_FULL = [0] * 255 + [255]
_LINEAR = [value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in range(256)]
_LIGHT = {
    True: [math.ceil(255 * value) for value in _LINEAR] * 3,
    False: [math.floor(255 * value) for value in _LINEAR] * 3,
}
"""Linear light rounded to the worse side: upwards under a pale ink, downwards under a dark one."""
_LIGHTNESS = [round(2.55 * (116 * max(value, 0.0089) ** (1 / 3) - 16)) for value in _LINEAR]


def measure_light(colour: Colour) -> float:
    red, green, blue = (_LINEAR[value] for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def measure_contrasts(under: Image.Image, mask: Image.Image, colour: Colour, shares: tuple[float, ...]) -> list[float]:
    """Return the contrasts of a colour with what lies under a mask: each at its share from the best to the worst."""
    own = measure_light(colour)
    mean = sum(_LINEAR[round(value)] for value in ImageStat.Stat(under, mask).mean) / 3
    counts = under.point(_LIGHT[own > mean]).convert("L", (0.2126, 0.7152, 0.0722, 0)).histogram(mask)
    lights = [value / 255 for value in range(256)]
    found = sorted(
        (-(max(own, light) + 0.05) / (min(own, light) + 0.05), count)
        for light, count in zip(lights, counts, strict=True)
    )
    reached = list(itertools.accumulate(count for _, count in found))
    return [-next(found[at][0] for at, sum_ in enumerate(reached) if sum_ >= share * reached[-1]) for share in shares]


def draw_ink(layout: Layout, within: Box) -> Image.Image:
    """Draw all that a text leaves on a part of the canvas, 255 where there is any."""
    canvas = Image.new("L", within.size)
    canvas.paste(layout.draw().merge(), layout.ink_box.shift(-within.left, -within.top)[:2])
    return canvas.point(_VISIBLE)


def spread(ink: Image.Image, by: int) -> Image.Image:
    """Spread ink by so many pixels in every direction."""
    return ink.filter(ImageFilter.BoxBlur(by)).point([0] + [255] * 255)


def find_ink(layout: Layout) -> Box | None:
    """Return the box of the pixels that a text leaves."""
    box = draw_ink(layout, layout.ink_box).getbbox()
    return Box(*box).shift(*layout.ink_box[:2]) if box else None


def check_cut(layout: Layout) -> Iterator[str]:
    """A text loses nothing at the edges of its box."""
    box = layout.ink_box
    around = Box(box.left - 80, box.top - 80, box.right + 80, box.bottom + 80)
    canvas, colours = Image.new("L", around.size), Image.new("RGBA", around.size)
    for placed in layout.runs:
        is_coloured = placed.run.font is COLOUR_EMOJI
        ImageDraw.Draw(colours if is_coloured else canvas).text(
            (placed.x - around.left, placed.baseline - around.top),
            **metrics.build_text_arguments(placed.run.text, placed.run.direction),
            font=metrics.open_font(placed.run.font, find_size(placed.run, layout.fitted.size)),
            fill="white",
            anchor="ls",
            embedded_color=is_coloured,
        )
    canvas.paste(255, (0, 0), colours.getchannel("A"))
    whole, drawn = canvas.histogram(), layout.draw().merge().histogram()
    if sum(whole[1:]) > sum(drawn[1:]):
        yield f"{sum(whole[1:]) - sum(drawn[1:])} pixels of ink are cut off"


def check_colours(rendered: RenderedPicture, text: PlacedText) -> Iterator[str]:
    """Where a letter covers its pixels, they have its colour."""
    for mask, colour in _list_parts(rendered, text):
        full = mask.point(_FULL)
        if full.getbbox() is None:
            continue
        crop = rendered.image.crop(text.layout.ink_box)
        off = ImageStat.Stat(ImageChops.difference(crop, Image.new("RGB", crop.size, colour)), full).extrema
        if max(most for _, most in off) > 0:
            yield f"letters are not in {colour}"


def _list_parts(rendered: RenderedPicture, text: PlacedText) -> Iterator[tuple[Image.Image, Colour]]:
    """Yield the parts of a text that have a colour: their mask, without emoji over it, and the colour."""
    assert rendered.scheme
    ink = text.layout.draw()
    colour = rendered.scheme.accent if text.role is Role.KICKER else rendered.scheme.ink
    for mask, own in ((ink.mask, colour), (ink.marked, rendered.scheme.choose_mark(text.layout.is_all_marked))):
        if mask:
            kept = mask.copy()
            if ink.colours:
                kept.paste(0, (0, 0), ink.colours.getchannel("A").point(_VISIBLE))
            yield kept, own


def check_legibility(rendered: RenderedPicture, text: PlacedText, size: Size, *, own_ink: bool) -> Iterator[str]:
    """Each part of a text has its contrast with what lies under it; ``own_ink`` are a brand's colours."""
    assert rendered.scheme
    around = text.layout.ink_box.expand(round(60 * size.unit), size.box)
    background = rendered.background.crop(around)
    at = text.layout.ink_box.shift(-around.left, -around.top)[:2]
    for mask, colour in _list_parts(rendered, text):
        ink = Image.new("L", around.size)
        ink.paste(mask, at)
        near = spread(ink.point(_VISIBLE), round(4 * size.unit))
        if near.getbbox() is None:
            continue
        worst, median = measure_contrasts(background, near, colour, (WORST[0], MEDIAN[0]))
        is_mark = colour == rendered.scheme.mark != rendered.scheme.accent
        least = LEAST_OF_MARKS if is_mark else WORST[1]
        if worst < least:
            yield f"contrast {worst:.2f} at the {WORST[0]:.0%} quantile, not {least}"
        if median < MEDIAN[1] and colour == rendered.scheme.ink and not own_ink:
            yield f"contrast {median:.2f} at the {MEDIAN[0]:.0%} quantile, not {MEDIAN[1]}"
    ink = draw_ink(text.layout, around)
    lightness = background.convert("L").point(_LIGHTNESS)
    smooth = lightness.filter(ImageFilter.GaussianBlur(20 * size.unit))
    detail = ImageChops.subtract(lightness, smooth, offset=128)
    busyness = ImageStat.Stat(detail, spread(ink, round(7 * size.unit))).stddev[0] / 2.55
    if busyness > MOST_BUSY:
        yield f"the background is busy: {busyness:.1f}"
