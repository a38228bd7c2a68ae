"""``imagegen catalog``: the models, styles, templates and fonts."""

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from imagegen.formatting import dollars
from imagegen.request import catalog as models
from imagegen.request.fields import FONTS, TEMPLATES
from imagegen.request.prompts import STYLES
from imagegen.settings import Settings, from_environment
from workflows.commands.options import JsonOption, print_json
from workflows.view.columns import print_columns, print_list


class Section(StrEnum):
    """The parts of the catalogue."""

    MODELS = "models"
    STYLES = "styles"
    TEMPLATES = "templates"
    FONTS = "fonts"


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(catalog)


def catalog(
    section: Annotated[Section | None, typer.Argument(help="Print this part only.", show_default=False)] = None,
    *,
    json: JsonOption = False,
) -> None:
    """List the models, styles, templates and fonts that a batch can ask for."""
    wanted = [section] if section else list(Section)
    content = {part.value: _list_section(part, from_environment()) for part in wanted}
    if json:
        print_json(content)
        return
    for part, rows in content.items():
        _print(part, rows)


def _list_section(section: Section, settings: Settings) -> list[dict[str, Any]]:
    match section:
        case Section.MODELS:
            return [_describe_model(model, settings) for model in models.MODELS.values()]
        case Section.STYLES:
            return [{"id": name} for name in STYLES]
        case Section.TEMPLATES:
            return [{"id": name} for name in TEMPLATES]
        case Section.FONTS:
            return [{"id": name} for name in FONTS]


def _describe_model(model: models.Model, settings: Settings) -> dict[str, Any]:
    serving = models.find_serving(model)
    return {
        "id": model.id,
        "provider": model.provider,
        "size": f"{serving.size[0]}×{serving.size[1]}",
        "price_usd": models.find_price(serving, models.build_options(serving, settings)),
        "retired_on": end.isoformat() if (end := models.find_end(model)) else None,
        "shuts_down_on": model.shuts_down_on.isoformat() if model.shuts_down_on else None,
        "successor": model.successor,
    }


def _print(section: str, rows: list[dict[str, Any]]) -> None:
    if section != Section.MODELS:
        print_list(section, [row["id"] for row in rows])
        return
    lines = []
    for row in rows:
        ends = f"live, ends {row['shuts_down_on']}" if row["shuts_down_on"] else "live"
        state = f"retired {row['retired_on']}, served by {row['successor']}" if row["retired_on"] else ends
        lines.append((row["id"], row["provider"], row["size"], dollars(row["price_usd"]), state))
    print_columns(("model", "provider", "size", "a picture", "state"), lines, breaks=4)
    sys.stdout.write("\n")
