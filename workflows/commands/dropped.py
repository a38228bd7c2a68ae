"""The leaf runs that a cancellation drops, and the price of the calls that it may have dropped with them."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from imagegen.errors import ConfigurationError
from imagegen.formatting import counted, dollars
from imagegen.request import catalog
from imagegen.settings import Settings
from workflows.commands.options import settings_with
from workflows.deployed.client import ApiError, Client
from workflows.deployed.runs import RemoteRun, Status

MOST_ASKED = 300
"""Runs that are asked for their inputs: as many as a workspace runs at once."""


async def cancel_run(client: Client, run_id: str) -> str:
    """Cancel a run and all below it; return sentences about what was under way then. Raises ApiError."""
    running: list[RemoteRun] | None = None
    with suppress(ApiError):  # to end the run matters more than to know what it was doing
        running = [run for run in await client.fetch_descendants(run_id) if run.status is Status.RUNNING]
    await client.cancel(run_id)
    if running is None:
        return f"It is not known how many leaf runs were running. {_MAYBE_CHARGED}"
    dropped = [await _read(client, run) for run in running[:MOST_ASKED]]
    # A run that came to its end all the same has told what it spent.
    asked = [run for run in dropped if run.status not in {Status.SUCCEEDED, Status.FAILED} and _may_have_paid(run)]
    unasked = len(running) - len(dropped)
    return _describe(len(running), len(asked) + unasked, None if unasked else _add_up(asked))


async def _read(client: Client, run: RemoteRun) -> RemoteRun:
    with suppress(ApiError):
        return await client.fetch_run(run.id)
    return run


_MAYBE_CHARGED = (
    "Calls to providers that were under way may have been charged. They are entered as possible extra charges, and "
    "stand in the result of the batch's next run."
)


def _describe(running: int, asked: int, cost_usd: float | None) -> str:
    if not running:
        return "No leaf run was running, so no call was dropped."
    told = f"{counted(running, 'leaf run was', 'leaf runs were')} running"
    if not asked:
        return f"{told}; none of them had anything to pay for."
    price = f"{dollars(cost_usd)} at list price" if cost_usd is not None else "at a price that is not known here"
    return f"{told}, of which {asked} may have had a call to a provider under way ({price}). {_MAYBE_CHARGED}"


def _may_have_paid(run: RemoteRun) -> bool:
    """Tell if a leaf may have asked a provider: not offline, and not to compose from a stored original."""
    inputs = _inputs(run)
    grant = inputs.get("grant")
    return not inputs.get("offline") and not (isinstance(grant, Mapping) and grant.get("found") == "original")


def _add_up(runs: list[RemoteRun]) -> float | None:
    """Add up a call of each at list price, as this machine is set up; None when one is not known."""
    settings = Settings()
    with suppress(ConfigurationError):
        settings = settings_with()
    prices = [_find_price(str(_inputs(run).get("model", "")), settings) for run in runs]
    return None if None in prices else sum(price for price in prices if price is not None)


def _find_price(model: str, settings: Settings) -> float | None:
    if (asked := catalog.find(model)) is None:
        return None
    serving = catalog.find_serving(asked)
    return catalog.find_price(serving, catalog.build_options(serving, settings))


def _inputs(run: RemoteRun) -> Mapping[str, Any]:
    return run.inputs if isinstance(run.inputs, Mapping) else {}
