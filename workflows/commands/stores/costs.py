"""``imagegen costs``: all that was spent on a store's pictures."""

import re
import sys
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from imagegen.errors import ConfigurationError
from imagegen.formatting import counted, dollars
from imagegen.library.costs import By, Line, describe_month, look_at_month, sum_costs, tell_month
from workflows.commands.options import JsonOption, StoreOption, print_json, runtime_with
from workflows.view.columns import print_columns

DAY = 86_400.0
_FORMS = {"%Y-%m-%d": re.compile(r"\d{4}-\d\d-\d\d"), "%Y-%m": re.compile(r"\d{4}-\d\d")}


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(costs)


def costs(
    *,
    by: Annotated[By, typer.Option("--by", help="A line for each of these.")] = "month",
    since: Annotated[
        str,
        typer.Option(
            "--since",
            metavar="DATE",
            help="A day (2026-11-29), a month (2026-11), or an age (30d, 12w); all times are UTC.",
        ),
    ] = "",
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Add up what was paid, and may have been paid, for a store's pictures. Reads only."""
    start = _read_since(since)
    runtime = runtime_with(store)
    lines, total = sum_costs(runtime.store, by, since=start)
    month = look_at_month(runtime.store, runtime.settings)
    if json:
        told = {"store": runtime.store.location, "by": by, "since": _tell(start) if start else ""}
        described = {"rows": [_describe(line, by) for line in lines], "total": _describe(total, "")}
        print_json(told | described | {"month": describe_month(month)})
        return
    if not lines:
        sys.stderr.write(f"Nothing was paid for in {runtime.store.location}{f' since {since}' if since else ''}.\n")
    else:
        _print(lines, total, by)
    if month:
        sys.stdout.write(f"\n{tell_month(month)}\n")


def _print(lines: list[Line], total: Line, by: By) -> None:
    header = (by, "paid calls", "cost", "calls that may have been charged", "at list price")
    print_columns(header, [_format(line) for line in (*lines, total)], breaks=3)
    unpriced = total.ledger.unpriced_calls
    if unpriced:
        sys.stdout.write(f"\nNobody knows what {counted(unpriced, 'paid call')} cost; the list price stands in.\n")


def _format(line: Line) -> tuple[str, ...]:
    ledger = line.ledger
    uncertain = ledger.possible_extra_charges + ledger.unpriced_calls
    price = ("" if not uncertain else dollars(line.possible_usd)) + (" and more" if line.unknown_calls else "")
    return line.name, f"{ledger.paid_calls:,}", dollars(ledger.cost_usd), f"{ledger.possible_extra_charges:,}", price


def _describe(line: Line, by: str) -> dict[str, Any]:
    ledger = line.ledger
    return ({by: line.name} if by else {}) | {
        "paid_calls": ledger.paid_calls,
        "known_cost_usd": ledger.cost_usd,
        "unpriced_calls": ledger.unpriced_calls,
        "possible_extra_charges": ledger.possible_extra_charges,
        "possible_cost_usd": line.possible_usd,
        "calls_without_any_price": line.unknown_calls,
    }


def _read_since(text: str) -> float:
    """Return a time in epoch seconds; 0 for an empty text. Raises ConfigurationError."""
    if not text:
        return 0.0
    if age := re.fullmatch(r"(\d{1,5})([dw])", text):
        return max(0.0, time.time() - int(age[1]) * DAY * (7 if age[2] == "w" else 1))
    for form, shape in _FORMS.items():
        if shape.fullmatch(text):
            try:
                return max(0.0, datetime.strptime(text, form).replace(tzinfo=UTC).timestamp())
            except ValueError:
                break
    expected = "a day (2026-11-29), a month (2026-11) or an age (30d, 12w)"
    raise ConfigurationError(f"--since must be {expected}, and is {text[:40]!r}")


def _tell(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
