"""``imagegen preview``: titles on a picture, without a provider."""

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated

import typer

from imagegen.errors import ConfigurationError, Problem, RequestError
from imagegen.overlay.block.placing import BRAND
from imagegen.overlay.brands.reading import list_brands
from imagegen.overlay.design import THEMES
from imagegen.overlay.sizes import DEFAULT, SIZES, read_size
from imagegen.pictures import load_brand
from imagegen.request.fields import (
    FONTS,
    MAX_BYLINE,
    MAX_KICKER,
    MAX_PROMPT,
    MAX_SUBTITLE,
    TEMPLATES,
    is_brand_name,
)
from imagegen.request.spelling import find_id
from imagegen.settings import from_environment
from storage import keys
from workflows.commands.completion import complete_ids

SUFFIXES = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
"""The formats of a preview, by the end of its file's name."""


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(preview)


def _complete_brands(incomplete: str) -> list[str]:
    return [name for name in list_brands(from_environment().brands) if name.startswith(incomplete)]


def preview(
    titles: Annotated[
        list[str],
        typer.Argument(metavar="TITLE...", help="One title or several; *these words* stand out.", show_default=False),
    ],
    *,
    template: Annotated[
        str | None,
        typer.Option(
            help="A template, several with commas, or all. [default: bottom-bar]",
            autocompletion=complete_ids(TEMPLATES),
        ),
    ] = None,
    font: Annotated[
        str | None,
        typer.Option(help="A font, several with commas, or all. [default: inter]", autocompletion=complete_ids(FONTS)),
    ] = None,
    brand: Annotated[
        str,
        typer.Option(metavar="NAME", help="A brand of the folder brands/.", autocompletion=_complete_brands),
    ] = "",
    theme: Annotated[
        str, typer.Option(help="A theme, several with commas, or all.", autocompletion=complete_ids(THEMES))
    ] = "",
    size: Annotated[
        str,
        typer.Option(help="A size, several with commas, or all.", autocompletion=complete_ids(SIZES)),
    ] = DEFAULT,
    kicker: Annotated[str, typer.Option(metavar="TEXT", help="Text above the title.")] = "",
    subtitle: Annotated[str, typer.Option(metavar="TEXT", help="Text below the title.")] = "",
    byline: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Text at the foot: an author, a site, a date. [default: the brand's]"),
    ] = None,
    background: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Background picture. [default: a painted one]")
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Write the picture to this file: .jpg, .png or .webp.")
    ] = Path("preview.jpg"),
) -> None:
    """Render titles on a picture: one picture, or a contact sheet of looks. Asks no provider."""
    from imagegen.making.preview import Choices
    from imagegen.making.preview import preview as render

    media_format = _find_format(out)
    data = None if background is None else _read(background)
    own = load_brand(_spell_brand(brand), from_environment().brands)
    foot = (own.byline if own else "") if byline is None else byline
    choices = Choices(
        templates=_select_ids(template or (own and own.template) or "bottom-bar", TEMPLATES),
        fonts=_select_ids(font or (BRAND if own and own.font else "inter"), FONTS),
        themes=_select_ids(theme, THEMES) if theme else ("",),
        sizes=tuple(_check_size(name) for name in _select_ids(size, SIZES)),
        texts={"kicker": kicker.strip(), "subtitle": subtitle.strip(), "byline": foot.strip()},
        brand=own,
    )
    shown = tuple(_check_title(number, title) for number, title in enumerate(titles))
    _check_texts(choices.texts)
    sheet = render(shown, choices, background=data, media_format=media_format)
    try:
        out.write_bytes(sheet)
    except OSError as error:
        raise ConfigurationError(f"--out {out}: cannot write the picture ({error.strerror})") from None
    sys.stdout.write(f"{out}\n")


def _spell_brand(name: str) -> str:
    if name and not is_brand_name(name.strip()):
        expected = "the name of a folder in brands/: small letters, digits, _ and -"
        raise RequestError((Problem("--brand", repr(name[:40]), expected),))
    return name.strip()


def _check_size(name: str) -> str:
    try:
        return read_size(name).name
    except ValueError as error:
        raise RequestError((Problem("--size", repr(name[:40]), str(error)),)) from None


def _check_texts(texts: Mapping[str, str]) -> None:
    limits = {"kicker": MAX_KICKER, "subtitle": MAX_SUBTITLE, "byline": MAX_BYLINE}
    problems = tuple(
        Problem(f"--{name}", repr(text[:40]), f"at most {limits[name]} characters")
        for name, text in texts.items()
        if len(text) > limits[name]
    )
    problems += tuple(
        Problem(f"--{name}", ascii(text[:40]), "text in UTF-8") for name, text in texts.items() if not _is_text(text)
    )
    if problems:
        raise RequestError(problems)


def _is_text(argument: str) -> bool:
    """Tell if an argument is text: bytes that are none in the terminal's encoding are handed on as lone surrogates."""
    return not any("\ud800" <= char <= "\udfff" for char in argument)


def _find_format(out: Path) -> str:
    try:
        return SUFFIXES[out.suffix.lower()]
    except KeyError:
        expected = ", ".join(SUFFIXES)
        raise ConfigurationError(
            f"--out {out}: a picture is written to a file that ends in one of {expected}"
        ) from None


def _check_title(number: int, title: str) -> str:
    if not _is_text(title):
        raise RequestError((Problem(f"title {number + 1}", ascii(title[:40]), "text in UTF-8"),))
    if not title.strip() or len(title) > MAX_PROMPT:
        raise RequestError((Problem(f"title {number + 1}", repr(title[:40]), f"1 to {MAX_PROMPT} characters"),))
    return title.strip()


def _select_ids(given: str, known: Collection[str]) -> tuple[str, ...]:
    if given.strip().casefold() == "all":
        return tuple(known)
    return tuple(find_id(part, known) or part.strip() for part in given.split(","))


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise ConfigurationError(f"--background {path}: it is no file")
        if path.stat().st_size > keys.MAX_PICTURE:
            raise ConfigurationError(f"--background {path}: larger than {keys.MAX_PICTURE:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"--background {path}: cannot read it ({error.strerror})") from None
