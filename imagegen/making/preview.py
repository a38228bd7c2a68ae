"""Previews of titles without a provider: one picture, or a contact sheet of templates and fonts."""

import io
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from imagegen.errors import PermanentFailure, Problem, RequestError
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS

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


def preview(
    titles: Sequence[str],
    *,
    templates: Sequence[str] = tuple(TEMPLATES),
    fonts: Sequence[str] = tuple(FONTS),
    background: bytes | None = None,
    media_format: str = "JPEG",
) -> bytes:
    """Render every title in every font and template; encode it in one of ``FORMATS``.

    One combination gives the finished 1200×630 picture. Several give a contact sheet with a column for each template
    and a row for each title and font. ``background`` holds a picture's bytes; without it one is painted offline.
    Raises RequestError for an unknown template or font, PermanentFailure for a title that cannot be drawn, and
    PassingFailure for a background that cannot be decoded.
    """
    _check_ids("template", templates, TEMPLATES)
    _check_ids("font", fonts, FONTS)
    if not titles:
        raise RequestError((Problem("title", "", "at least one title"),))
    cells = list(_render_all(titles, templates, fonts, background))
    sheet = cells[0][1] if len(cells) == 1 else _build_contact_sheet(cells, columns=len(templates))
    out = io.BytesIO()
    sheet.save(out, media_format, **FORMATS[media_format])
    return out.getvalue()


def _check_ids(field: str, ids: Sequence[str], known: Collection[str]) -> None:
    problems = tuple(Problem(field, repr(id_), f"one of {', '.join(known)}") for id_ in ids if id_ not in known)
    if problems or not ids:
        raise RequestError(problems or (Problem(field, "", f"at least one of {', '.join(known)}"),))


def _render_all(
    titles: Sequence[str], templates: Sequence[str], fonts: Sequence[str], background: bytes | None
) -> Iterator[tuple[str, "Image"]]:
    """Yield the label and the picture of each combination; templates vary fastest, then fonts, then titles."""
    from imagegen.overlay.decoding import decode
    from imagegen.overlay.render import render
    from imagegen.overlay.subject.finding import find_subject
    from imagegen.overlay.text.typeset import Undrawable

    picture = decode(background or _paint_background(titles[0]))
    subject = find_subject(picture.image)
    for title in titles:
        for font in fonts:
            for template in templates:
                try:
                    image = render(picture, title=title, template=template, font=font, subject=subject).image
                except Undrawable as error:
                    raise PermanentFailure("title_not_drawable", str(error)) from error
                yield f"{template} · {font}", image


def _paint_background(title: str) -> bytes:
    from imagegen.providers import PictureRequest
    from imagegen.providers.offline import paint

    return paint(PictureRequest("preview", title, (1536, 1024), {"style": "photorealistic"}))


def _build_contact_sheet(cells: Sequence[tuple[str, "Image"]], *, columns: int) -> "Image":
    """Put labelled pictures on a sheet, row by row."""
    from PIL import Image, ImageDraw

    from imagegen.overlay.text.metrics import open_font

    width, height = CELL[0] + _GAP, CELL[1] + _LABEL_HEIGHT + _GAP
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * width + _GAP, rows * height + _GAP), _PAPER_COLOUR)
    draw = ImageDraw.Draw(sheet)
    font = open_font(FONTS["inter"], _LABEL_SIZE)
    for number, (label, image) in enumerate(cells):
        x, y = _GAP + number % columns * width, _GAP + number // columns * height
        sheet.paste(image.reduce(3), (x, y))
        draw.text((x, y + CELL[1] + _LABEL_OFFSET), label, font=font, fill=_TEXT_COLOUR)
    return sheet
