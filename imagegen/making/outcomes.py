"""Outcomes of pairs, put together to a batch's result."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from imagegen.formatting import encoded_size
from imagegen.making.plan import Planned
from imagegen.making.runtime import Runtime
from imagegen.paying.money import Ledger, ledger_of, total
from imagegen.pictures import LOOK, OUTPUT
from imagegen.request.batch import Batch, Leaf
from imagegen.results import BatchResult, LeafError, LeafResult, RowAsked, StoredPicture, Summary
from storage import keys
from storage.links import read_expiry

if TYPE_CHECKING:
    from imagegen.making.prepare import Prepared

MAX_RESULT = 3_500_000
"""Bytes of a task's result: under Render's 4 MB with room for the envelope."""
MAX_REASONS = 5
"""Reasons that the message of a failed batch gives; the rest are counted."""


def build_outcome(planned: Planned, *, error: LeafError | None = None) -> LeafResult:
    """Build a failed outcome of a pair about which nothing but ``error`` is known."""
    leaf = planned.leaf
    return LeafResult(
        prompt=leaf.prompt,
        model=leaf.model,
        served_by=planned.served_by,
        provider=planned.provider,
        offline=leaf.offline,
        status="failed",
        request_hash=planned.request_hash,
        leaf_hash=planned.leaf_hash,
        style=leaf.style,
        brand=leaf.brand,
        brand_digest=planned.brand.digest if planned.brand else "",
        error=error,
        **{name: getattr(leaf, name) for name in LOOK + OUTPUT},
    )


def build_failed(item: Planned, kind: str, message: str, *, retryable: bool = False) -> LeafResult:
    """Build the outcome of a pair whose leaf run was not started, or ended without reporting one."""
    return build_outcome(item, error=LeafError(kind=kind, message=message, retryable=retryable))


def build_cancelled(item: Planned) -> LeafResult:
    """Build the outcome of a pair that was not made because its batch was stopped."""
    return build_failed(item, "cancelled", "not made: the batch was stopped; run it again to make it")


def spending_fields(ledger: Ledger) -> dict[str, Any]:
    """Return a ledger as the fields of a LeafResult."""
    return {
        "attempts": max(ledger.attempts, 1),
        "paid_calls": ledger.paid_calls,
        "possible_extra_charges": ledger.possible_extra_charges,
        "cost_usd": None if ledger.unpriced_calls else ledger.cost_usd,
        "known_cost_usd": ledger.cost_usd,
        "unpriced_calls": ledger.unpriced_calls,
    }


def with_urls(result: LeafResult, runtime: Runtime) -> LeafResult:
    """Return the outcome with links that open now. They expire, so they are never stored."""

    @cache
    def find_url(key: str) -> str:
        return runtime.store.url(key, life=runtime.settings.url_life)

    return _relink(result, find_url)


def _relink(result: LeafResult, find_url: Callable[[str], str]) -> LeafResult:
    """Return the outcome with this link to each of its pictures."""

    def link(picture: StoredPicture | None) -> StoredPicture | None:
        return picture and picture.model_copy(update={"url": find_url(picture.key)})

    pictures = {name: link(picture) for name, picture in result.pictures.items()}
    changes = {"image": link(result.image), "thumbnail": link(result.thumbnail), "pictures": pictures}
    return result.model_copy(update=changes)


def with_links(result: BatchResult, runtime: Runtime) -> BatchResult:
    """Return the result as a task returns it: with links that open now, and small enough for the platform."""
    page = runtime.store.url(result.gallery_key, life=runtime.settings.url_life)
    expiry = read_expiry(page)
    dies = expiry.isoformat() if expiry else ""
    whole = result.model_copy(update={"gallery_url": page, "links_expire_at": dies})
    bare = whole.model_copy(update={"images": None, "rows": (), "former": ()})
    rest = whole.model_copy(update={"images": None})
    size, images = encoded_size(rest.model_dump(mode="json")), []
    for row in result.images or ():
        images.append(tuple(with_urls(leaf, runtime) for leaf in row))
        size += sum(encoded_size(leaf.model_dump(mode="json")) + len(", ") for leaf in images[-1])
        if size > MAX_RESULT:
            return bare  # a batch this large is read from its manifest
    return whole.model_copy(update={"images": tuple(images)})


def assemble(
    prepared: "Prepared", outcomes: dict[Leaf, LeafResult], *, run: str, seconds: float, reserved_usd: float = 0.0
) -> BatchResult:
    """Put the outcomes together in the order of the request."""
    batch = prepared.batch
    images = _matrix(batch, outcomes)
    summary = _summarize([leaf for row in images for leaf in row], prepared, seconds, reserved_usd)
    return BatchResult(
        batch_id=prepared.batch_id,
        status=find_status(summary),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        name=batch.name,
        run_id=run,
        models=batch.models,
        style=batch.style,
        template=batch.template,
        font=batch.font,
        variant=batch.variant,
        context=batch.context,
        extra_prompt=batch.extra_prompt,
        max_cost_usd=batch.max_cost_usd,
        rows=_list_rows(batch),
        offline=batch.offline,
        images=images,
        summary=summary,
        manifest_key=keys.manifest(prepared.batch_id),
        gallery_key=keys.gallery(prepared.batch_id),
    )


def _list_rows(batch: Batch) -> tuple[RowAsked, ...]:
    """Return what rows ask for that no outcome tells; nothing when they all have the batch's values."""
    rows = tuple(
        RowAsked(context=row.context, extra_prompt=row.extra_prompt, variant=row.variant) for row in batch.prompts
    )
    return rows if any(row != RowAsked() for row in rows) else ()


def find_status(summary: Summary) -> Literal["complete", "partial", "failed"]:
    """Return a batch's status by its figures."""
    return "failed" if not summary.succeeded else "partial" if summary.failed else "complete"


def _matrix(batch: Batch, outcomes: dict[Leaf, LeafResult]) -> tuple[tuple[LeafResult, ...], ...]:
    """Arrange the outcomes as the request does. A pair that stands in several cells is paid for in its first."""
    placed: set[Leaf] = set()

    def cell(leaf: Leaf) -> LeafResult:
        outcome = _without_links(outcomes[leaf])
        if leaf not in placed:
            placed.add(leaf)
            return outcome
        return outcome.model_copy(update={**spending_fields(Ledger()), "seconds": 0.0, "reused": outcome.succeeded})

    return tuple(tuple(cell(leaf) for leaf in row) for row in batch.leaves)


def _without_links(leaf: LeafResult) -> LeafResult:
    """Return the outcome without links: they expire, and what is stored holds keys."""
    linked = any(picture and picture.url for picture in (leaf.image, leaf.thumbnail))
    return _relink(leaf, lambda _key: "") if linked else leaf


def _summarize(leaves: Sequence[LeafResult], prepared: "Prepared", seconds: float, reserved_usd: float) -> Summary:
    succeeded = [leaf for leaf in leaves if leaf.succeeded]
    spent = total(ledger_of(leaf) for leaf in leaves)
    prices = {item.leaf_hash: item.price_usd for item in prepared.planned.values()}
    possible = sum((prices.get(leaf.leaf_hash) or 0.0) * leaf.possible_extra_charges for leaf in leaves)
    return Summary(
        requested=len(leaves),
        succeeded=len(succeeded),
        failed=len(leaves) - len(succeeded),
        generated=sum(not leaf.reused for leaf in succeeded),
        reused=sum(leaf.reused for leaf in succeeded),
        seconds=round(seconds, 3),
        slowest_seconds=max((leaf.seconds for leaf in leaves), default=0.0),
        sum_seconds=round(sum(leaf.seconds for leaf in leaves), 3),
        cost_usd=None if spent.unpriced_calls else spent.cost_usd,
        known_cost_usd=spent.cost_usd,
        unpriced_calls=spent.unpriced_calls,
        paid_calls=spent.paid_calls,
        possible_extra_charges=spent.possible_extra_charges,
        possible_cost_usd=round(possible, 6),
        reserved_usd=round(reserved_usd, 6),
    )


def explain_failure(leaves: Iterable[LeafResult]) -> str:
    """Give the reasons of a batch without a picture, each once, with how often it was met."""
    reasons: dict[str, int] = {}
    for leaf in leaves:
        if leaf.error:
            text = f"{leaf.model}: {leaf.error.message}"
            reasons[text] = reasons.get(text, 0) + 1
    shown = [f"{count} × {text}" if count > 1 else text for text, count in list(reasons.items())[:MAX_REASONS]]
    more = f"; and {len(reasons) - MAX_REASONS} more reasons" if len(reasons) > MAX_REASONS else ""
    return f"no picture of the batch could be made: {'; '.join(shown)}{more}"
