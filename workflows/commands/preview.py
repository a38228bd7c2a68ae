"""``imagegen preview``: titles on a picture, without a provider."""

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from imagegen.errors import ConfigurationError, Problem, RequestError
from imagegen.request.fields import FONTS, MAX_PROMPT, TEMPLATES
from imagegen.request.spelling import find_id
from storage import keys
from workflows.commands.completion import complete_ids

SUFFIXES = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
"""The formats of a preview, by the end of its file's name."""


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(preview)


def preview(
    titles: Annotated[list[str], typer.Argument(metavar="TITLE...", help="One title or several.", show_default=False)],
    *,
    template: Annotated[
        str,
        typer.Option(help="A template, several with commas, or all.", autocompletion=complete_ids(TEMPLATES)),
    ] = "bottom-bar",
    font: Annotated[
        str, typer.Option(help="A font, several with commas, or all.", autocompletion=complete_ids(FONTS))
    ] = "inter",
    background: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Background picture. [default: a painted one]")
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Write the picture to this file: .jpg, .png or .webp.")
    ] = Path("preview.jpg"),
) -> None:
    """Render titles on a picture: one picture, or a contact sheet of templates and fonts. Asks no provider."""
    from imagegen.making.preview import preview as render

    media_format = _find_format(out)
    shown = tuple(_check_title(number, title) for number, title in enumerate(titles))
    data = None if background is None else _read(background)
    templates, fonts = _select_ids(template, TEMPLATES), _select_ids(font, FONTS)
    sheet = render(shown, templates=templates, fonts=fonts, background=data, media_format=media_format)
    try:
        out.write_bytes(sheet)
    except OSError as error:
        raise ConfigurationError(f"--out {out}: cannot write the picture ({error.strerror})") from None
    sys.stdout.write(f"{out}\n")


def _find_format(out: Path) -> str:
    try:
        return SUFFIXES[out.suffix.lower()]
    except KeyError:
        expected = ", ".join(SUFFIXES)
        raise ConfigurationError(
            f"--out {out}: a picture is written to a file that ends in one of {expected}"
        ) from None


def _check_title(number: int, title: str) -> str:
    if not title.strip() or len(title) > MAX_PROMPT:
        raise RequestError((Problem(f"title {number + 1}", repr(title[:40]), f"1 to {MAX_PROMPT} characters"),))
    return title.strip()


def _select_ids(given: str, known: Collection[str]) -> tuple[str, ...]:
    if given.strip().casefold() == "all":
        return tuple(known)
    return tuple(find_id(part, known) or part.strip() for part in given.split(","))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > keys.MAX_PICTURE:
            raise ConfigurationError(f"--background {path}: larger than {keys.MAX_PICTURE:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"--background {path}: cannot read it ({error.strerror})") from None
