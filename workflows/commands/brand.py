"""``imagegen brand``: the brands in ``brands/``."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from imagegen.errors import Problem, RequestError
from imagegen.formatting import counted, one_line
from imagegen.overlay.brands.advice import list_advice
from imagegen.overlay.brands.brand import Brand
from imagegen.overlay.brands.colours import format_colour
from imagegen.overlay.brands.reading import list_brands, list_misnamed, load
from imagegen.overlay.brands.settings import SETTINGS
from imagegen.settings import from_environment

WRONG = 2
"""The exit code of a wrong brand, as of a wrong request."""
_NAMED = "a name of at most 40 lower-case letters, digits, hyphens and underscores, so that a batch can ask for it"


def register(cli: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(
        name="brand", no_args_is_help=True, help="Look at the brands in brands/: logo, colours, fonts and byline."
    )
    group.callback()(lambda: None)  # without it, Typer makes the only command the group itself
    group.command(short_help="Check brands, all of them or those that are named.")(check)
    cli.add_typer(group)


def _complete_names(incomplete: str) -> list[str]:
    return [name for name in list_brands(from_environment().brands) if name.startswith(incomplete)]


def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME", help="Brands. [default: all]", show_default=False, autocompletion=_complete_names
        ),
    ] = None,
) -> None:
    """Check brands: say what each one gives, what is mended when it is drawn, and everything that is wrong."""
    folder = from_environment().brands
    wanted = names or list_brands(folder)
    misnamed = [] if names else list_misnamed(folder)
    if not wanted and not misnamed:
        sys.stdout.write(
            f"There is no brand in {folder}. Each is a folder in it with a {SETTINGS}: see docs/brands.md\n"
        )
        return
    problems = [Problem(f"{folder.name}/{name}", "", _NAMED) for name in misnamed]
    for name in dict.fromkeys(wanted):
        try:
            _print(load(name, folder))
        except RequestError as error:
            problems += error.problems
    if problems:
        sys.stdout.flush()
        _print_problems(problems)
        raise typer.Exit(WRONG)


def _print(brand: Brand) -> None:
    lines = [f"  {key:<10} {value}" for key, value in _describe(brand) if value]
    advice = [f"  warning    {one_line(text)}" for text in list_advice(brand)]
    sys.stdout.write("\n".join([f"{brand.name}: valid", *lines, *advice]) + "\n")


def _describe(brand: Brand) -> list[tuple[str, str]]:
    colours = (("accent", brand.accent), ("ink", brand.ink), ("ground", brand.ground))
    logos = (("on dark", brand.logo_on_dark), ("on light", brand.logo_on_light))
    return [
        *((key, format_colour(colour)) for key, colour in colours if colour),
        ("logo", ", ".join(f"{file.name} {place}" for place, file in logos if file)),
        ("corner", brand.corner if brand.logo_on_dark else ""),
        ("font", brand.font.id if brand.font else ""),
        ("text font", brand.text_font.id if brand.text_font else ""),
        ("theme", brand.theme),
        ("template", brand.template),
        ("byline", one_line(brand.byline)),
        ("avatar", brand.avatar.name if brand.avatar else ""),
    ]


def _print_problems(problems: Sequence[Problem]) -> None:
    lines = "".join(f"\n  - {one_line(str(problem))}" for problem in problems)
    sys.stderr.write(f"imagegen: {counted(len(problems), 'problem')}:{lines}\n")
