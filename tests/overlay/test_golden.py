"""The pixels of finished pictures change only together with the renderer's version.

When this fails after an intended change: raise ``VERSION`` in ``imagegen/overlay/text/engine.py`` and record what
``python -m tests.overlay.test_golden`` prints. Every finished picture is then composed again, at no cost.
"""

import hashlib
from dataclasses import replace

import PIL
import pytest
from PIL import features

from imagegen.overlay.decoding import Picture
from imagegen.overlay.design import THEMES, Design
from imagegen.overlay.render import render
from imagegen.overlay.sizes import SIZES
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.engine import renderer
from imagegen.overlay.text.fonts import FONTS
from tests.doubles.pictures import checkerboard, gradient, photograph

LIBRARIES = ("pillow 13.0.0", "freetype2 2.14.3", "raqm 0.11.0", "harfbuzz 14.5.0", "fribidi 1.0.8")
GOLDEN = {
    "4-raqm": {
        "bottom-bar": "6300d1b953aae25b",
        "left-panel": "902450406547458a",
        "center-box": "5c0ec5ec7f6ec7e1",
        "overlay-bottom": "b4faaaa8a549c7d9",
        "overlay-center": "036f82c7659c58fd",
        "right-panel": "dfe6a0a9ecb9f452",
        "split": "ec7361e50798a97a",
        "headline": "ce386084f5445d80",
        "plain": "f906f8a69a5183f3",
    }
}
FULL = Design("", "", "", kicker="Engineering", subtitle="What we learned", byline="docs.example", highlight="fan-out")
TITLES = (
    "Why fan-out beats sequential generation",
    "Go",
    "画像を一括生成する方法：入門 🚀",
    "مرحبا بالعالم (fan-out) 2026",
    "नमस्ते दुनिया",
    "การสร้างภาพจำนวนมาก",
)


def libraries() -> tuple[str, ...]:
    names = ("freetype2", "raqm", "harfbuzz", "fribidi")
    return (f"pillow {PIL.__version__}", *(f"{name} {features.version(name)}" for name in names))


def digests() -> dict[str, str]:
    """A digest of the pixels of each template, over titles, fonts and pictures."""
    pictures = [Picture(make(1), 1536, 1024, "PNG") for make in (photograph, gradient, checkerboard)]
    found = {}
    for row, template in enumerate(TEMPLATES):
        total = hashlib.sha256()
        for at, title in enumerate(TITLES):
            font = list(FONTS)[(row * len(TITLES) + at) % len(FONTS)]
            design = replace(FULL, title=title, template=template, font=font, theme=THEMES[at % 3])
            size = list(SIZES.values())[(row + at) % len(SIZES)] if at % 2 else SIZES["og"]
            total.update(render(pictures[at % 3], design, size).image.tobytes())
        found[template] = total.hexdigest()[:16]
    return found


@pytest.mark.skipif(libraries() != LIBRARIES, reason=f"recorded with {', '.join(LIBRARIES)}")
def test_the_pixels_change_only_with_the_renderers_version() -> None:
    assert {renderer(): digests()} == GOLDEN


if __name__ == "__main__":
    print(f"LIBRARIES = {libraries()}\nGOLDEN = { ({renderer(): digests()}) }")  # noqa: T201 - to be pasted above
