"""Outcomes of pairs, put together to a batch's result, its manifest and its page."""

import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from imagegen import records
from imagegen.formatting import encoded_size
from imagegen.making.plan import Planned
from imagegen.making.runtime import Runtime
from imagegen.paying.money import Ledger, total
from imagegen.pictures import LOOK, OUTPUT
from imagegen.request.batch import Batch, Leaf
from imagegen.results import BatchResult, LeafError, LeafResult, StoredPicture, Summary
from storage import ObjectNotFound, Store, keys
from storage.links import read_expiry
from storage.mediatypes import HTML, JSON

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


def ledger_of(leaf: LeafResult) -> Ledger:
    """Return the spending that an outcome reports."""
    return Ledger(
        attempts=leaf.attempts,
        paid_calls=leaf.paid_calls,
        possible_extra_charges=leaf.possible_extra_charges,
        cost_usd=leaf.known_cost_usd if leaf.cost_usd is None else leaf.cost_usd,
        unpriced_calls=leaf.unpriced_calls,
    )


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
    bare = result.model_copy(update={"gallery_url": page, "links_expire_at": dies, "images": None})
    size, images = encoded_size(bare.model_dump(mode="json")), []
    for row in result.images or ():
        images.append(tuple(with_urls(leaf, runtime) for leaf in row))
        size += sum(encoded_size(leaf.model_dump(mode="json")) + len(", ") for leaf in images[-1])
        if size > MAX_RESULT:
            return bare  # a batch this large is read from its manifest
    return bare.model_copy(update={"images": tuple(images)})


def assemble(
    prepared: "Prepared", outcomes: dict[Leaf, LeafResult], *, run: str, seconds: float, reserved_usd: float = 0.0
) -> BatchResult:
    """Put the outcomes together in the order of the request."""
    batch = prepared.batch
    images = _matrix(batch, outcomes)
    summary = _summarize([leaf for row in images for leaf in row], prepared, seconds, reserved_usd)
    return BatchResult(
        batch_id=prepared.batch_id,
        status=_status(summary),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        run_id=run,
        models=batch.models,
        style=batch.style,
        template=batch.template,
        font=batch.font,
        variant=batch.variant,
        offline=batch.offline,
        images=images,
        summary=summary,
        manifest_key=keys.manifest(prepared.batch_id),
        gallery_key=keys.gallery(prepared.batch_id),
    )


def _status(summary: Summary) -> Any:
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


def save(store: Store, result: BatchResult) -> BatchResult:
    """Write the page and then the manifest, which says "done"; return the result with what the manifest keeps.

    A manifest never gets worse: a picture that it names and that is present stays in it when this run failed to make
    the pair. One that already says the same is not written again.
    """
    while True:
        try:
            there = store.read(result.manifest_key)
        except ObjectNotFound:
            there = None
        previous = _parse(there.data, result.batch_id) if there else None
        kept = keep_successes(store, result, previous) if previous else result
        if previous and _gist(previous) == _gist(kept):
            _write_page(store, previous, only_if_absent=True)
            return kept
        _write_page(store, kept)
        data = _encode(kept)
        if there is None:
            written = store.create(kept.manifest_key, data, content_type=JSON)
        else:
            written = store.swap(kept.manifest_key, data, version=there.version, content_type=JSON)
        if written:
            return kept


def _encode(result: BatchResult) -> bytes:
    """Encode a manifest row by row, so that a large one is in memory once."""
    head, mark, tail = to_json(result.model_copy(update={"images": None})).partition(b'"images":null')
    whole = io.BytesIO()
    whole.write(head + mark.removesuffix(b"null") + b"[")
    for number, row in enumerate(result.images or ()):
        whole.write(b"," if number else b"")
        whole.write(to_json(row))
    whole.write(b"]" + tail)
    return whole.getvalue()


def _parse(data: bytes, batch_id: str) -> BatchResult | None:
    try:
        manifest = BatchResult.parse(data)
    except ValueError:
        return None
    return manifest if manifest.batch_id == batch_id else None


def keep_successes(store: Store, result: BatchResult, previous: BatchResult) -> BatchResult:
    """Return the result with the previous one's picture in each cell that failed, where it is present in the store."""
    before = {leaf.leaf_hash: leaf for leaf in previous.leaves() if leaf.succeeded}

    def better(leaf: LeafResult) -> LeafResult:
        earlier = None if leaf.succeeded else before.get(leaf.leaf_hash)
        if earlier is None or not records.is_present(store, earlier):
            return leaf
        spent = spending_fields(ledger_of(leaf)) | {"seconds": leaf.seconds, "reused": True}
        return earlier.model_copy(update=spent)

    images = tuple(tuple(better(leaf) for leaf in row) for row in result.images or ())
    leaves = [leaf for row in images for leaf in row]
    succeeded = sum(leaf.succeeded for leaf in leaves)
    summary = result.summary.model_copy(
        update={
            "succeeded": succeeded,
            "failed": len(leaves) - succeeded,
            "reused": sum(leaf.succeeded and leaf.reused for leaf in leaves),
        }
    )
    return result.model_copy(update={"images": images, "summary": summary, "status": _status(summary)})


def _write_page(store: Store, result: BatchResult, *, only_if_absent: bool = False) -> None:
    if only_if_absent and records.has_bytes(store, result.gallery_key):
        return
    from imagegen import gallery

    page = gallery.render(result, link=gallery.from_page)
    store.replace(result.gallery_key, page, content_type=HTML)


def _gist(result: BatchResult) -> tuple[object, ...]:
    """Return what a manifest says of the pictures, whenever and by whichever run it was written."""
    cells = [(leaf.leaf_hash, leaf.image, leaf.pictures, leaf.error and leaf.error.kind) for leaf in result.leaves()]
    return (result.status, result.models, result.run_id if result.status == "failed" else "", cells)


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
