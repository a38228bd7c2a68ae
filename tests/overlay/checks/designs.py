"""Random designs: every template, theme, size, font and script, with a brand or without, on pictures of all kinds."""

import functools
import random
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw

from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.decoding import Picture
from imagegen.overlay.design import THEMES, Design
from imagegen.overlay.grounds.contrast import Colour
from imagegen.overlay.sizes import SIZES, Size, read_size
from imagegen.overlay.subject.finding import Subject, find_subject
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS
from imagegen.overlay.text.typeset import Undrawable, typeset
from tests.doubles.pictures import GROUNDS
from tests.overlay.crop.scenes import make_portrait, make_thing
from tests.overlay.sample_titles import random_text, random_title

FREE_SIZES = ("1600x900", "900x300", "500x1200", "300x300", "800x2400", "640x480", "1200x1199")
SCENES = {"portrait": make_portrait, "thing": make_thing}
ASPECTS = (2 / 3, 1.0, 1.5, 16 / 9)
COLOURS: tuple[dict[str, Colour], ...] = (
    {"ground": (16, 24, 52), "ink": (255, 255, 255), "accent": (250, 176, 16)},
    {"ground": (250, 246, 236), "ink": (32, 24, 20), "accent": (190, 40, 30)},
    {"ground": (200, 30, 50), "ink": (255, 255, 255)},
    {"ground": (24, 119, 242), "accent": (255, 204, 0)},
    {"ground": (122, 122, 122), "accent": (208, 2, 27)},
    {"accent": (0, 160, 120)},
    {"accent": (40, 60, 220)},
    {},
)
"""The colours of a brand, each with at least 4.5 between its ink and its ground, or without an ink of its own."""
LOGOS = {"wide": (600, 130), "square": (240, 240), "tall": (120, 300), "banner": (1000, 90)}
CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")


class Case(NamedTuple):
    """A design, a size, and the picture that both are for."""

    design: Design
    size: Size
    kind: str
    seed: int

    def __str__(self) -> str:
        brand = self.design.brand
        said = {name: getattr(self.design, name) for name in ("kicker", "subtitle", "byline", "highlight", "theme")}
        texts = " ".join(f"{name}={text!r}" for name, text in said.items() if text)
        marks = f" brand={brand.name}" if brand else ""
        head = f"{self.design.template} {self.design.font} {self.size.name} {self.kind}({self.seed})"
        return f"{head}{marks} {self.design.title!r} {texts}"


@functools.lru_cache(maxsize=24)
def make_picture(kind: str, seed: int) -> tuple[Picture, Subject]:
    """Make a picture, and find its subject once for all designs."""
    image = SCENES[kind](ASPECTS[seed % 4], seed).image if kind in SCENES else GROUNDS[kind](seed)
    return Picture(image, *image.size, "PNG"), find_subject(image)


@functools.cache
def _find_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="logos-"))


@functools.cache
def draw_logo(shape: str, level: int) -> Path:
    """Draw a logo: a disc or bars in one grey, on nothing."""
    size = LOGOS[shape]
    image = Image.new("RGBA", size)
    draw, short = ImageDraw.Draw(image), min(size)
    colour = (level, level, level, 255)
    draw.ellipse((0, 0, short - 1, short - 1), fill=colour)
    for at in range(short + short // 6, max(size), short):
        box = (at, short // 4, at + short // 2, short * 3 // 4)
        draw.rectangle(box if size[0] > size[1] else (box[1], box[0], box[3], box[2]), fill=colour)
    path = _find_folder() / f"{shape}-{level}.png"
    image.save(path)
    return path


@functools.cache
def draw_avatar() -> Path:
    image = Image.new("RGB", (200, 200), (90, 140, 190))
    ImageDraw.Draw(image).ellipse((50, 40, 150, 160), fill=(230, 190, 160))
    path = _find_folder() / "avatar.png"
    image.save(path)
    return path


@functools.cache
def make_brand(number: int) -> Brand:
    """Make the brand of a number: its colours, its logo and its avatar are drawn by lot."""
    chance = random.Random(number)
    shape, variants = chance.choice(list(LOGOS)), chance.choice(("both", "both", "on dark", "on light", "none"))
    return Brand(
        name=str(number),
        digest=str(number),
        logo_on_dark=draw_logo(shape, 255) if variants in ("both", "on dark") else None,
        logo_on_light=draw_logo(shape, 20) if variants in ("both", "on light") else None,
        corner=chance.choice(CORNERS),
        theme=chance.choice(("", "light", "dark")),
        avatar=draw_avatar() if chance.random() < 0.4 else None,
        **chance.choice(COLOURS),  # type: ignore[arg-type]
    )


def random_case(chance: random.Random) -> Case:
    """Draw a case by lot. Half of the texts beside a title are short, as people write them."""
    title, font = random_title(chance), chance.choice(list(FONTS))
    design = Design(
        title,
        chance.choice(list(TEMPLATES)),
        font,
        kicker=_draw_text(chance, font, 0.4, (6, 12, 20, 40)),
        subtitle=_draw_text(chance, font, 0.4, (20, 60, 100, 200)),
        byline=_draw_text(chance, font, 0.4, (8, 16, 30, 60)),
        highlight=chance.choice(title.split() or [""]) if chance.random() < 0.3 else "",
        theme=chance.choice(THEMES),
        brand=make_brand(chance.randrange(60)) if chance.random() < 0.5 else None,
    )
    sizes = list(SIZES) if chance.random() < 0.75 else FREE_SIZES
    return Case(design, read_size(chance.choice(sizes)), chance.choice([*GROUNDS, *SCENES]), chance.randrange(3))


def _draw_text(chance: random.Random, font: str, share: float, lengths: tuple[int, ...]) -> str:
    if chance.random() > share:
        return ""
    text = random_text(chance, chance.choice(lengths))
    try:
        typeset(text, font)
    except Undrawable:
        return ""
    return text
