"""``imagegen doctor``: tells if concurrent runs pay once with this store, and what is broken here."""

import json as json_module
import logging
import sys
from dataclasses import asdict

import typer

from imagegen.errors import ConfigurationError
from imagegen.formatting import one_line
from imagegen.library import doctor as diagnoses
from imagegen.library.trials import Check
from imagegen.settings import Settings
from workflows.commands.options import JsonOption, StoreOption, runtime_with


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(doctor)


def doctor(*, store: StoreOption = None, json: JsonOption = False) -> None:
    """Try the store, the keys' shape and the fonts; say if concurrent runs pay once. Costs nothing, leaves nothing."""
    logging.disable(logging.WARNING)  # the checks say it
    try:
        found = _diagnose(store)
    finally:
        logging.disable(logging.NOTSET)
    sys.stdout.write(_format_json(found) if json else _format_lines(found))
    raise typer.Exit(0 if found.is_sound else 1)


def _diagnose(store: str | None) -> diagnoses.Diagnosis:
    try:
        runtime = runtime_with(store)
    except ConfigurationError as error:
        around = (diagnoses.check_fonts(), diagnoses.check_shaping(Settings()))
        return diagnoses.Diagnosis("", (Check("settings", "fail", str(error)), *around), None)
    return diagnoses.diagnose(runtime.settings, lambda: runtime.store)


def _format_lines(found: diagnoses.Diagnosis) -> str:
    width = max(len(check.name) for check in found.checks)
    lines = [f"{check.level:4}  {check.name:{width}}  {one_line(check.message)}" for check in found.checks]
    return "\n".join((*([found.location, ""] if found.location else []), *lines, "", found.verdict)) + "\n"


def _format_json(found: diagnoses.Diagnosis) -> str:
    described = {
        "location": found.location,
        "pays_once": found.pays_once,
        "verdict": found.verdict,
        "checks": [asdict(check) for check in found.checks],
    }
    return json_module.dumps(described, indent=2) + "\n"
