"""The styles of the offline painter: a function for each, from a size and a random number generator to an image."""

import math
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from imagegen.providers.offline import effects, scenes
from imagegen.providers.offline.scenes import Mood, hsv_to_rgb, mix

if TYPE_CHECKING:
    from PIL.Image import Image

Size = tuple[int, int]


def paint_photorealistic(size: Size, rng: Random) -> "Image":
    """Paint haze, cloud and a grain of light on the land."""
    colours = scenes.pick_palette(rng, Mood(saturation=(0.35, 0.6), sky=(0.7, 0.97), land=(0.12, 0.5)))
    image = scenes.paint_landscape(size, rng, colours, clouds=0.8)
    return effects.apply_shading(image, rng, uneven=0.2, edges=0.2)


def paint_cinematic(size: Size, rng: Random) -> "Image":
    """Paint dusk: warm light against a cold sky, deep shadows."""
    warm = rng.uniform(0.03, 0.1)
    colours = scenes.Palette(
        zenith=hsv_to_rgb(warm + 0.5, 0.6, 0.28),
        horizon=hsv_to_rgb(warm, 0.62, 0.85),
        light=hsv_to_rgb(warm + 0.04, 0.45, 1.0),
        far=hsv_to_rgb(warm + 0.48, 0.4, 0.42),
        near=hsv_to_rgb(warm + 0.5, 0.7, 0.06),
    )
    return effects.apply_shading(scenes.paint_landscape(size, rng, colours, clouds=0.55), rng, uneven=0.3, edges=0.5)


def paint_cartoon(size: Size, rng: Random) -> "Image":
    """Paint round hills in flat bright colours with thick outlines."""
    from PIL import ImageDraw

    width, height = size
    colours = scenes.pick_palette(
        rng,
        Mood(
            saturation=(0.55, 0.75),
            sky=(0.9, 1.0),
            land=(0.5, 0.9),
            hues=((0.55, 0.33), (0.58, 0.40), (0.50, 0.28), (0.13, 0.42), (0.88, 0.75)),
        ),
    )
    image = scenes.make_gradient(size, (colours.zenith, colours.zenith, colours.horizon))
    draw = ImageDraw.Draw(image)
    ink, line = mix(colours.near, (20, 16, 40), 0.75), max(width // 220, 2)
    x, y, radius = width * rng.uniform(0.2, 0.8), height * rng.uniform(0.18, 0.3), height * 0.1
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colours.light, outline=ink, width=line)
    for _ in range(3):
        effects.draw_cloud(draw, rng, size, (255, 255, 255), outline=ink, line=line)
    for layer in range(4):
        base = height * (0.55 + 0.13 * layer)
        points = scenes.outline_dunes(rng, width, base, height * 0.13)
        fill = mix(colours.far, colours.near, layer / 3)
        draw.polygon([*points, (width, height), (0, height)], fill=fill)
        draw.line(points, fill=ink, width=line, joint="curve")
    return image


def paint_anime(size: Size, rng: Random) -> "Image":
    """Paint a luminous sky with towering clouds."""
    from PIL import ImageDraw, ImageFilter

    width, height = size
    hue = rng.choice((0.55, 0.58, 0.62, 0.9, 0.06))
    colours = scenes.Palette(
        zenith=hsv_to_rgb(hue, 0.75, 0.85),
        horizon=hsv_to_rgb(hue + 0.06, 0.2, 1.0),
        light=hsv_to_rgb(hue + 0.1, 0.1, 1.0),
        far=hsv_to_rgb(hue + 0.02, 0.4, 0.72),
        near=hsv_to_rgb(hue + rng.choice((-0.25, 0.05)), 0.6, 0.3),
    )
    image = scenes.paint_sky(size, rng, colours, clouds=0.25)
    small = image.reduce(3)
    draw = ImageDraw.Draw(small)
    for shade in (mix(colours.horizon, colours.zenith, 0.25), (255, 255, 255)):
        for _ in range(5):
            effects.draw_cloud(draw, rng, small.size, shade, towering=True)
    image = small.filter(ImageFilter.GaussianBlur(1)).resize(size)
    draw = ImageDraw.Draw(image)
    outline = rng.choice((scenes.outline_town, scenes.outline_woods, scenes.outline_dunes))
    for layer in range(3):
        points = outline(rng, width, height * (0.76 + 0.09 * layer), height * 0.13)
        draw.polygon([*points, (width, height), (0, height)], fill=mix(colours.far, colours.near, layer / 2))
    return image


def paint_solid(size: Size, rng: Random) -> "Image":
    """Paint matte balls on a lit table."""
    from PIL import Image

    width, height = size
    hue = rng.random()
    wall, table = hsv_to_rgb(hue, 0.18, 0.93), hsv_to_rgb(hue, 0.25, 0.75)
    image = scenes.make_gradient(size, (wall, wall, mix(wall, table, 0.4), table, table))
    ball = effects.render_ball()
    for at in sorted(rng.random() for _ in range(9)):
        radius = round(height * (0.05 + 0.14 * at * rng.uniform(0.5, 1.2)))
        x, y = round(width * rng.uniform(0.06, 0.94)), round(height * (0.5 + 0.36 * at))
        colour = hsv_to_rgb(hue + rng.choice((0.0, 0.08, 0.45, 0.55)), rng.uniform(0.4, 0.7), rng.uniform(0.75, 1))
        shadow = Image.radial_gradient("L").point([round(max(110 - value * 0.5, 0)) for value in range(256)])
        scenes.stamp_colour(image, (20, 16, 40), shadow.resize((radius * 3, radius)), (x - radius, y + radius // 2))
        lit = ball.resize((radius * 2, radius * 2))
        tones = Image.merge(
            "RGB", [lit.point([effects.shade_channel(value, part) for value in range(256)]) for part in colour]
        )
        image.paste(tones, (x - radius, y - radius), scenes.make_round_mask(radius))
    return image


def paint_pixel_art(size: Size, rng: Random) -> "Image":
    """Paint a small scene in few colours, enlarged without smoothing."""
    from PIL import Image

    colours = scenes.pick_palette(rng, Mood(saturation=(0.5, 0.75), land=(0.15, 0.6)))
    small = scenes.paint_landscape((size[0] // 12, size[1] // 12), rng, colours, clouds=0.8)
    return small.quantize(14, dither=Image.Dither.NONE).convert("RGB").resize(size, Image.Resampling.NEAREST)


def paint_watercolor(size: Size, rng: Random) -> "Image":
    """Paint washes that bleed at their edges, on grained paper."""
    from PIL import ImageChops, ImageFilter

    colours = scenes.pick_palette(rng, Mood(saturation=(0.3, 0.5), sky=(0.9, 1.0), land=(0.4, 0.8)))
    small = scenes.paint_landscape((size[0] // 4, size[1] // 4), rng, colours, clouds=0.8)
    wash = small.filter(ImageFilter.GaussianBlur(1.5))
    pooled = ImageChops.subtract(wash.filter(ImageFilter.GaussianBlur(5)), wash).filter(ImageFilter.GaussianBlur(1))
    painted = effects.apply_shading(ImageChops.subtract(wash, pooled), rng, uneven=0.15, edges=0.0)
    paper = hsv_to_rgb(0.11, 0.04, 0.98)
    return effects.frame_on_paper(painted, paper, rng).resize(size)


def paint_oil_painting(size: Size, rng: Random) -> "Image":
    """Paint thick strokes over a scene, coarse first, fine last."""
    from PIL import ImageDraw

    colours = scenes.pick_palette(rng, Mood(saturation=(0.45, 0.7), land=(0.12, 0.55)))
    image = scenes.paint_landscape(size, rng, colours, clouds=0.9)
    coarse = image.reduce(8)
    pixels = coarse.tobytes()
    draw = ImageDraw.Draw(image)
    for count, length in ((700, 0.05), (1700, 0.022)):
        for _ in range(count):
            x, y = rng.randrange(size[0]), rng.randrange(size[1])
            at = 3 * (x // 8 + y // 8 * coarse.width)
            found = pixels[at], pixels[at + 1], pixels[at + 2]
            colour = mix(found, rng.choice(((255, 250, 235), (20, 10, 30))), rng.random() * 0.16)
            angle, reach = rng.gauss(0.25, 0.5), size[0] * length * rng.uniform(0.5, 1)
            end = x + math.cos(angle) * reach, y + math.sin(angle) * reach
            draw.line((x, y, *end), fill=colour, width=max(round(size[0] * length * 0.22), 2))
    return image


def paint_sketch(size: Size, rng: Random) -> "Image":
    """Draw graphite lines and hatching on paper."""
    from PIL import Image, ImageChops, ImageFilter, ImageOps

    colours = scenes.pick_palette(rng, Mood(saturation=(0.0, 0.05), sky=(0.85, 1.0), land=(0.1, 0.65)))
    grey = scenes.paint_landscape(size, rng, colours, clouds=0.4).convert("L")
    drawn = (
        ImageOps.invert(grey.reduce(2).filter(ImageFilter.FIND_EDGES))
        .point([max(value * 3 - 510, 0) for value in range(256)])
        .resize(size)
    )
    for slope, below in ((1, 150), (-1, 90)):
        hatch = effects.draw_hatching(size, slope, rng)
        tone = grey.point([0 if value > below else 255 for value in range(256)])
        drawn = ImageChops.darker(drawn, ImageChops.lighter(hatch, ImageOps.invert(tone)))
    paper, graphite = hsv_to_rgb(0.12, 0.05, 0.97), (52, 50, 58)
    return ImageOps.colorize(Image.blend(drawn, ImageOps.autocontrast(grey), 0.3), graphite, paper)


def paint_minimalist(size: Size, rng: Random) -> "Image":
    """Paint a disc, two or three slopes, and room to breathe."""
    from PIL import Image, ImageDraw

    width, height = size
    hue = rng.random()
    ground, first, second = (
        hsv_to_rgb(hue, 0.12, 0.96),
        hsv_to_rgb(hue + 0.45, 0.5, 0.8),
        hsv_to_rgb(hue + 0.05, 0.45, 0.4),
    )
    image = Image.new("RGB", size, ground)
    centre = width * rng.uniform(0.3, 0.7), height * rng.uniform(0.28, 0.45)
    scenes.draw_disc(image, centre, height * rng.uniform(0.12, 0.22), first)
    draw = ImageDraw.Draw(image)
    for layer in range(rng.randint(2, 3)):
        points = scenes.outline_dunes(rng, width, height * (0.72 + 0.1 * layer), height * 0.1)
        draw.polygon([*points, (width, height), (0, height)], fill=mix(first, second, 0.4 + 0.3 * layer))
    return image


def paint_neon(size: Size, rng: Random) -> "Image":
    """Draw glowing lines over a dark plain, and their reflection."""
    from PIL import Image, ImageChops, ImageDraw, ImageFilter

    small = size[0] // 2, size[1] // 2
    width, height = small
    hue = rng.choice((0.83, 0.5, 0.75, 0.92))
    first, second = hsv_to_rgb(hue, 0.75, 1.0), hsv_to_rgb(hue - 0.33, 0.75, 1.0)
    shore = round(height * 0.62)
    lines = Image.new("RGB", small)
    draw = ImageDraw.Draw(lines)
    radius, x = height * rng.uniform(0.14, 0.22), width * rng.uniform(0.3, 0.7)
    draw.ellipse((x - radius, shore * 0.45 - radius, x + radius, shore * 0.45 + radius), outline=second, width=3)
    for layer, outline in enumerate(
        (scenes.outline_mountains, rng.choice((scenes.outline_town, scenes.outline_mountains)))
    ):
        points = outline(rng, width, shore * (0.82 + 0.14 * layer), height * 0.16)
        draw.line(points, fill=(second, first)[layer], width=3)
    for ray in range(-14, 15):
        draw.line((width / 2 + ray * width * 0.05, shore, width / 2 + ray * width * 0.3, height), fill=first)
    for row in range(1, 9):
        y = shore + (height - shore) * (row / 8) ** 2
        draw.line((0, y, width, y), fill=first)
    lit = ImageChops.add(lines.filter(ImageFilter.GaussianBlur(9)).point(lambda value: min(value * 3, 255)), lines)
    night = scenes.make_gradient(
        small, (hsv_to_rgb(hue - 0.1, 0.7, 0.07), hsv_to_rgb(hue, 0.6, 0.22), hsv_to_rgb(hue - 0.1, 0.7, 0.05))
    )
    return ImageChops.add(night, lit).resize(size)


def paint_vintage(size: Size, rng: Random) -> "Image":
    """Print faded inks, a little out of register, on aged paper."""
    from PIL import Image, ImageChops, ImageOps

    colours = scenes.pick_palette(rng, Mood(saturation=(0.3, 0.45), sky=(0.8, 0.95), land=(0.25, 0.6)))
    image = scenes.paint_landscape(size, rng, colours, clouds=0.0)
    toned = ImageOps.colorize(
        image.convert("L"), hsv_to_rgb(0.04, 0.5, 0.22), hsv_to_rgb(0.11, 0.25, 0.96), mid=hsv_to_rgb(0.07, 0.4, 0.66)
    )
    faded = Image.blend(image, toned, 0.62)
    red, green, blue = faded.split()
    shifted = Image.merge("RGB", (ImageChops.offset(red, size[0] // 400, 0), green, blue))
    return effects.apply_shading(shifted, rng, uneven=0.15, edges=0.3)


STYLE_PAINTERS: dict[str, Callable[[Size, Random], "Image"]] = {
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
