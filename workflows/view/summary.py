"""The closing summary: the outcome of a batch, its cost, and the time that fan-out saved."""

import sys
from collections.abc import Iterator, Sequence
from typing import Protocol, TextIO

from rich.console import Console
from rich.text import Text

from imagegen.formatting import counted, dollars, duration, one_line
from imagegen.results import BatchResult, LeafResult, Summary
from storage.links import read_expiry, tell_expiry
from workflows.view.timeline import draw_timeline

MOST_REASONS = 10
"""The most reasons that are printed; the gallery has the rest."""
NAMED = 3
"""The most pairs that are named for one reason."""


class LinkedStore(Protocol):
    """The part of a store that a summary needs."""

    @property
    def location(self) -> str:
        """The place of the pictures, for people."""
        ...

    def url(self, key: str) -> str:
        """Return a link that a browser opens."""
        ...


def print_summary(result: BatchResult, *, store: LinkedStore, stream: TextIO | None = None) -> None:
    """Print a batch's summary on ``stream`` (standard error by default)."""
    console = Console(file=stream or sys.stderr, highlight=False, markup=False, emoji=False)
    for line in draw_summary(result, store, width=console.width, ascii_only=console.options.ascii_only):
        console.print(line, soft_wrap=True)


def draw_summary(result: BatchResult, store: LinkedStore, *, width: int, ascii_only: bool = False) -> Iterator[Text]:
    """Yield the summary as lines; the timeline fits ``width`` columns, sentences are left to wrap."""
    leaves, summary = result.leaves(), result.summary
    if bars := draw_timeline(leaves, width, ascii_only=ascii_only):
        yield Text()
        yield from bars
    yield Text()
    yield Text(_format_outcome(summary), style="bold")
    yield from map(Text, _draw_sentences(summary))
    yield from _draw_failures(leaves)
    yield Text()
    yield from map(Text, _draw_locations(result, store))


def _format_outcome(summary: Summary) -> str:
    parts = f"{summary.generated:,} generated, {summary.reused:,} reused, {summary.failed:,} failed"
    return f"{counted(summary.requested, 'picture')}: {parts}"


def _draw_sentences(summary: Summary) -> Iterator[str]:
    took = duration(summary.seconds)
    if summary.sum_seconds > summary.seconds:
        times = summary.sum_seconds / max(summary.seconds, 0.001)
        yield (
            f"Took {took}; the slowest picture took {duration(summary.slowest_seconds)}. A loop would have taken "
            f"{duration(summary.sum_seconds)}, {times:.{1 if times < 10 else 0}f} times as long."  # noqa: PLR2004 - a tenth of ten says nothing
        )
    else:
        yield f"Took {took}."
    yield _format_cost(summary)
    if summary.possible_extra_charges:
        perhaps = f", {dollars(summary.possible_cost_usd)} at list price" if summary.possible_cost_usd else ""
        calls = counted(summary.possible_extra_charges, "more call")
        yield f"Not answered with a picture, but perhaps charged: {calls}{perhaps}."


def _format_cost(summary: Summary) -> str:
    if not summary.paid_calls and summary.cost_usd == 0:
        sure = ", nothing was paid for" if not summary.possible_extra_charges else " for certain"
        return f"Cost: $0{sure}."
    if summary.cost_usd is not None:
        return f"Cost: {dollars(summary.cost_usd)} for {counted(summary.paid_calls, 'paid call')}."
    if not summary.unpriced_calls:
        return f"Cost: unknown for {counted(summary.paid_calls, 'paid call')}."
    known = counted(max(0, summary.paid_calls - summary.unpriced_calls), "paid call")
    return f"Cost: {dollars(summary.known_cost_usd)} for {known}, and {summary.unpriced_calls:,} of unknown price."


def _draw_failures(leaves: Sequence[LeafResult]) -> Iterator[Text]:
    """Yield each reason once, with the pairs that it stopped."""
    reasons = _group_failures(leaves)
    if reasons:
        yield Text()
    for (kind, message), stopped in list(reasons.items())[:MOST_REASONS]:
        yield Text.assemble((f"Failed: {one_line(kind).replace('_', ' ')}. ", "red"), one_line(message))
        for leaf in stopped[:NAMED]:
            yield Text(f"  {one_line(leaf.model)}: {one_line(leaf.title)}")
        if len(stopped) > NAMED:
            yield Text(f"  and {len(stopped) - NAMED:,} more", style="dim")
    if len(reasons) > MOST_REASONS:
        yield Text(f"and {len(reasons) - MOST_REASONS:,} more reasons, in the gallery", style="dim")
    if any(leaf.error and leaf.error.retryable for leaf in leaves):
        yield Text("Run the batch again for these pictures: stored ones are not paid for twice.")


def _group_failures(leaves: Sequence[LeafResult]) -> dict[tuple[str, str], list[LeafResult]]:
    """Group the failed pairs by kind and message."""
    groups: dict[tuple[str, str], list[LeafResult]] = {}
    for leaf in leaves:
        if leaf.error:
            groups.setdefault((leaf.error.kind, leaf.error.message), []).append(leaf)
    return groups


def _draw_locations(result: BatchResult, store: LinkedStore) -> Iterator[str]:
    yield f"Pictures: {one_line(store.location)}"
    page = store.url(result.gallery_key)
    linked = next((leaf.image.url for leaf in result.leaves() if leaf.image and leaf.image.url), page)
    if warning := tell_expiry(linked):
        yield f"Links:    {warning}"
    if read_expiry(page):
        # The stored page reaches its pictures by relative links, which a private bucket refuses.
        yield f"Gallery:  imagegen gallery {one_line(result.batch_id)} --open"
    else:
        yield f"Gallery:  {one_line(page)}"
