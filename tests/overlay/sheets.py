"""Draws contact sheets into a folder: ``python -m tests.overlay.sheets FOLDER``.

``brand.jpg``, ``fonts.jpg`` and ``scripts.jpg`` are those of ``docs/images``.
"""

import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from imagegen.making.preview import Choices, preview
from imagegen.overlay.decoding import decode
from imagegen.overlay.design import Design
from imagegen.overlay.render import render
from imagegen.overlay.sizes import SIZES
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS
from imagegen.pictures import build_design, load_brand
from imagegen.providers import PictureRequest
from imagegen.providers.offline import paint
from imagegen.request.batch import read
from imagegen.request.prompts import STYLES, picture_prompt
from tests.overlay.laying import WRITTEN

LONG = (
    "Batch jobs are the quiet workhorses of every product: until one fails at three in the morning and nothing says "
    "which of four thousand items were done, which were paid for, and which have to be made again, nobody sees them."
)
SCRIPTS = (
    "Why fan-out beats sequential generation",
    "Пакетная генерация изображений без лишних затрат",
    "Μαζική παραγωγή εικόνων με τίτλους",
    "ワークフローで画像を一括生成する方法：入門ガイド",
    "使用工作流并行生成数百张带标题的图片",
    "수백 장의 이미지를 한 번에 생성하기",
    "إنشاء مئات الصور المعنونة (fan-out) دفعة واحدة",
    "יצירת מאות תמונות (fan-out) בבת אחת",
    "एक साथ सैकड़ों शीर्षक वाली छवियाँ बनाना",
    "การสร้างภาพจำนวนมากด้วยเวิร์กโฟลว์แบบขนาน",
    "Ship it 🚀 today, pay once ✨",
    "https://example.com/a/very/long/path?with=query&and=more",
    "Go",
    LONG,
)
FULL = Design(
    SCRIPTS[0],
    "left-panel",
    "inter",
    kicker="Engineering",
    subtitle="What four thousand pictures taught us about queues",
    byline="docs.example · 24 November 2026",
    highlight="fan-out",
)
FIVE = ("bottom-bar", "left-panel", "center-box", "overlay-bottom", "headline")
ROOT = Path(__file__).parents[2]


def paint_picture(prompt: str, style: str, model: str = "gpt-image-2") -> bytes:
    text = picture_prompt(prompt, style=style)
    return paint(PictureRequest(model, text, (1536, 1024), {"style": style}))


def fonts() -> Image.Image:
    """Five templates × eighteen fonts."""
    background = paint_picture("A clear morning", "photorealistic")
    return open_picture(preview([SCRIPTS[0]], Choices(FIVE), background=background))


def scripts() -> Image.Image:
    """Five templates × ten scripts and four hard titles."""
    return open_picture(
        preview(SCRIPTS, Choices(FIVE, ["inter"]), background=paint_picture("An evening", "photorealistic"))
    )


def batch() -> Image.Image:
    """The ten pictures of ``batch.json``, as ``--offline`` makes them."""
    prompts, models, style, template, font, *_ = json.loads((ROOT / "batch.json").read_text())
    return grid(
        [
            render(decode(paint_picture(prompt, style, model)), Design(prompt, template, font)).image
            for prompt in prompts
            for model in models
        ],
        columns=5,
    )


def brand() -> Image.Image:
    """The pictures of ``examples/brand.json``: four rows in three sizes, two rows beside each other."""
    given = json.loads((ROOT / "examples" / "brand.json").read_text())
    rows = [leaves[0] for leaves in read(given, max_images=50, brands=ROOT / "brands").leaves]
    lines = []
    for leaf in rows:
        design = build_design(leaf, load_brand(leaf.brand, ROOT / "brands"))
        picture = decode(paint_picture(leaf.prompt, leaf.style, leaf.model), least=1920)
        images = [render(picture, design, SIZES[size]).image for size in leaf.sizes]
        lines.append([image.resize((round(image.width * 420 / image.height), 420)) for image in images])
    width = sum(image.width + 12 for image in lines[0])
    sheet = Image.new("RGB", (2 * width - 12, 852), "white")
    for number, line in enumerate(lines):
        x = number % 2 * width
        for image in line:
            sheet.paste(image, (x, number // 2 * 432))
            x += image.width + 12
    return sheet


def styles() -> Image.Image:
    """The offline painter's twelve styles, in every template."""
    return grid(list(render_styles()), columns=4)


def render_styles() -> Iterator[Image.Image]:
    for number, style in enumerate(STYLES):
        template, font = WRITTEN[number % len(WRITTEN)], list(FONTS)[number * 5 % 18]
        title = style.replace("-", " ").capitalize().replace("3d", "3D")
        yield render(decode(paint_picture("A landscape", style)), Design(title, template, font)).image


def themes() -> Image.Image:
    """Every template, dark and light, on four pictures."""
    pictures = [paint_picture("A clear morning", style) for style in ("photorealistic", "sketch", "minimalist", "3d")]
    return grid(
        [
            render(decode(picture), replace(FULL, template=template, theme=theme)).image
            for template in TEMPLATES
            for theme in ("dark", "light")
            for picture in pictures[:2]
        ],
        columns=4,
    )


def sizes() -> Image.Image:
    """Every size, in four templates."""
    picture = decode(paint_picture("A clear morning", "photorealistic"))
    images = [
        render(picture, replace(FULL, template=template), size).image
        for template in ("bottom-bar", "left-panel", "center-box", "headline")
        for size in SIZES.values()
    ]
    sheet = Image.new("RGB", (len(SIZES) * 308 - 8, len(images) // len(SIZES) * 408 - 8), "white")
    for number, image in enumerate(images):
        image.thumbnail((300, 400))
        sheet.paste(image, (number % len(SIZES) * 308, number // len(SIZES) * 408))
    return sheet


def grid(images: Sequence[Image.Image], *, columns: int) -> Image.Image:
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * 408 - 8, rows * 218 - 8), "white")
    for number, image in enumerate(images):
        sheet.paste(image.reduce(3), (number % columns * 408, number // columns * 218))
    return sheet


def open_picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


if __name__ == "__main__":
    for make in (brand, fonts, scripts, batch, styles, themes, sizes):
        sheet = make()
        sheet.thumbnail((1600 if make is brand else 1040, 6000))
        sheet.save(Path(sys.argv[1]) / f"{make.__name__}.jpg", "JPEG", quality=70, optimize=True)
