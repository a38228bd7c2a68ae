"""What titles look like, without a provider: one picture, or a contact sheet of templates and fonts."""

import io
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from imagegen.errors import PermanentFailure, Problem, RequestError
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS

if TYPE_CHECKING:
    from PIL.Image import Image

CELL = (400, 210)
"""Pixels of one picture on a contact sheet: a thumbnail's."""
_GAP = 12
_LABEL = 24
_PAPER, _INK = (247, 246, 243), (70, 70, 76)


def preview(
    titles: Sequence[str],
    *,
    templates: Sequence[str] = tuple(TEMPLATES),
    fonts: Sequence[str] = tuple(FONTS),
    background: bytes | None = None,
) -> bytes:
    """Render every title in every font and template, as a JPEG.

    One combination gives the finished 1200×630 picture, several a contact sheet: a column for each template, a row
    for each title and font. ``background`` is a picture's bytes; without it one is painted. Raises RequestError for
    an unknown template or font, PermanentFailure for a title that cannot be drawn, PassingFailure for a background
    that cannot be decoded.
    """
    _require("template", templates, TEMPLATES)
    _require("font", fonts, FONTS)
    if not titles:
        raise RequestError((Problem("title", "", "at least one title"),))
    out = io.BytesIO()
    if len(titles) == len(templates) == len(fonts) == 1:
        sheet = next(_rendered(titles, templates, fonts, background))[1]
    else:
        sheet = _contact_sheet(list(_rendered(titles, templates, fonts, background)), len(templates))
    sheet.save(out, "JPEG", quality=90, subsampling="4:4:4")
    return out.getvalue()


def _require(field: str, ids: Sequence[str], known: Collection[str]) -> None:
    problems = tuple(Problem(field, repr(id_), f"one of {', '.join(known)}") for id_ in ids if id_ not in known)
    if problems or not ids:
        raise RequestError(problems or (Problem(field, "", f"at least one of {', '.join(known)}"),))


def _rendered(
    titles: Sequence[str], templates: Sequence[str], fonts: Sequence[str], background: bytes | None
) -> Iterator[tuple[str, "Image"]]:
    """Each combination's label and picture, template by template, font by font, title by title."""
    from imagegen.overlay.decoding import decode
    from imagegen.overlay.render import render
    from imagegen.overlay.text.typeset import Undrawable

    picture = decode(background or _painted(titles[0]))
    for title in titles:
        for font in fonts:
            for template in templates:
                try:
                    image = render(picture, title=title, template=template, font=font).image
                except Undrawable as error:
                    raise PermanentFailure("title_not_drawable", str(error)) from error
                yield f"{template} · {font}", image


def _painted(title: str) -> bytes:
    from imagegen.providers import PictureRequest
    from imagegen.providers.offline import paint

    return paint(PictureRequest("preview", title, (1536, 1024), {"style": "photorealistic"}))


def _contact_sheet(cells: Sequence[tuple[str, "Image"]], columns: int) -> "Image":
    from PIL import Image, ImageDraw

    from imagegen.overlay.text.metrics import face

    step = CELL[0] + _GAP, CELL[1] + _LABEL + _GAP
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * step[0] + _GAP, rows * step[1] + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, (label, image) in enumerate(cells):
        x, y = _GAP + number % columns * step[0], _GAP + number // columns * step[1]
        sheet.paste(image.reduce(3), (x, y))
        draw.text((x, y + CELL[1] + 5), label, font=face(FONTS["inter"], 13), fill=_INK)
    return sheet
