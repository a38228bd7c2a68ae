"""How the offline painter paints each style: one function each, from a size and a random number generator."""

import math
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from imagegen.providers.offline import effects as brushes
from imagegen.providers.offline import scenes
from imagegen.providers.offline.scenes import Mood, hsv, mixed

if TYPE_CHECKING:
    from PIL.Image import Image

Size = tuple[int, int]


def photorealistic(size: Size, chance: Random) -> "Image":
    """Haze, cloud and a grain of light on the land."""
    colours = scenes.palette(chance, Mood(saturation=(0.35, 0.6), sky=(0.7, 0.97), land=(0.12, 0.5)))
    image = scenes.landscape(size, chance, colours, clouds=0.8)
    return brushes.shaded(image, chance, uneven=0.2, edges=0.2)


def cinematic(size: Size, chance: Random) -> "Image":
    """Dusk: warm light against a cold sky, deep shadows."""
    warm = chance.uniform(0.03, 0.1)
    colours = scenes.Palette(
        zenith=hsv(warm + 0.5, 0.6, 0.28),
        horizon=hsv(warm, 0.62, 0.85),
        light=hsv(warm + 0.04, 0.45, 1.0),
        far=hsv(warm + 0.48, 0.4, 0.42),
        near=hsv(warm + 0.5, 0.7, 0.06),
    )
    return brushes.shaded(scenes.landscape(size, chance, colours, clouds=0.55), chance, uneven=0.3, edges=0.5)


def cartoon(size: Size, chance: Random) -> "Image":
    """Round hills in flat bright colours with thick outlines."""
    from PIL import ImageDraw

    width, height = size
    colours = scenes.palette(
        chance,
        Mood(
            saturation=(0.55, 0.75),
            sky=(0.9, 1.0),
            land=(0.5, 0.9),
            hues=((0.55, 0.33), (0.58, 0.40), (0.50, 0.28), (0.13, 0.42), (0.88, 0.75)),
        ),
    )
    image = scenes.vertical(size, (colours.zenith, colours.zenith, colours.horizon))
    draw = ImageDraw.Draw(image)
    ink, line = mixed(colours.near, (20, 16, 40), 0.75), max(width // 220, 2)
    x, y, radius = width * chance.uniform(0.2, 0.8), height * chance.uniform(0.18, 0.3), height * 0.1
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colours.light, outline=ink, width=line)
    for _ in range(3):
        brushes.puff(draw, chance, size, (255, 255, 255), outline=ink, line=line)
    for layer in range(4):
        base = height * (0.55 + 0.13 * layer)
        points = scenes.dunes(chance, width, base, height * 0.13)
        fill = mixed(colours.far, colours.near, layer / 3)
        draw.polygon([*points, (width, height), (0, height)], fill=fill)
        draw.line(points, fill=ink, width=line, joint="curve")
    return image


def anime(size: Size, chance: Random) -> "Image":
    """A luminous sky with towering clouds."""
    from PIL import ImageDraw, ImageFilter

    width, height = size
    hue = chance.choice((0.55, 0.58, 0.62, 0.9, 0.06))
    colours = scenes.Palette(
        zenith=hsv(hue, 0.75, 0.85),
        horizon=hsv(hue + 0.06, 0.2, 1.0),
        light=hsv(hue + 0.1, 0.1, 1.0),
        far=hsv(hue + 0.02, 0.4, 0.72),
        near=hsv(hue + chance.choice((-0.25, 0.05)), 0.6, 0.3),
    )
    image = scenes.sky(size, chance, colours, clouds=0.25)
    small = image.reduce(3)
    draw = ImageDraw.Draw(small)
    for shade in (mixed(colours.horizon, colours.zenith, 0.25), (255, 255, 255)):
        for _ in range(5):
            brushes.puff(draw, chance, small.size, shade, towering=True)
    image = small.filter(ImageFilter.GaussianBlur(1)).resize(size)
    draw = ImageDraw.Draw(image)
    outline = chance.choice((scenes.town, scenes.woods, scenes.dunes))
    for layer in range(3):
        points = outline(chance, width, height * (0.76 + 0.09 * layer), height * 0.13)
        draw.polygon([*points, (width, height), (0, height)], fill=mixed(colours.far, colours.near, layer / 2))
    return image


def solid(size: Size, chance: Random) -> "Image":
    """Matte balls on a lit table."""
    from PIL import Image

    width, height = size
    hue = chance.random()
    wall, table = hsv(hue, 0.18, 0.93), hsv(hue, 0.25, 0.75)
    image = scenes.vertical(size, (wall, wall, mixed(wall, table, 0.4), table, table))
    ball = brushes.ball()
    for at in sorted(chance.random() for _ in range(9)):
        radius = round(height * (0.05 + 0.14 * at * chance.uniform(0.5, 1.2)))
        x, y = round(width * chance.uniform(0.06, 0.94)), round(height * (0.5 + 0.36 * at))
        colour = hsv(hue + chance.choice((0.0, 0.08, 0.45, 0.55)), chance.uniform(0.4, 0.7), chance.uniform(0.75, 1))
        shadow = Image.radial_gradient("L").point([round(max(110 - value * 0.5, 0)) for value in range(256)])
        scenes.stamp(image, (20, 16, 40), shadow.resize((radius * 3, radius)), (x - radius, y + radius // 2))
        lit = ball.resize((radius * 2, radius * 2))
        tones = Image.merge("RGB", [lit.point([brushes.tone(value, part) for value in range(256)]) for part in colour])
        image.paste(tones, (x - radius, y - radius), scenes.round_mask(radius))
    return image


def pixel_art(size: Size, chance: Random) -> "Image":
    """A small scene in few colours, enlarged without smoothing."""
    from PIL import Image

    colours = scenes.palette(chance, Mood(saturation=(0.5, 0.75), land=(0.15, 0.6)))
    small = scenes.landscape((size[0] // 12, size[1] // 12), chance, colours, clouds=0.8)
    return small.quantize(14, dither=Image.Dither.NONE).convert("RGB").resize(size, Image.Resampling.NEAREST)


def watercolor(size: Size, chance: Random) -> "Image":
    """Washes that bleed at their edges, on grained paper."""
    from PIL import ImageChops, ImageFilter

    colours = scenes.palette(chance, Mood(saturation=(0.3, 0.5), sky=(0.9, 1.0), land=(0.4, 0.8)))
    small = scenes.landscape((size[0] // 4, size[1] // 4), chance, colours, clouds=0.8)
    wash = small.filter(ImageFilter.GaussianBlur(1.5))
    pooled = ImageChops.subtract(wash.filter(ImageFilter.GaussianBlur(5)), wash).filter(ImageFilter.GaussianBlur(1))
    painted = brushes.shaded(ImageChops.subtract(wash, pooled), chance, uneven=0.15, edges=0.0)
    paper = hsv(0.11, 0.04, 0.98)
    return brushes.framed(painted, paper, chance).resize(size)


def oil_painting(size: Size, chance: Random) -> "Image":
    """Thick strokes over a scene, coarse first, fine last."""
    from PIL import ImageDraw

    colours = scenes.palette(chance, Mood(saturation=(0.45, 0.7), land=(0.12, 0.55)))
    image = scenes.landscape(size, chance, colours, clouds=0.9)
    coarse = image.reduce(8)
    pixels = coarse.tobytes()
    draw = ImageDraw.Draw(image)
    for count, length in ((700, 0.05), (1700, 0.022)):
        for _ in range(count):
            x, y = chance.randrange(size[0]), chance.randrange(size[1])
            at = 3 * (x // 8 + y // 8 * coarse.width)
            found = pixels[at], pixels[at + 1], pixels[at + 2]
            colour = mixed(found, chance.choice(((255, 250, 235), (20, 10, 30))), chance.random() * 0.16)
            angle, reach = chance.gauss(0.25, 0.5), size[0] * length * chance.uniform(0.5, 1)
            end = x + math.cos(angle) * reach, y + math.sin(angle) * reach
            draw.line((x, y, *end), fill=colour, width=max(round(size[0] * length * 0.22), 2))
    return image


def sketch(size: Size, chance: Random) -> "Image":
    """Graphite lines and hatching on paper."""
    from PIL import Image, ImageChops, ImageFilter, ImageOps

    colours = scenes.palette(chance, Mood(saturation=(0.0, 0.05), sky=(0.85, 1.0), land=(0.1, 0.65)))
    grey = scenes.landscape(size, chance, colours, clouds=0.4).convert("L")
    drawn = (
        ImageOps.invert(grey.reduce(2).filter(ImageFilter.FIND_EDGES))
        .point([max(value * 3 - 510, 0) for value in range(256)])
        .resize(size)
    )
    for slope, below in ((1, 150), (-1, 90)):
        hatch = brushes.hatch(size, slope, chance)
        tone = grey.point([0 if value > below else 255 for value in range(256)])
        drawn = ImageChops.darker(drawn, ImageChops.lighter(hatch, ImageOps.invert(tone)))
    paper, graphite = hsv(0.12, 0.05, 0.97), (52, 50, 58)
    return ImageOps.colorize(Image.blend(drawn, ImageOps.autocontrast(grey), 0.3), graphite, paper)


def minimalist(size: Size, chance: Random) -> "Image":
    """A disc, two or three slopes, and room to breathe."""
    from PIL import Image, ImageDraw

    width, height = size
    hue = chance.random()
    ground, first, second = hsv(hue, 0.12, 0.96), hsv(hue + 0.45, 0.5, 0.8), hsv(hue + 0.05, 0.45, 0.4)
    image = Image.new("RGB", size, ground)
    centre = width * chance.uniform(0.3, 0.7), height * chance.uniform(0.28, 0.45)
    scenes.disc(image, centre, height * chance.uniform(0.12, 0.22), first)
    draw = ImageDraw.Draw(image)
    for layer in range(chance.randint(2, 3)):
        points = scenes.dunes(chance, width, height * (0.72 + 0.1 * layer), height * 0.1)
        draw.polygon([*points, (width, height), (0, height)], fill=mixed(first, second, 0.4 + 0.3 * layer))
    return image


def neon(size: Size, chance: Random) -> "Image":
    """Glowing lines over a dark plain, and their reflection."""
    from PIL import Image, ImageChops, ImageDraw, ImageFilter

    small = size[0] // 2, size[1] // 2
    width, height = small
    hue = chance.choice((0.83, 0.5, 0.75, 0.92))
    first, second = hsv(hue, 0.75, 1.0), hsv(hue - 0.33, 0.75, 1.0)
    shore = round(height * 0.62)
    lines = Image.new("RGB", small)
    draw = ImageDraw.Draw(lines)
    radius, x = height * chance.uniform(0.14, 0.22), width * chance.uniform(0.3, 0.7)
    draw.ellipse((x - radius, shore * 0.45 - radius, x + radius, shore * 0.45 + radius), outline=second, width=3)
    for layer, outline in enumerate((scenes.mountains, chance.choice((scenes.town, scenes.mountains)))):
        points = outline(chance, width, shore * (0.82 + 0.14 * layer), height * 0.16)
        draw.line(points, fill=(second, first)[layer], width=3)
    for ray in range(-14, 15):
        draw.line((width / 2 + ray * width * 0.05, shore, width / 2 + ray * width * 0.3, height), fill=first)
    for row in range(1, 9):
        y = shore + (height - shore) * (row / 8) ** 2
        draw.line((0, y, width, y), fill=first)
    lit = ImageChops.add(lines.filter(ImageFilter.GaussianBlur(9)).point(lambda value: min(value * 3, 255)), lines)
    night = scenes.vertical(small, (hsv(hue - 0.1, 0.7, 0.07), hsv(hue, 0.6, 0.22), hsv(hue - 0.1, 0.7, 0.05)))
    return ImageChops.add(night, lit).resize(size)


def vintage(size: Size, chance: Random) -> "Image":
    """Faded inks, a little out of register, on aged paper."""
    from PIL import Image, ImageChops, ImageOps

    colours = scenes.palette(chance, Mood(saturation=(0.3, 0.45), sky=(0.8, 0.95), land=(0.25, 0.6)))
    image = scenes.landscape(size, chance, colours, clouds=0.0)
    toned = ImageOps.colorize(image.convert("L"), hsv(0.04, 0.5, 0.22), hsv(0.11, 0.25, 0.96), mid=hsv(0.07, 0.4, 0.66))
    faded = Image.blend(image, toned, 0.62)
    red, green, blue = faded.split()
    shifted = Image.merge("RGB", (ImageChops.offset(red, size[0] // 400, 0), green, blue))
    return brushes.shaded(shifted, chance, uneven=0.15, edges=0.3)


LOOKS: dict[str, Callable[[Size, Random], "Image"]] = {
    "photorealistic": photorealistic,
    "cinematic": cinematic,
    "cartoon": cartoon,
    "anime": anime,
    "3d": solid,
    "pixel-art": pixel_art,
    "watercolor": watercolor,
    "oil-painting": oil_painting,
    "sketch": sketch,
    "minimalist": minimalist,
    "neon": neon,
    "vintage": vintage,
}
"""The painter's way with each style, by the style's id."""
