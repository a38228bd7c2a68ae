"""The offline painter's canvas, palettes and light.

A motif draws polygons on a canvas, in parts of the picture's height; a style says what becomes of them. Corners are
whole pixels, so that all machines draw the same.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]
Point = tuple[float, float]
Size = tuple[int, int]
Tint = Callable[[Colour], Colour]
WHITE: Colour = (255, 255, 255)


class Palette(NamedTuple):
    """The colours of a scene: its ground from top to bottom, its light, far and near things, and an accent."""

    top: Colour
    bottom: Colour
    light: Colour
    far: Colour
    near: Colour
    accent: Colour

    def strengthen(self, saturation: float, value: float = 1) -> "Palette":
        """Return the palette with its saturation and its value multiplied."""
        return Palette(*(mix((0, 0, 0), mix((sum(each) // 3,) * 3, each, saturation), value) for each in self))


def _read_palettes(table: str) -> list[Palette]:
    rows = [[int(word, 16) for word in row.split()] for row in table.split(",")]
    return [Palette(*((code >> 16, code >> 8 & 255, code & 255) for code in row)) for row in rows]


BRIGHT = _read_palettes(
    "f3dfc1 fbf3e4 f4b55c d8a68a 3f4a5a d1495b, bfe6d8 f4fbf6 ffd166 86c2ad 2d6a6a ef6f6c,"
    "a9d5f2 f2f8fc fff0c2 8db6d6 2b4c7e f2994a, f9cfcc fff1ec fffaf0 dd9aa4 6b4a6e 2a9d8f,"
    "fbe7a8 fffaf0 f9a03f bdbb72 4a5d3a e4572e, eef1f3 ffffff f6c445 b3c0c8 30424f e63946,"
    "e4d9f4 fbf8ff ffe3b3 b4a3d8 4b3f7d f27e9b"
)
"""Pale grounds with dark things on them."""
DARK = _read_palettes(
    "e8704f f9d29d fff1c9 c2553f 4a2440 1d7874, 238f94 bfe3d0 fff6d5 2f7f86 103a48 f4a261,"
    "0b1437 2f4d8a f6e7b4 1f3a70 070d24 ff9f5a, 2b1036 8a3360 ffcf8a 5a2352 170a22 3fd0c9,"
    "0b2622 34705e f3e9b8 1d4d42 051411 e8a33d, 1b2129 566170 f4efe2 343d48 0d1116 ffb703"
)
"""Sunsets, lagoons and nights."""


@dataclass
class Canvas:
    """A picture being drawn, ``width`` wide and 1 high, with the depth of its parts.

    ``tint`` says what becomes of a shape's colour, ``pen`` which colour its outline has, ``line`` how wide that is.
    """

    size: Size
    rng: Random
    colours: Palette
    tint: Tint = lambda colour: colour
    pen: Tint | None = None
    line: float = 0.005
    clouds: float = 0.0
    balls: bool = False

    def __post_init__(self) -> None:
        self.image, self._level = Image.new("RGB", self.size), 0
        self.depth = Image.new("L", (self.size[0] // 4 or 1, self.size[1] // 4 or 1))
        self.width, self.paper = self.size[0] / self.size[1], mix(self.colours.light, WHITE, 0.6)
        self._draw, self._draw_depth = ImageDraw.Draw(self.image), ImageDraw.Draw(self.depth)

    def tone(self, share: float) -> Colour:
        """Return a colour between those of the ground (-1), of far things (0) and of near ones (1)."""
        return mix(self.colours.far, self.colours.near if share > 0 else self.colours.bottom, abs(share))

    def pick_tone(self, rng: Random) -> Colour:
        """Pick the colour of a thing."""
        return rng.choice((*self.colours[2:], self.tone(0.5), self.paper))

    def wall(self) -> None:
        """Paint a plain ground."""
        self.image.paste(self._grade(self.size))

    def sky(self, x: float, y: float, radius: float) -> None:
        """Paint a ground of light and clouds, with a sun or moon."""
        width, height = small = self.size[0] // 4, self.size[1] // 4
        soft = self._grade(small)
        if not self.pen:
            falloff = [round(150 * max(1 - value / 181, 0) ** 2) for value in range(256)]
            glow = Image.radial_gradient("L").point(falloff).resize((height, height))
            soft.paste(self.colours.light, (round((x - 0.5) * height), round((y - 0.5) * height)), glow)
        if self.clouds:
            strength = [min(round(max(value - 124, 0) * 5 * self.clouds), 200) for value in range(256)]
            veil = make_noise((width // 2, height // 3), self.rng, octaves=5).point(strength).resize(small)
            soft.paste(mix(self.paper, self.colours.bottom, 0.4), mask=veil)
        self.image.paste(soft.resize(self.size, Image.Resampling.BILINEAR))
        self.disc(x, y, radius, self.paper)

    def _grade(self, size: Size) -> Image.Image:
        top, bottom = self.tint(self.colours.top), self.tint(self.colours.bottom)
        column = ImageOps.colorize(Image.linear_gradient("L"), top, bottom).resize((1, size[1]))
        return column.resize(size, Image.Resampling.NEAREST)

    def shape(self, points: Sequence[Point], colour: Colour, *, flat: bool = False) -> None:
        """Draw a polygon that throws a shadow on what is drawn already, unless it is ``flat``."""
        self._level = min(self._level + (0 if flat else 8), 248)
        self._draw.polygon(_scale(points, self.size[1]), fill=self.tint(colour))
        self._draw_depth.polygon(_scale(points, self.depth.height), fill=self._level)
        if self.pen:
            self.stroke([*points, *points[:2]], self.line, colour)

    def stroke(self, points: Sequence[Point], thick: float, colour: Colour) -> None:
        """Draw a line of round joints, with the pen if it is not much thicker than an outline."""
        look, width = self.pen if thick < self.line * 6 else None, max(round(thick * self.size[1]), 1)
        self._draw.line(_scale(points, self.size[1]), (look or self.tint)(colour), width, joint="curve")
        self._draw_depth.line(_scale(points, self.depth.height), self._level, width // 4)

    def land(self, outline: Sequence[Point], colour: Colour) -> None:
        """Draw everything below an outline."""
        self.shape([(-0.1, 1.1), (-0.1, outline[0][1]), *outline, (self.width + 0.1, 1.1)], colour)

    def block(
        self, x: float, top: float, bottom: float, half: float, colour: Colour, *, foot: float = -1, flat: bool = False
    ) -> None:
        """Draw an upright block round ``x``: half its width above is ``half``, below ``foot``, or the same."""
        foot = half if foot < 0 else foot
        self.shape([(x - half, top), (x + half, top), (x + foot, bottom), (x - foot, bottom)], colour, flat=flat)

    def disc(self, x: float, y: float, radius: float, colour: Colour, *, high: float = 0, flat: bool = False) -> None:
        """Draw a disc, or an ellipse that is twice ``high``; with ``balls``, the light on a ball."""
        self.shape(arc(x, y, radius, 0, 1, high=high), colour, flat=flat)
        if self.balls and not high and not flat:
            side, corner = round(radius * self.size[1] * 2) + 1, _scale([(x - radius, y - radius)], self.size[1])[0]
            ball = Image.radial_gradient("L")
            lit, dark = mix(colour, WHITE, 0.5), mix(colour, (20, 16, 40), 0.55)
            shaded = ImageOps.colorize(ball.resize((side, side), box=(56, 64, 256, 256)), lit, dark, colour)
            self.image.paste(shaded, corner, ball.point([255] * 181 + [0] * 75).resize((side, side)))

    def light(self, reach: float, *, shadows: float, edges: float) -> Image.Image:
        """Return the picture under shadows of the given ``reach`` and dark edges, both from 0 to 1."""
        far, shape = max(round(reach * self.depth.height), 1), self.depth.size
        shift = (1, 0, -far / 2, 0, 1, -far)
        above = self.depth.filter(ImageFilter.BoxBlur(far)).transform(shape, Image.Transform.AFFINE, shift)
        behind = ImageChops.subtract(above, self.depth).point([round(min(at * 9, 255) * shadows) for at in range(256)])
        corners = Image.radial_gradient("L").point([round(max(at - 110, 0) * 1.75 * edges) for at in range(256)])
        dark = ImageChops.add(behind.filter(ImageFilter.BoxBlur(1)), corners.resize(shape))
        self.image.paste((12, 9, 22), mask=dark.resize(self.size, Image.Resampling.BILINEAR))
        return self.image


def _scale(points: Sequence[Point], height: int) -> list[tuple[int, int]]:
    return [(round(x * height), round(y * height)) for x, y in points]


def arc(x: float, y: float, radius: float, begin: float, end: float, *, high: float = 0) -> list[Point]:
    """Return points of a circle from one part of a turn to another, clockwise from the right."""
    turns = [math.tau * (begin + (end - begin) * step / 40) for step in range(41)]
    return [(x + radius * math.cos(turn), y + (high or radius) * math.sin(turn)) for turn in turns]


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return ``first`` with ``share`` of ``second``; a share below 0 or above 1 goes beyond them."""
    red, green, blue = (min(max(round(a + (b - a) * share), 0), 255) for a, b in zip(first, second, strict=True))
    return red, green, blue


def make_noise(size: Size, rng: Random, *, octaves: int) -> Image.Image:
    """Make cloudy noise around 128 from random grids of growing fineness and falling weight."""
    total, sum_of_weights = Image.new("L", size, 128), 0.0
    for octave in range(octaves):
        cells = (3 << octave, 2 << octave)
        layer = Image.frombytes("L", cells, rng.randbytes(cells[0] * cells[1]))
        sum_of_weights += 0.6**octave
        total = Image.blend(total, layer.resize(size, Image.Resampling.BICUBIC), 0.6**octave / sum_of_weights)
    return total
