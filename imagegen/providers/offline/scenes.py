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


def hsv_to_rgb(hue: float, saturation: float, value: float) -> Colour:
    """Return the colour of a hue, a saturation and a value from 0 to 1; the hue wraps around."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, min(max(saturation, 0), 1), min(max(value, 0), 1))
    return round(red * 255), round(green * 255), round(blue * 255)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return ``first`` with ``share`` of ``second``."""
    red, green, blue = (round(one + (two - one) * share) for one, two in zip(first, second, strict=True))
    return red, green, blue


def pick_palette(rng: Random, mood: Mood) -> Palette:
    """Pick harmonious colours within a mood."""
    sky_hue, land_hue = rng.choice(mood.hues)
    sky_hue, land_hue = sky_hue + rng.uniform(-0.03, 0.03), land_hue + rng.uniform(-0.04, 0.04)
    saturation = rng.uniform(*mood.saturation)
    low, high = mood.sky
    dark, bright = mood.land
    warm = rng.choice((0.08, 0.13, sky_hue + 0.04))
    return Palette(
        zenith=hsv_to_rgb(sky_hue, saturation, low),
        horizon=hsv_to_rgb(warm, saturation * 0.45, high),
        light=hsv_to_rgb(warm, saturation * 0.5, min(high + 0.25, 1.0)),
        far=hsv_to_rgb(
            (sky_hue + land_hue) / 2 if abs(sky_hue - land_hue) < _NEAR_HUES else land_hue, saturation * 0.7, bright
        ),
        near=hsv_to_rgb(land_hue, min(saturation * 1.2, 0.85), dark),
    )


def paint_landscape(size: tuple[int, int], rng: Random, colours: Palette, *, clouds: float = 0.5) -> "Image":
    """Paint a sky with a sun or moon over mountains, dunes, woods, a town or the sea."""
    from PIL import ImageDraw

    image = paint_sky(size, rng, colours, clouds=clouds)
    width, height = size
    outline = rng.choice(OUTLINES)
    layers = rng.randint(4, 6)
    top, bottom = rng.uniform(0.36, 0.48), rng.uniform(0.74, 0.86)
    draw = ImageDraw.Draw(image)
    for layer in range(layers):
        share = layer / (layers - 1)
        base = height * (top + (bottom - top) * share**1.2)
        relief = height * (0.20 - 0.09 * share) * rng.uniform(0.7, 1.2)
        colour = mix(mix(colours.far, colours.horizon, 0.35), colours.near, share**0.8)
        points = outline(rng, width, base, relief)
        draw.polygon([*points, (width, height), (0, height)], fill=colour)
    if rng.random() < _WATER:
        _add_water(image, rng, colours)
    return image


def paint_sky(size: tuple[int, int], rng: Random, colours: Palette, *, clouds: float = 0.5) -> "Image":
    """Paint the sky with its light, and clouds of the given strength."""
    width, height = size
    radius = height * rng.uniform(0.05, 0.13)
    x, y = width * rng.uniform(0.2, 0.8), height * rng.uniform(0.16, 0.42)
    small = max(width // 3, 1), max(height // 3, 1)
    soft = make_gradient(small, (colours.zenith, mix(colours.zenith, colours.horizon, 0.7), colours.horizon))
    draw_glow(soft, (x / 3, y / 3), radius * 2, colours.light, 0.75)
    if clouds:
        strength = [min(round(max(value - 120, 0) * 4 * clouds), round(230 * clouds)) for value in range(256)]
        veil = make_noise((small[0] // 3 + 1, small[1] // 3 + 1), rng, octaves=5).point(strength).resize(small)
        soft.paste(mix(colours.light, (255, 255, 255), 0.5), mask=veil)
    image = soft.resize(size)
    draw_disc(image, (x, y), radius, mix(colours.light, (255, 255, 255), 0.6))
    return image


def make_gradient(size: tuple[int, int], colours: Sequence[Colour]) -> "Image":
    """Make a gradient from top to bottom."""
    from PIL import Image

    column = Image.new("RGB", (1, len(colours)))
    column.putdata(list(colours))
    box = (0, 0.5, 1, len(colours) - 0.5)
    return column.resize((1, size[1]), Image.Resampling.BILINEAR, box=box).resize(size)


def draw_glow(image: "Image", centre: Point, radius: float, colour: Colour, strength: float) -> None:
    """Draw a soft light over the image."""
    from PIL import Image

    side = max(round(radius * 2), 2)
    falloff = [round(255 * strength * (1 - value / 255) ** 2) for value in range(256)]
    mask = Image.radial_gradient("L").point(falloff).resize((side, side))
    stamp_colour(image, colour, mask, (round(centre[0] - radius), round(centre[1] - radius)))


def stamp_colour(image: "Image", colour: Colour, mask: "Image", at: tuple[int, int]) -> None:
    """Lay a colour on the image through a mask whose upper left corner is at ``at``."""
    image.paste(colour, (at[0], at[1], at[0] + mask.width, at[1] + mask.height), mask)


def draw_disc(image: "Image", centre: Point, radius: float, colour: Colour) -> None:
    """Draw a flat disc with a smooth edge."""
    stamp_colour(image, colour, make_round_mask(round(radius)), (round(centre[0] - radius), round(centre[1] - radius)))


def make_round_mask(radius: int) -> "Image":
    """Make a disc that fills its square, with a smooth edge."""
    from PIL import Image, ImageDraw

    side = max(radius, 1) * 4
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).ellipse((0, 0, side - 1, side - 1), fill=255)
    return mask.reduce(2)


def make_noise(size: tuple[int, int], rng: Random, *, octaves: int) -> "Image":
    """Make cloudy noise around 128 from random grids of growing fineness and falling weight."""
    from PIL import Image

    total, sum_of_weights = Image.new("L", size, 128), 0.0
    for octave in range(octaves):
        cells = (3 << octave, 2 << octave)
        layer = Image.frombytes("L", cells, rng.randbytes(cells[0] * cells[1]))
        weight = 0.6**octave
        sum_of_weights += weight
        total = Image.blend(total, layer.resize(size, Image.Resampling.BICUBIC), weight / sum_of_weights)
    return total


def _add_water(image: "Image", rng: Random, colours: Palette) -> None:
    """Turn the lowest part into water that mirrors the part above it."""
    from PIL import Image, ImageDraw

    width, height = image.size
    shore = round(height * rng.uniform(0.72, 0.82))
    depth = height - shore
    mirrored = image.crop((0, shore - depth, width, shore)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    tint = make_gradient((width, depth), (mix(colours.horizon, colours.near, 0.3), colours.near))
    image.paste(Image.blend(mirrored, tint, 0.45), (0, shore))
    draw = ImageDraw.Draw(image)
    for _ in range(36):
        y = shore + depth * rng.random() ** 0.7
        x, length = rng.uniform(-0.1, 1) * width, width * rng.uniform(0.03, 0.22)
        draw.line((x, y, x + length, y), fill=mix(colours.horizon, colours.near, rng.random() * 0.6), width=2)


def outline_mountains(rng: Random, width: int, base: float, relief: float) -> list[Point]:
    """Outline a jagged ridge by midpoint displacement."""
    heights = [rng.uniform(-1, 1) * relief, rng.uniform(-1, 1) * relief]
    swing = relief
    for _ in range(7):
        swing *= 0.56
        between = [(a + b) / 2 + rng.uniform(-swing, swing) for a, b in itertools.pairwise(heights)]
        heights = [height for pair in zip(heights, [*between, 0.0], strict=True) for height in pair][:-1]
    step = width / (len(heights) - 1)
    return [(at * step, base - height) for at, height in enumerate(heights)]


def outline_dunes(rng: Random, width: int, base: float, relief: float) -> list[Point]:
    """Outline long smooth waves."""
    waves = [(rng.uniform(0.6, 1.6) * 1.9**at, rng.uniform(0, math.tau), relief * 0.6 / 1.8**at) for at in range(4)]
    return [
        (x, base - sum(high * math.sin(math.tau * turns * x / width + phase) for turns, phase, high in waves))
        for x in range(0, width + 13, 12)
    ]


def outline_woods(rng: Random, width: int, base: float, relief: float) -> list[Point]:
    """Outline firs on a slope."""
    points: list[Point] = []
    ground = outline_dunes(rng, width, base, relief * 0.5)
    x = -20.0
    while x < width + 20:
        floor = ground[min(max(round(x / 12), 0), len(ground) - 1)][1]
        spread, tall = rng.uniform(0.12, 0.28) * relief, rng.uniform(0.4, 1.1) * relief
        points += [(x - spread / 2, floor), (x, floor - tall), (x + spread / 2, floor)]
        x += spread * rng.uniform(0.6, 1.5)
    return points


def outline_town(rng: Random, width: int, base: float, relief: float) -> list[Point]:
    """Outline flat roofs and a few towers."""
    points: list[Point] = []
    x = 0.0
    while x < width:
        broad = rng.uniform(0.02, 0.06) * width
        roof = base - relief * rng.choice((0.3, 0.5, 0.7, 0.9, 1.5)) * rng.uniform(0.8, 1.2)
        points += [(x, roof), (x + broad, roof)]
        x += broad
    return points


OUTLINES: tuple[Callable[[Random, int, float, float], list[Point]], ...] = (
    outline_mountains,
    outline_dunes,
    outline_woods,
    outline_town,
    outline_mountains,
)
