"""A batch before anything is spent: its pairs, those that are stored, and the cost of the rest."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from imagegen import cells, tracing
from imagegen.errors import ConfigurationError, PermanentFailure, Problem
from imagegen.formatting import counted, dollars_apart
from imagegen.making.plan import ADVICE, Planned, plan, require_keys
from imagegen.making.runtime import Runtime
from imagegen.making.stored import Known, look_up, reuse
from imagegen.overlay.compose import Design, check_texts
from imagegen.overlay.text.fonts import FONTS
from imagegen.paying.grant import Found, Grant
from imagegen.paying.money import Ledger
from imagegen.pictures import build_design, load_brand
from imagegen.request.batch import Batch, Leaf, Place, batch_id
from imagegen.request.batch import cells as list_cells
from imagegen.request.fields import BRAND_FONT
from imagegen.request.validation import build_error, shorten
from imagegen.results import BatchResult, LeafResult
from imagegen.settings import Settings
from storage import Store


@dataclass(frozen=True, slots=True)
class Redo:
    """The cells to which a run is limited, with the variant that each is to show; all others stay as ``manifest`` says.

    ``manifest`` is the batch's, with its matrix.
    """

    variants: Mapping[Place, int]
    manifest: BatchResult


@dataclass(frozen=True, slots=True)
class Other:
    """A pair that a redone cell showed or may yet show, and for which a killed run may have paid.

    The outcome of ``shown`` accounts for it.
    """

    item: Planned
    shown: Leaf


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid batch, planned and looked up. ``planned`` has each distinct pair once, in order.

    ``batch`` has the variants that its redone cells show, ``batch_id`` is that of the batch as it was asked for.
    """

    batch: Batch
    batch_id: str
    planned: dict[Leaf, Planned]
    known: Known
    others: tuple[Other, ...] = ()

    def list_accountable(self) -> list[Planned]:
        """Return the pairs for which a run of the batch may have paid."""
        return [*self.planned.values(), *(other.item for other in self.others)]

    def list_missing(self) -> list[Planned]:
        """Return the pairs whose pictures are not there."""
        return [item for item in self.planned.values() if item.leaf_hash not in self.known.results]

    def list_unpaid(self) -> list[Planned]:
        """Return what a provider has to be asked for: one pair per request without a stored original."""
        requests: dict[str, Planned] = {}
        for item in self.list_missing():
            if item.request_hash not in self.known.originals:
                requests.setdefault(item.request_hash, item)
        return list(requests.values())

    def cost_usd(self) -> float | None:
        """Return what the unpaid pairs would cost at list price; None when a price is unknown."""
        return sum_costs(item.price_usd for item in self.list_unpaid())


@dataclass(slots=True)
class Job:
    """A pair that is to be made.

    ``order`` is its place in the batch; ``followers`` share its request and are made from its original; ``granted`` is
    its share of the cap and ``spent`` what its leaf runs have reported so far.
    """

    order: int
    item: Planned
    found: Found
    followers: list["Job"] = field(default_factory=list)
    granted: float | None = None
    spent: Ledger = field(default_factory=Ledger)
    died: bool = False
    """Its last leaf run left nothing but an error, so that its spending was read from the claim."""

    def find_allowance(self) -> float | None:
        """Return what is left of its share of the cap, in US dollars; None when there is no cap."""
        if self.granted is None:
            return None
        return max(0.0, self.granted - self.spent.at_list_price(self.item.price_usd or 0.0))

    def build_grant(self, batch_run: str, batch_id: str) -> Grant:
        """Return the terms for its next leaf run, which belongs to this run of this batch."""
        return Grant(
            self.found,
            self.find_allowance(),
            run=uuid.uuid4().hex,
            parent=batch_run,
            batch=batch_id,
            spent_usd=self.spent.at_list_price(self.item.price_usd or 0.0),
            trace=tracing.current().traceparent,
        )

    def find_lacking(self) -> float:
        """Return what its share of the cap lacks for one more call, in US dollars; 0 without a cap or a price."""
        price = self.item.price_usd
        if self.granted is None or not price:
            return 0.0
        # Calls may have cost a little more or less than their list price.
        return price + self.spent.at_list_price(price) - self.granted


def group_by_request(items: Iterable[Planned], prepared: Prepared) -> list[Job]:
    """Arrange pairs as jobs, in order: those that share a request follow its first one, which pays."""
    jobs: list[Job] = []
    payers: dict[str, Job] = {}
    for order, item in enumerate(items):
        stored = item.request_hash in prepared.known.originals
        job = Job(order, item, "original" if stored else "nothing")
        if not stored and (payer := payers.get(item.request_hash)):
            payer.followers.append(job)
            continue
        jobs.append(job)
        payers[item.request_hash] = job
    return jobs


def prepare(batch: Batch, runtime: Runtime, redo: Redo | None = None) -> Prepared:
    """Plan a batch and look its pairs up in the store. Reads only.

    With ``redo`` only its cells can be missing; the others are as its manifest says. Raises StoreError, Damaged,
    ConfigurationError, and RequestError for titles that cannot be drawn on this machine. The fonts are found here,
    before the leaves' threads start, and a missing one is said once.
    """
    for font in sorted({leaf.font for leaf in batch.distinct()} - {BRAND_FONT}):
        FONTS[font].path()
    require_drawable(batch, runtime.settings.brands)
    asked = {leaf: plan(leaf, runtime.settings) for leaf in batch.distinct()}
    name = batch_id(batch, [asked[leaf].leaf_hash for row in batch.leaves for leaf in row])
    redone = cells.read(runtime.store, name)
    batch = batch.with_variants({**redone.list_shown(), **(redo.variants if redo else {})})
    planned = {leaf: asked.get(leaf) or plan(leaf, runtime.settings) for leaf in batch.distinct()}
    others = tuple(_plan_others(batch, redone, planned, runtime.settings))
    if redo:
        known = _look_up_redone(runtime.store, name, batch, planned, redo)
    else:
        known = look_up(runtime.store, name, list(planned.values()))
    return Prepared(batch, name, planned, known, others)


def _plan_others(
    batch: Batch, redone: cells.Redone, planned: Mapping[Leaf, Planned], settings: Settings
) -> Iterator[Other]:
    """Plan what the redone cells showed before, or were to show, and no cell shows now."""
    seen: set[Leaf] = set()
    for row, column, shown in list_cells(batch):
        cell = redone.find((row, column)) if redone.cells else None
        for attempt in cell.attempts if cell else ():
            leaf = replace(shown, variant=attempt.variant)
            if leaf not in planned and leaf not in seen:
                seen.add(leaf)
                yield Other(plan(leaf, settings), shown)


def _look_up_redone(store: Store, name: str, batch: Batch, planned: Mapping[Leaf, Planned], redo: Redo) -> Known:
    """Look up the cells that a run is limited to; the others count as known, as the manifest has them."""
    mine = {leaf: planned[leaf] for row, column, leaf in list_cells(batch) if (row, column) in redo.variants}
    known = look_up(store, name, list(mine.values()))
    hashes = {item.leaf_hash for item in mine.values()}
    kept: dict[str, LeafResult] = {}
    for row, column, leaf in list_cells(batch):
        if planned[leaf].leaf_hash not in hashes:
            there = (redo.manifest.images or ())[row][column]
            outcome = reuse(there, planned[leaf]).model_copy(update={"reused": there.succeeded})
            kept.setdefault(planned[leaf].leaf_hash, outcome)
    return replace(known, results={**kept, **known.results})


def require_drawable(batch: Batch, brands: Path) -> None:
    """Raise RequestError that names every row's text that cannot be drawn correctly. Equal texts are looked at once.

    ``brands`` is the folder of the brands, which may bring a font and a byline.
    """
    reasons: dict[Design, dict[str, str]] = {}
    problems = []
    for at, (row, leaves) in enumerate(zip(batch.prompts, batch.leaves, strict=True)):
        texts = _select_texts(leaves[0], brands)
        if texts not in reasons:
            reasons[texts] = check_texts(texts)
        for name, reason in reasons[texts].items():
            untitled = name == "title" and row.title is None
            field = f"prompts[{at}].{'prompt' if untitled else name}"
            expected = f"{_PROMPT_IS_DRAWN}{reason}" if untitled else reason
            bare = Problem(field, "", "text that can be drawn in full with the fonts of this machine")
            problems.append(Problem(field, shorten(getattr(texts, name)), expected, bare))
    if problems:
        raise build_error(problems, len(problems))


def _select_texts(leaf: Leaf, brands: Path) -> Design:
    """Return what decides whether a pair's texts can be drawn; the rest of its look is left out."""
    whole = build_design(leaf, load_brand(leaf.brand, brands))
    return replace(whole, highlight="", theme="", focus="")


_PROMPT_IS_DRAWN = "without a title of its own the prompt is drawn, but "


def find_cap(batch: Batch, settings: Settings) -> float | None:
    """Return the smaller of the batch's and the environment's cost caps in US dollars; None when there is none."""
    return min((one for one in (batch.max_cost_usd, settings.max_batch_cost_usd) if one is not None), default=None)


def require_affordable(prepared: Prepared, settings: Settings, *, spent_usd: float = 0.0, advice: str = ADVICE) -> None:
    """Raise ConfigurationError when a key is missing or the unpaid pairs would cost more than the cap allows.

    ``spent_usd`` was spent under the same cap already, by an earlier life of the run. ``advice`` is for who has no key.
    """
    unpaid = prepared.list_unpaid()
    require_keys(unpaid, settings, advice)
    limit = find_cap(prepared.batch, settings)
    if limit is None or not unpaid:
        return
    cost = find_known_cost(prepared, limit)
    if cost + spent_usd > limit:
        costs, allowed = dollars_apart(cost + spent_usd, limit)
        before = f", with {dollars_apart(spent_usd, limit)[0]} spent before" if spent_usd else ""
        raise ConfigurationError(
            f"{counted(len(unpaid), 'picture')} would cost about {costs}{before}, more than the cap of {allowed}; "
            "raise the cap (MAX_BATCH_COST_USD, --max-cost) or make the batch smaller"
        )


def find_known_cost(prepared: Prepared, limit_usd: float) -> float:
    """Return what the unpaid pairs would cost in US dollars. Raises ConfigurationError when a price is unknown."""
    cost = prepared.cost_usd()
    if cost is None:
        unknown = sorted({item.served_by for item in prepared.list_unpaid() if item.price_usd is None})
        raise ConfigurationError(
            f"the price of {', '.join(unknown)} is unknown, so the batch cannot be held to ${limit_usd:.2f}; remove "
            "the limit (MAX_BATCH_COST_USD, MAX_MONTHLY_COST_USD, --max-cost) or choose models with a known price"
        )
    return cost


def find_flagged(unpaid: Sequence[Planned], settings: Settings) -> dict[str, str]:
    """Return the reason for each request hash whose prompt is flagged; asks about each prompt once.

    Raises ConfigurationError when the key is missing or refused, PassingFailure when there is no answer now.
    """
    asked = [item for item in unpaid if not item.leaf.offline]
    if not (settings.enable_moderation and asked):
        return {}
    from imagegen.providers import moderation

    reasons = moderation.flag_prompts(list(dict.fromkeys(item.request.prompt for item in asked)), settings)
    return {item.request_hash: reasons[item.request.prompt] for item in asked if item.request.prompt in reasons}


def refuse_flagged(planned: Planned, settings: Settings) -> None:
    """Raise PermanentFailure("moderation") when the prompt is flagged."""
    for reason in find_flagged([planned], settings).values():
        raise PermanentFailure("moderation", reason)


def sum_costs(costs: Iterable[float | None]) -> float | None:
    """Add costs in US dollars up; None as soon as one is unknown."""
    known = 0.0
    for cost in costs:
        if cost is None:
            return None
        known += cost
    return round(known, 6)
