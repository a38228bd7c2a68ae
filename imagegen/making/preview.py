"""Previews of titles without a provider: one picture, or a contact sheet of looks."""

import io
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from imagegen.errors import PermanentFailure, Problem, RequestError
from imagegen.overlay.block.placing import BRAND
from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.design import THEMES, Design
from imagegen.overlay.sizes import DEFAULT, MOST_SIDE, Size, read_size
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS
from imagegen.request.highlights import read_title

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 90, "subsampling": "4:4:4"},
    "PNG": {"compress_level": 6},
    "WEBP": {"quality": 90, "method": 4},
}
"""The formats of a preview, and Pillow's settings for each."""
CELL = (400, 210)
"""The width and height of a picture on a contact sheet in pixels, as of a thumbnail."""
_GAP = 12
"""Pixels between two cells, and around the sheet."""
_LABEL_HEIGHT, _LABEL_SIZE, _LABEL_OFFSET = 24, 13, 5
"""A label's row and type size, and its distance from the picture above it, in pixels."""
_PAPER_COLOUR, _TEXT_COLOUR = (247, 246, 243), (70, 70, 76)


@dataclass(frozen=True, slots=True)
class Choices:
    """The looks to show: every combination of these makes a picture.

    ``texts`` are the kicker, the subtitle and the byline, by field, of each picture.
    """

    templates: Sequence[str] = tuple(TEMPLATES)
    fonts: Sequence[str] = tuple(FONTS)
    themes: Sequence[str] = ("",)
    sizes: Sequence[str] = (DEFAULT,)
    texts: Mapping[str, str] = field(default_factory=dict)
    brand: Brand | None = None

    def iter_looks(self, title: str) -> Iterator[tuple[str, Design, Size]]:
        """Yield the label, the design and the size of each combination; templates vary fastest, sizes slowest."""
        looks = itertools.product(self.sizes, self.themes, self.fonts, self.templates)
        for size, theme, font, template in looks:
            label = " · ".join(
                (template, font, *([theme] if len(self.themes) > 1 else []), *([size] if len(self.sizes) > 1 else []))
            )
            drawn, marked = read_title(title)
            design = Design(drawn, template, font, **self.texts, highlight=marked, theme=theme, brand=self.brand)
            yield label, design, read_size(size)


def preview(
    titles: Sequence[str],
    choices: Choices | None = None,
    *,
    background: bytes | None = None,
    media_format: str = "JPEG",
) -> bytes:
    """Render every title in every look; encode it in one of ``FORMATS``.

    One combination gives the finished picture. Several give a contact sheet with a column for each template and a row
    for each title, font, theme and size. ``background`` holds a picture's bytes; without it one is painted offline.
    Raises RequestError for an unknown template, font or size, PermanentFailure for a text that cannot be drawn, and
    PassingFailure for a background that cannot be decoded.
    """
    choices = choices or Choices()
    own = [BRAND] if choices.brand and choices.brand.font else []
    for name, ids, known in (
        ("template", choices.templates, TEMPLATES),
        ("font", choices.fonts, [*FONTS, *own]),
        ("theme", [theme for theme in choices.themes if theme] or THEMES, THEMES),
    ):
        _check_ids(name, ids, known)
    if not titles:
        raise RequestError((Problem("title", "", "at least one title"),))
    cells = list(_render_all(titles, choices, background))
    sheet = cells[0][1] if len(cells) == 1 else _build_contact_sheet(cells, columns=len(choices.templates))
    out = io.BytesIO()
    sheet.save(out, media_format, **FORMATS[media_format])
    return out.getvalue()


def _check_ids(field: str, ids: Sequence[str], known: Collection[str]) -> None:
    problems = tuple(Problem(field, repr(id_), f"one of {', '.join(known)}") for id_ in ids if id_ not in known)
    if problems or not ids:
        raise RequestError(problems or (Problem(field, "", f"at least one of {', '.join(known)}"),))


def _render_all(titles: Sequence[str], choices: Choices, background: bytes | None) -> Iterator[tuple[str, "Image"]]:
    """Yield the label and the picture of each combination."""
    from imagegen.overlay.decoding import decode
    from imagegen.overlay.render import render
    from imagegen.overlay.subject.finding import find_subject
    from imagegen.overlay.text.typeset import Undrawable

    picture = decode(background or _paint_background(titles[0]), least=MOST_SIDE)
    subject = find_subject(picture.image)
    for title in titles:
        for label, design, size in choices.iter_looks(title):
            try:
                yield label, render(picture, design, size, subject=subject).image
            except Undrawable as error:
                raise PermanentFailure("title_not_drawable", str(error)) from error


def _paint_background(title: str) -> bytes:
    from imagegen.providers import PictureRequest
    from imagegen.providers.offline import paint

    return paint(PictureRequest("preview", title, (1536, 1024), {"style": "photorealistic"}))


def _build_contact_sheet(cells: Sequence[tuple[str, "Image"]], *, columns: int) -> "Image":
    """Put labelled pictures on a sheet, row by row, each within a cell of its row's height."""
    from PIL import Image, ImageDraw

    from imagegen.overlay.text.metrics import open_font

    small = [(label, image.resize(_fit(image.size), Image.Resampling.LANCZOS)) for label, image in cells]
    rows = [small[start : start + columns] for start in range(0, len(small), columns)]
    heights = [max(image.height for _, image in row) + _LABEL_HEIGHT + _GAP for row in rows]
    sheet = Image.new("RGB", (columns * (CELL[0] + _GAP) + _GAP, sum(heights) + _GAP), _PAPER_COLOUR)
    draw, font, y = ImageDraw.Draw(sheet), open_font(FONTS["inter"], _LABEL_SIZE), _GAP
    for row, height in zip(rows, heights, strict=True):
        for column, (label, image) in enumerate(row):
            x = _GAP + column * (CELL[0] + _GAP)
            sheet.paste(image, (x, y))
            draw.text((x, y + image.height + _LABEL_OFFSET), label, font=font, fill=_TEXT_COLOUR)
        y += height
    return sheet


def _fit(size: tuple[int, int]) -> tuple[int, int]:
    """Return a picture's size within a cell, which is twice as high for tall ones."""
    width, height = size
    scale = min(CELL[0] / width, 2 * CELL[1] / height)
    return round(width * scale), round(height * scale)
