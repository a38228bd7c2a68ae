"""The styles of the offline painter: a function for each draws a motif in its own technique."""

import math
from collections.abc import Callable
from random import Random
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from imagegen.providers.offline.canvas import BRIGHT, DARK, WHITE, Canvas, Colour, Palette, Size, make_noise, mix
from imagegen.providers.offline.motifs import Motif


def _draw(size: Size, rng: Random, motif: Motif, colours: Palette, **look: Any) -> Canvas:
    canvas = Canvas(size, rng, colours, **look)
    motif(canvas, rng)
    return canvas


def paint_photorealistic(size: Size, rng: Random, motif: Motif) -> Image.Image:
    """Paint things with soft shadows in natural colours, under clouds."""
    colours = rng.choice(DARK + BRIGHT).strengthen(0.9)
    return _draw(size, rng, motif, colours, clouds=0.5).light(0.03, shadows=0.4, edges=0.15)


def paint_cinematic(size: Size, rng: Random, motif: Motif) -> Image.Image:
    """Paint dusk: warm light against cold shadows that are deep at the edges."""
    scene = _draw(size, rng, motif, rng.choice(DARK).strengthen(1.1), clouds=0.4)
    curves = ((1.08, -14), (0.95, 0), (0.8, 20))
    grade = [min(max(round(value * gain + lift), 0), 255) for gain, lift in curves for value in range(256)]
    return scene.light(0.05, shadows=0.6, edges=0.5).point(grade)


def paint_cartoon(size: Size, rng: Random, motif: Motif) -> Image.Image:
    """Paint flat bright colours with thick outlines."""
    return _draw(size, rng, motif, rng.choice(BRIGHT).strengthen(1.6), pen=lambda _: (38, 26, 48), line=0.007).image


def paint_anime(size: Size, rng: Random, motif: Motif) -> Image.Image:
    """Paint thin lines and luminous colours that bloom."""
    look = {"pen": lambda colour: mix(colour, (40, 20, 80), 0.4), "line": 0.002, "clouds": 1}
    image = _draw(size, rng, motif, rng.choice(BRIGHT[1:4] + DARK[:3]).strengthen(1.5), **look).image
    bloom = image.reduce(8).filter(ImageFilter.BoxBlur(9)).point(lambda value: max(value - 130, 0) // 4)
    return ImageChops.add(image, bloom.resize(size, Image.Resampling.BILINEAR))


def paint_solid(size: Size, rng: Random, motif: Motif) -> Image.Image:
    """Paint matte balls and slabs in a studio's soft light."""
    colours = rng.choice(BRIGHT).strengthen(1.1, 0.97)
    return _draw(size, rng, motif, colours, balls=True).light(0.06, shadows=0.45, edges=0)


def paint_pixel_art(size: Size, rng: Random, motif: Motif) -> Image.Image:
    """Paint a small scene in few colours, enlarged without smoothing."""
    small = _draw((size[0] // 10, size[1] // 10), rng, motif, rng.choice(BRIGHT + DARK).strengthen(1.4)).image
    return small.quantize(20, dither=Image.Dither.NONE).convert("RGB").resize(size, Image.Resampling.NEAREST)


def paint_watercolor(size: Size, rng: Random, motif: Motif) -> Image.Image:
    """Paint washes that pool at their uneven edges, on paper."""
    small, colours = (size[0] // 3, size[1] // 3), rng.choice(BRIGHT).strengthen(1.5)
    drawn = _draw(small, rng, motif, colours, tint=lambda colour: mix(colour, WHITE, 0.3), clouds=1).image
    wash = drawn.filter(ImageFilter.GaussianBlur(1.2))
    pooled = ImageChops.subtract(wash, ImageChops.subtract(wash.filter(ImageFilter.BoxBlur(5)), wash, 2))
    edge, margin = Image.new("L", small, 0), small[1] // 28
    edge.paste(255, (margin, margin, small[0] - margin, small[1] - margin))
    rough = make_noise(small, rng, octaves=5)
    mask = ImageChops.add(edge.filter(ImageFilter.BoxBlur(margin)), rough, offset=-128)
    sheet = Image.new("RGB", small, (251, 248, 241))
    sheet.paste(pooled, mask=mask.point([min(max((value - 118) * 12, 0), 255) for value in range(256)]))
    return sheet.resize(size, Image.Resampling.BILINEAR)


def paint_oil_painting(size: Size, rng: Random, motif: Motif) -> Image.Image:
    """Paint thick strokes over a scene, coarse first, fine last."""
    image = _draw(size, rng, motif, rng.choice(BRIGHT + DARK).strengthen(1.3, 0.92), clouds=0.8).image
    coarse, draw = image.reduce(8), ImageDraw.Draw(image)
    pixels = coarse.tobytes()
    for count, length in ((450, 0.03), (2300, 0.014)):
        for _ in range(count):
            x, y = rng.randrange(size[0]), rng.randrange(size[1])
            at = 3 * (x // 8 + y // 8 * coarse.width)
            found = pixels[at], pixels[at + 1], pixels[at + 2]
            colour = mix(found, rng.choice(((255, 246, 225), (20, 10, 30))), rng.random() * 0.11)
            angle, reach = rng.gauss(0.25, 0.5), size[0] * length * rng.uniform(0.5, 1)
            end = round(x + math.cos(angle) * reach), round(y + math.sin(angle) * reach)
            draw.line((x, y, *end), fill=colour, width=max(round(size[0] * length * 0.22), 2))
    return image


def paint_sketch(size: Size, rng: Random, motif: Motif) -> Image.Image:
    """Draw graphite lines and hatching on paper."""
    look = {"pen": lambda _: (40, 40, 40), "line": 0.003}
    grey = _draw(size, rng, motif, rng.choice(BRIGHT), **look).image.convert("L")
    drawn = grey.point([*range(45), *(190 + value // 4 for value in range(45, 256))])
    for slope, below in ((1, 170), (-1, 110)):
        hatch = Image.new("L", size, 255)
        for x in range(-size[1], size[0] + size[1], max(size[0] // 110, 4)):
            line = (x + rng.randint(-3, 3), 0, x + slope * size[1], size[1])
            ImageDraw.Draw(hatch).line(line, fill=rng.randint(90, 150), width=max(size[0] // 700, 1))
        hatch.paste(255, mask=grey.point([255 if value > below else 0 for value in range(256)]))
        drawn = ImageChops.darker(drawn, hatch)
    return ImageOps.colorize(drawn, (44, 42, 50), (250, 247, 240))


def paint_minimalist(size: Size, rng: Random, motif: Motif) -> Image.Image:
    """Paint a small scene of six flat colours in a round frame, with room to breathe."""
    colours, small = rng.choice(BRIGHT), (round(size[0] * 0.62), round(size[1] * 0.62))

    def snap(colour: Colour) -> Colour:
        return min(colours, key=lambda each: sum((a - b) ** 2 for a, b in zip(each, colour, strict=True)))

    scene, mask = _draw(small, rng, motif, colours, tint=snap).image, Image.new("L", small)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, small[0] - 1, small[1] - 1), min(small) // 2, fill=255)
    sheet = Image.new("RGB", size, mix(colours.bottom, WHITE, 0.5))
    sheet.paste(scene, ((size[0] - small[0]) // 2, (size[1] - small[1]) // 2), mask)
    return sheet


def paint_neon(size: Size, rng: Random, motif: Motif) -> Image.Image:
    """Draw glowing tubes in the dark."""
    tubes = rng.sample(((255, 64, 200), (60, 230, 255), (150, 90, 255), (255, 110, 90), (40, 255, 180)), 3)
    look = {"tint": lambda _: (0, 0, 0), "pen": lambda colour: tubes[sum(colour) % 3]}
    small = size[0] // 2, size[1] // 2
    lines = _draw(small, rng, motif, rng.choice(DARK), **look).image
    glow = lines.reduce(2).filter(ImageFilter.GaussianBlur(5)).point(lambda value: min(value * 3, 255))
    lit = ImageChops.add(glow.resize(small, Image.Resampling.BILINEAR), lines)
    night = ImageOps.colorize(Image.linear_gradient("L"), (10, 5, 26), (8, 6, 22), (38, 16, 62)).resize(small)
    return ImageChops.add(night, lit).resize(size, Image.Resampling.BILINEAR)


def paint_vintage(size: Size, rng: Random, motif: Motif) -> Image.Image:
    """Print faded inks, a little out of register, on aged paper."""
    image = _draw(size, rng, motif, rng.choice(BRIGHT + DARK)).light(0.01, shadows=0, edges=0.3)
    toned = ImageOps.colorize(image.convert("L"), (74, 40, 34), (245, 226, 186), (172, 126, 98))
    red, green, blue = Image.blend(image, toned, 0.6).split()
    return Image.merge("RGB", (ImageChops.offset(red, size[0] // 300, 0), green, blue))


STYLE_PAINTERS: dict[str, Callable[[Size, Random, Motif], Image.Image]] = {
    "photorealistic": paint_photorealistic,
    "cinematic": paint_cinematic,
    "cartoon": paint_cartoon,
    "anime": paint_anime,
    "3d": paint_solid,
    "pixel-art": paint_pixel_art,
    "watercolor": paint_watercolor,
    "oil-painting": paint_oil_painting,
    "sketch": paint_sketch,
    "minimalist": paint_minimalist,
    "neon": paint_neon,
    "vintage": paint_vintage,
}
"""The function of each style, by the id of the style."""
