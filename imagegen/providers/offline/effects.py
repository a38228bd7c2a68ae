"""Effects that several styles of the offline painter share: light, paper, clouds, matte balls and hatching."""

from random import Random
from typing import TYPE_CHECKING

from imagegen.providers.offline import scenes
from imagegen.providers.offline.scenes import Colour

if TYPE_CHECKING:
    from PIL import ImageDraw
    from PIL.Image import Image

Size = tuple[int, int]


def apply_shading(image: "Image", rng: Random, *, uneven: float, edges: float) -> "Image":
    """Return the image under uneven light that falls off to the edges; both from 0 to 1."""
    from PIL import Image, ImageChops

    small = image.width // 6 + 1, image.height // 6 + 1
    clouds = scenes.make_noise(small, rng, octaves=6).point(
        [round(max(150 - value, 0) * 2 * uneven) for value in range(256)]
    )
    corners = Image.radial_gradient("L").point([round(max(value - 110, 0) / 145 * 255 * edges) for value in range(256)])
    image.paste((8, 6, 14), mask=ImageChops.add(clouds, corners.resize(small)).resize(image.size))
    return image


def frame_on_paper(image: "Image", paper: Colour, rng: Random) -> "Image":
    """Return the image on a sheet of paper, with an uneven painted edge."""
    from PIL import Image, ImageChops, ImageFilter

    edge = Image.new("L", image.size, 0)
    margin = image.height // 28
    edge.paste(255, (margin, margin, image.width - margin, image.height - margin))
    rough = scenes.make_noise(image.size, rng, octaves=5)
    mask = ImageChops.add(edge.filter(ImageFilter.GaussianBlur(margin * 0.6)), rough, offset=-128)
    sheet = Image.new("RGB", image.size, paper)
    sheet.paste(image, mask=mask.point([min(max((value - 118) * 12, 0), 255) for value in range(256)]))
    return sheet


def draw_cloud(
    draw: "ImageDraw.ImageDraw",
    rng: Random,
    size: Size,
    colour: Colour,
    *,
    outline: Colour | None = None,
    line: int = 0,
    towering: bool = False,
) -> None:
    """Draw a cloud of a few overlapping discs."""
    width, height = size
    x, y = (
        width * rng.uniform(0, 1),
        height * (rng.uniform(0.45, 0.75) if towering else rng.uniform(0.12, 0.4)),
    )
    discs = []
    for _ in range(14 if towering else 5):
        radius = height * rng.uniform(0.04, 0.12 if towering else 0.07)
        rise = rng.random() ** 2 * height * (0.22 if towering else 0.03)
        discs.append((x + rng.gauss(0, 0.07) * width * (1 - rise / height * 2), y - rise, radius))
    for grown, fill in ((line, outline), (0, colour)):
        if fill is not None:
            for at, high, radius in discs:
                reach = radius + grown
                draw.ellipse((at - reach, high - reach, at + reach, high + reach), fill=fill)


def render_ball() -> "Image":
    """Render the light on a ball lit from the upper left."""
    from PIL import Image

    return Image.radial_gradient("L").resize((256, 256), box=(56, 64, 256, 256))


def shade_channel(value: int, part: int) -> int:
    """Return a colour channel under the light ``value`` of the ball, with a highlight."""
    light = max(1.12 - value / 235, 0.22)
    return min(round(part * light + max(light - 0.95, 0) * 260), 255)


def draw_hatching(size: Size, slope: int, rng: Random) -> "Image":
    """Draw slanted pencil lines on white."""
    from PIL import Image, ImageDraw

    width, height = size
    sheet = Image.new("L", size, 255)
    draw = ImageDraw.Draw(sheet)
    top, bottom = (0, height) if slope > 0 else (height, 0)
    for x in range(-height, width, max(width // 110, 4)):
        begin = x + rng.uniform(-3, 3)
        draw.line((begin, top, begin + height, bottom), fill=rng.randint(40, 110), width=max(width // 700, 1))
    return sheet
