"""Landscapes for the offline painter: sky, light, clouds, ridges, water, towers; all from one random number generator.

Hard shapes are drawn at full size, soft ones at a fraction of it and scaled up, which is what keeps this fast.
"""

import colorsys
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

Colour = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a scene: the sky's zenith and horizon, its light, the farthest and the nearest land."""

    zenith: Colour
    horizon: Colour
    light: Colour
    far: Colour
    near: Colour


@dataclass(frozen=True, slots=True)
class Mood:
    """The range that a palette is drawn from: saturation and brightness of sky and land, 0 to 1.

    ``hues`` are pairs of a sky's and its land's hue, as parts of a full turn.
    """

    hues: tuple[tuple[float, float], ...] = (
        (0.58, 0.38),
        (0.60, 0.62),
        (0.55, 0.45),
        (0.06, 0.95),
        (0.03, 0.66),
        (0.92, 0.72),
        (0.48, 0.52),
        (0.10, 0.04),
    )  # fmt: skip - pairs, not a column
    saturation: tuple[float, float] = (0.35, 0.6)
    sky: tuple[float, float] = (0.75, 1.0)
    land: tuple[float, float] = (0.12, 0.55)


_NEAR_HUES = 0.4
"""Hues that are further apart have no mean."""
_WATER = 0.4
"""The share of landscapes with water."""


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """A colour; the hue wraps around."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, min(max(saturation, 0), 1), min(max(value, 0), 1))
    return round(red * 255), round(green * 255), round(blue * 255)


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """``first`` with ``share`` of ``second``."""
    red, green, blue = (round(one + (two - one) * share) for one, two in zip(first, second, strict=True))
    return red, green, blue


def palette(chance: Random, mood: Mood) -> Palette:
    """Harmonious colours within a mood."""
    sky_hue, land_hue = chance.choice(mood.hues)
    sky_hue, land_hue = sky_hue + chance.uniform(-0.03, 0.03), land_hue + chance.uniform(-0.04, 0.04)
    saturation = chance.uniform(*mood.saturation)
    low, high = mood.sky
    dark, bright = mood.land
    warm = chance.choice((0.08, 0.13, sky_hue + 0.04))
    return Palette(
        zenith=hsv(sky_hue, saturation, low),
        horizon=hsv(warm, saturation * 0.45, high),
        light=hsv(warm, saturation * 0.5, min(high + 0.25, 1.0)),
        far=hsv(
            (sky_hue + land_hue) / 2 if abs(sky_hue - land_hue) < _NEAR_HUES else land_hue, saturation * 0.7, bright
        ),
        near=hsv(land_hue, min(saturation * 1.2, 0.85), dark),
    )


def landscape(size: tuple[int, int], chance: Random, colours: Palette, *, clouds: float = 0.5) -> "Image":
    """A sky with a sun or moon over mountains, dunes, woods, a town or the sea."""
    from PIL import ImageDraw

    image = sky(size, chance, colours, clouds=clouds)
    width, height = size
    outline = chance.choice(OUTLINES)
    layers = chance.randint(4, 6)
    top, bottom = chance.uniform(0.36, 0.48), chance.uniform(0.74, 0.86)
    draw = ImageDraw.Draw(image)
    for layer in range(layers):
        share = layer / (layers - 1)
        base = height * (top + (bottom - top) * share**1.2)
        relief = height * (0.20 - 0.09 * share) * chance.uniform(0.7, 1.2)
        colour = mixed(mixed(colours.far, colours.horizon, 0.35), colours.near, share**0.8)
        points = outline(chance, width, base, relief)
        draw.polygon([*points, (width, height), (0, height)], fill=colour)
    if chance.random() < _WATER:
        _flood(image, chance, colours)
    return image


def sky(size: tuple[int, int], chance: Random, colours: Palette, *, clouds: float = 0.5) -> "Image":
    """The sky with its light, and clouds of the given strength."""
    width, height = size
    radius = height * chance.uniform(0.05, 0.13)
    x, y = width * chance.uniform(0.2, 0.8), height * chance.uniform(0.16, 0.42)
    small = max(width // 3, 1), max(height // 3, 1)
    soft = vertical(small, (colours.zenith, mixed(colours.zenith, colours.horizon, 0.7), colours.horizon))
    glow(soft, (x / 3, y / 3), radius * 2, colours.light, 0.75)
    if clouds:
        strength = [min(round(max(value - 120, 0) * 4 * clouds), round(230 * clouds)) for value in range(256)]
        veil = noise((small[0] // 3 + 1, small[1] // 3 + 1), chance, octaves=5).point(strength).resize(small)
        soft.paste(mixed(colours.light, (255, 255, 255), 0.5), mask=veil)
    image = soft.resize(size)
    disc(image, (x, y), radius, mixed(colours.light, (255, 255, 255), 0.6))
    return image


def vertical(size: tuple[int, int], colours: Sequence[Colour]) -> "Image":
    """A gradient from top to bottom."""
    from PIL import Image

    column = Image.new("RGB", (1, len(colours)))
    column.putdata(list(colours))
    box = (0, 0.5, 1, len(colours) - 0.5)
    return column.resize((1, size[1]), Image.Resampling.BILINEAR, box=box).resize(size)


def glow(image: "Image", centre: Point, radius: float, colour: Colour, strength: float) -> None:
    """A soft light, laid over what is there."""
    from PIL import Image

    side = max(round(radius * 2), 2)
    falloff = [round(255 * strength * (1 - value / 255) ** 2) for value in range(256)]
    mask = Image.radial_gradient("L").point(falloff).resize((side, side))
    stamp(image, colour, mask, (round(centre[0] - radius), round(centre[1] - radius)))


def stamp(image: "Image", colour: Colour, mask: "Image", at: tuple[int, int]) -> None:
    """Lay a colour on the image through a mask whose upper left corner is at ``at``."""
    image.paste(colour, (at[0], at[1], at[0] + mask.width, at[1] + mask.height), mask)


def disc(image: "Image", centre: Point, radius: float, colour: Colour) -> None:
    """A flat disc with a smooth edge."""
    stamp(image, colour, round_mask(round(radius)), (round(centre[0] - radius), round(centre[1] - radius)))


def round_mask(radius: int) -> "Image":
    """A disc that fills its square, with a smooth edge."""
    from PIL import Image, ImageDraw

    side = max(radius, 1) * 4
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).ellipse((0, 0, side - 1, side - 1), fill=255)
    return mask.reduce(2)


def noise(size: tuple[int, int], chance: Random, *, octaves: int) -> "Image":
    """Cloudy noise around 128: random grids of growing fineness and falling weight."""
    from PIL import Image

    total, sum_of_weights = Image.new("L", size, 128), 0.0
    for octave in range(octaves):
        cells = (3 << octave, 2 << octave)
        layer = Image.frombytes("L", cells, chance.randbytes(cells[0] * cells[1]))
        weight = 0.6**octave
        sum_of_weights += weight
        total = Image.blend(total, layer.resize(size, Image.Resampling.BICUBIC), weight / sum_of_weights)
    return total


def _flood(image: "Image", chance: Random, colours: Palette) -> None:
    """Turn the lowest part into water that mirrors what is above it."""
    from PIL import Image, ImageDraw

    width, height = image.size
    shore = round(height * chance.uniform(0.72, 0.82))
    depth = height - shore
    mirrored = image.crop((0, shore - depth, width, shore)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    tint = vertical((width, depth), (mixed(colours.horizon, colours.near, 0.3), colours.near))
    image.paste(Image.blend(mirrored, tint, 0.45), (0, shore))
    draw = ImageDraw.Draw(image)
    for _ in range(36):
        y = shore + depth * chance.random() ** 0.7
        x, length = chance.uniform(-0.1, 1) * width, width * chance.uniform(0.03, 0.22)
        draw.line((x, y, x + length, y), fill=mixed(colours.horizon, colours.near, chance.random() * 0.6), width=2)


def mountains(chance: Random, width: int, base: float, relief: float) -> list[Point]:
    """A jagged ridge, by midpoint displacement."""
    heights = [chance.uniform(-1, 1) * relief, chance.uniform(-1, 1) * relief]
    swing = relief
    for _ in range(7):
        swing *= 0.56
        between = [(a + b) / 2 + chance.uniform(-swing, swing) for a, b in itertools.pairwise(heights)]
        heights = [height for pair in zip(heights, [*between, 0.0], strict=True) for height in pair][:-1]
    step = width / (len(heights) - 1)
    return [(at * step, base - height) for at, height in enumerate(heights)]


def dunes(chance: Random, width: int, base: float, relief: float) -> list[Point]:
    """Long smooth waves."""
    waves = [
        (chance.uniform(0.6, 1.6) * 1.9**at, chance.uniform(0, math.tau), relief * 0.6 / 1.8**at) for at in range(4)
    ]
    return [
        (x, base - sum(high * math.sin(math.tau * turns * x / width + phase) for turns, phase, high in waves))
        for x in range(0, width + 13, 12)
    ]


def woods(chance: Random, width: int, base: float, relief: float) -> list[Point]:
    """Firs on a slope."""
    points: list[Point] = []
    ground = dunes(chance, width, base, relief * 0.5)
    x = -20.0
    while x < width + 20:
        floor = ground[min(max(round(x / 12), 0), len(ground) - 1)][1]
        spread, tall = chance.uniform(0.12, 0.28) * relief, chance.uniform(0.4, 1.1) * relief
        points += [(x - spread / 2, floor), (x, floor - tall), (x + spread / 2, floor)]
        x += spread * chance.uniform(0.6, 1.5)
    return points


def town(chance: Random, width: int, base: float, relief: float) -> list[Point]:
    """Flat roofs, and a tower now and then."""
    points: list[Point] = []
    x = 0.0
    while x < width:
        broad = chance.uniform(0.02, 0.06) * width
        roof = base - relief * chance.choice((0.3, 0.5, 0.7, 0.9, 1.5)) * chance.uniform(0.8, 1.2)
        points += [(x, roof), (x + broad, roof)]
        x += broad
    return points


OUTLINES: tuple[Callable[[Random, int, float, float], list[Point]], ...] = (mountains, dunes, woods, town, mountains)
