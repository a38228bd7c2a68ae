"""Pictures of which it is known where their subject is: heads and things at random places on grounds of all shapes."""

import functools
import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from imagegen.overlay.decoding import Picture
from tests.doubles.pictures import gradient

ASPECTS = (9 / 16, 2 / 3, 4 / 5, 1.0, 5 / 4, 4 / 3, 3 / 2, 16 / 9, 2.0, 21 / 9)
AREA = 1_300_000
"""Pixels of a scene, as of a model's picture."""

Box = tuple[float, float, float, float]


class Scene(NamedTuple):
    """A picture, the boxes of what has to be seen in it, and of the eyes there; in pixels of the picture."""

    name: str
    image: Image.Image
    subjects: tuple[Box, ...]
    eyes: tuple[Box, ...] = ()

    @property
    def picture(self) -> Picture:
        return Picture(self.image, *self.image.size, "PNG")


class Head(NamedTuple):
    """A square picture of a head, its outline as a mask, and the boxes of head and eyes as shares of its side."""

    image: Image.Image
    mask: Image.Image
    head: Box
    eyes: Box


@functools.cache
def photographed_head() -> Head:
    """The head of a photograph, cut out softly."""
    image = Image.open(Path(__file__).with_name("files") / "astronaut.jpg").convert("RGB")
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).ellipse((19, 2, 152, 146), fill=255)
    return Head(image, mask.filter(ImageFilter.GaussianBlur(3)), (0.14, 0.01, 0.93, 0.83), (0.3, 0.41, 0.72, 0.52))


@functools.cache
def drawn_head(seed: int) -> Head:
    """A head in flat colours, as a cartoon has it."""
    chance = random.Random(seed)
    skin = chance.choice(((236, 196, 168), (198, 146, 112), (141, 96, 70), (250, 214, 190)))
    hair = chance.choice(((40, 28, 22), (92, 62, 36), (20, 20, 26), (150, 110, 60)))
    dark, shade = tuple(value // 3 for value in skin), tuple(value * 4 // 5 for value in skin)
    image = Image.new("RGB", (320, 320), shade)
    draw = ImageDraw.Draw(image)
    draw.ellipse((54, 14, 266, 250), fill=hair)
    draw.ellipse((70, 44, 250, 300), fill=skin)
    for middle in (121, 199):
        draw.ellipse((middle - 26, 126, middle + 26, 172), fill=shade)
        draw.line((middle - 28, 124, middle + 28, 120), fill=dark, width=12)
        draw.ellipse((middle - 22, 136, middle + 22, 164), fill="white")
        draw.ellipse((middle - 13, 137, middle + 13, 163), fill=(30, 30, 40))
    draw.polygon(((160, 150), (142, 210), (178, 210)), fill=shade)
    draw.line((142, 210, 178, 210), fill=dark, width=6)
    draw.chord((120, 218, 200, 270), 0, 180, fill=dark)
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).ellipse((54, 14, 266, 300), fill=255)
    smooth = image.filter(ImageFilter.GaussianBlur(3))
    return Head(smooth, mask.filter(ImageFilter.GaussianBlur(2)), (0.17, 0.05, 0.83, 0.94), (0.28, 0.36, 0.72, 0.54))


def make_ground(size: tuple[int, int], seed: int) -> Image.Image:
    """A quiet ground: soft light, and blurred shapes as behind a portrait."""
    chance = random.Random(seed)
    image = gradient(seed).resize(size)
    draw = ImageDraw.Draw(image)
    for _ in range(6):
        x, y, radius = chance.randrange(size[0]), chance.randrange(size[1]), chance.randrange(60, 260)
        level = image.getpixel((x, y))
        assert isinstance(level, tuple)
        colour = tuple(min(max(value + chance.randrange(-30, 30), 0), 255) for value in level)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    small = image.reduce(8).filter(ImageFilter.GaussianBlur(5))
    return small.resize(size, Image.Resampling.BICUBIC)


def _size(aspect: float) -> tuple[int, int]:
    return round((AREA * aspect) ** 0.5), round((AREA / aspect) ** 0.5)


def make_portrait(aspect: float, seed: int, *, drawn: bool = False) -> Scene:
    """One head at a random place, a sixth to two fifths of the picture high."""
    chance = random.Random(seed)
    width, height = _size(aspect)
    image = make_ground((width, height), seed)
    side = round(chance.uniform(0.33, 0.7) * min(width, height, AREA**0.5 * 0.9))
    x, y = chance.randrange(width - side + 1), chance.randrange((height - side) // 2 + 1)
    head, eyes = _paste_head(image, drawn_head(seed) if drawn else photographed_head(), (x, y), side, chance)
    return Scene(f"{'drawn ' if drawn else ''}portrait {aspect:.2f} {seed}", image, (head,), (eyes,))


def make_pair(aspect: float, seed: int) -> Scene:
    """Two heads side by side."""
    chance = random.Random(seed)
    width, height = _size(aspect)
    image = make_ground((width, height), seed)
    side = round(chance.uniform(0.34, 0.44) * min(width, height))
    y = chance.randrange((height - side) // 2 + 1)
    start = chance.randrange(width - 2 * side - side // 6 + 1)
    placed = [
        _paste_head(image, photographed_head(), (x, y + chance.randrange(side // 4 + 1)), side, chance)
        for x in (start, start + side + side // 6)
    ]
    return Scene(
        f"pair {aspect:.2f} {seed}", image, tuple(head for head, _ in placed), tuple(eyes for _, eyes in placed)
    )


def _paste_head(
    image: Image.Image, head: Head, at: tuple[int, int], side: int, chance: random.Random
) -> tuple[Box, Box]:
    """Paste a head, mirrored or not, lighter or darker; return the boxes of head and eyes."""
    face, mask, boxes = head.image, head.mask, (head.head, head.eyes)
    if chance.random() < 0.5:
        face, mask = ImageOps.mirror(face), ImageOps.mirror(mask)
        boxes = tuple((1 - box[2], box[1], 1 - box[0], box[3]) for box in boxes)  # type: ignore[assignment]
    face = ImageEnhance.Brightness(face).enhance(chance.uniform(0.6, 1.1))
    image.paste(face.resize((side, side), Image.Resampling.BICUBIC), at, mask.resize((side, side)))
    found = [
        (at[0] + box[0] * side, at[1] + box[1] * side, at[0] + box[2] * side, at[1] + box[3] * side) for box in boxes
    ]
    return found[0], found[1]


def make_thing(aspect: float, seed: int) -> Scene:
    """One thing that stands out, at a random place on a ground that does not."""
    chance = random.Random(seed)
    width, height = _size(aspect)
    image = make_ground((width, height), seed)
    high = round(chance.uniform(0.22, 0.45) * min(width, height))
    wide = round(high * chance.uniform(0.6, 1.4))
    left, top = (
        round(chance.uniform(0.15, 0.85) * (length - side)) for length, side in ((width, wide), (height, high))
    )
    box = (left, top, left + wide, top + high)
    chance.choice(THINGS)(image, box, chance)
    return Scene(f"thing {aspect:.2f} {seed}", image, (box,))


def _draw_ball(image: Image.Image, box: tuple[int, int, int, int], chance: random.Random) -> None:
    draw = ImageDraw.Draw(image)
    draw.ellipse(box, fill=_vivid(chance))
    for at in range(1, 5):
        inset = at * min(box[2] - box[0], box[3] - box[1]) // 11
        draw.ellipse((box[0] + inset, box[1] + inset, box[2] - inset, box[3] - inset), outline="white", width=6)


def _draw_parcel(image: Image.Image, box: tuple[int, int, int, int], chance: random.Random) -> None:
    draw = ImageDraw.Draw(image)
    draw.rectangle(box, fill=_vivid(chance), outline=(20, 20, 30), width=8)
    draw.line((box[0], box[1], box[2], box[3]), fill="white", width=14)
    draw.line((box[0], box[3], box[2], box[1]), fill=(20, 20, 30), width=10)


def _draw_tower(image: Image.Image, box: tuple[int, int, int, int], chance: random.Random) -> None:
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = box
    draw.polygon(((left, bottom), ((left + right) // 2, top), (right, bottom)), fill=_vivid(chance))
    for y in range(top + (bottom - top) // 4, bottom, max((bottom - top) // 7, 1)):
        half = (right - left) * (y - top) // (2 * (bottom - top))
        draw.line(((left + right) // 2 - half, y, (left + right) // 2 + half, y), fill="white", width=9)


def _vivid(chance: random.Random) -> tuple[int, int, int]:
    return chance.choice(((226, 38, 54), (250, 176, 16), (24, 92, 214), (16, 16, 24), (246, 246, 250)))


THINGS: tuple[Callable[[Image.Image, tuple[int, int, int, int], random.Random], None], ...] = (
    _draw_ball, _draw_parcel, _draw_tower,
)  # fmt: skip


def make_scenes(aspect: float) -> list[Scene]:
    """Seven scenes of one shape: portraits of two kinds, a pair, and things."""
    seed = round(aspect * 1000)
    return [
        make_portrait(aspect, seed),
        make_portrait(aspect, seed + 1),
        make_portrait(aspect, seed + 2, drawn=True),
        make_pair(aspect, seed + 3),
        make_thing(aspect, seed + 4),
        make_thing(aspect, seed + 5),
        make_thing(aspect, seed + 6),
    ]
