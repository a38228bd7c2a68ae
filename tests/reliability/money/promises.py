"""The promises about money, checked from the outside: the providers' book against the results and the store."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from imagegen.making.plan import Planned
from imagegen.paying.run_report import Report
from imagegen.paying.spending import read_all
from imagegen.request import catalog
from imagegen.results import LeafResult, Summary
from storage import Store, keys
from tests.reliability.invariants import Violation, count_claimed, get_or_none, list_all_keys
from tests.reliability.money.acts import Act, Stage
from tests.reliability.money.book import Book, Entry
from tests.reliability.money.scenario import PAID

BY_A_HAIR = 1e-6
"""Dollars by which sums of list prices may miss a cap that is one of them."""
CLOCK_TICK = 0.005
"""Seconds by which two clocks may disagree on a wait."""
TOLD = 0.2
"""Seconds that the news of a refusal may take from the end of a leaf's run to its lane."""


def check_act(stage: Stage, act: Act) -> Iterator[Violation]:
    """Check one run whose leaf runs are known: its cap, and its waits."""
    sent = list(stage.book.sent_by(frozenset(act.watch.runs)))
    yield from check_cap(stage, sent, act.cap, act.name)
    if act.leaf:
        yield from _check_leaf(act.leaf, sent, stage, act.watch.runs)
    yield from _check_lanes(stage, act, sent)


def check_cap(stage: Stage, sent: Iterable[Entry], cap: float | None, who: str) -> Iterator[Violation]:
    """What one run spent and possibly spent, at list prices, is within its cap."""
    spent = sum(stage.prices_by_hash()[entry.request_hash] for entry in sent if entry.may_be_charged)
    if cap is not None and spent > cap + BY_A_HAIR:
        yield Violation("cap", f"{who}: {spent:.4f} spent at list prices under a cap of {cap:.4f}")


def _check_leaf(leaf: LeafResult, sent: Sequence[Entry], stage: Stage, runs: set[str]) -> Iterator[Violation]:
    """The result of a leaf that was started alone has exactly its calls."""
    charged = sum(entry.may_be_charged for entry in sent)
    unsent = sum(run in runs for _, run in stage.book.unsent)
    reported = leaf.paid_calls + leaf.possible_extra_charges
    if reported != charged + unsent:
        yield Violation("unaccounted", f"alone: {charged} calls may be charged, {unsent} unsent, {reported} reported")
    yield from _check_split(leaf.paid_calls, sent, "alone")


def _check_split(paid: int, sent: Sequence[Entry], who: str) -> Iterator[Violation]:
    """Paid is what was answered with bytes, as far as no caller was killed or hurried by a short time limit."""
    certain = sum(entry.paid for entry in sent)
    answered = sum(entry.kind in PAID for entry in sent)
    if not certain <= paid <= answered:
        yield Violation("split", f"{who}: {certain} to {answered} calls were answered with bytes, {paid} are reported")


def _check_lanes(stage: Stage, act: Act, sent: Sequence[Entry]) -> Iterator[Violation]:
    """A model that asked for a wait is not asked for anything new by the same batch run before it has passed."""
    served = {item.leaf.model: item.served_by for item in stage.planned}
    models = {item.request_hash: item.served_by for item in stage.planned}
    for refused in (entry for entry in sent if entry.wait and entry.known):
        told = act.watch.ends.get(refused.run, float("inf")) + TOLD
        for at, run, model in act.watch.starts:
            same = served[model] == models[refused.request_hash]
            if same and told < at < refused.at + refused.wait - CLOCK_TICK:
                yield Violation("lane", f"{run} began {at - refused.at:.3f} s after a wait of {refused.wait} s")


def check_waits(book: Book) -> Iterator[Violation]:
    """No request is sent again before the wait that it was told has passed."""
    for request_hash in set(book.requests.values()):
        entries = book.of(request_hash)
        for refused, following in pairwise(entries):
            # A leaf that was killed before it read the refusal could tell nobody.
            if refused.known and following.at < refused.at + refused.wait - CLOCK_TICK:
                after = following.at - refused.at
                yield Violation("waits", f"{request_hash[:12]} was asked after {after:.3f} s of {refused.wait} s")


def check_once(book: Book) -> Iterator[Violation]:
    """No request is sent after its original was stored."""
    for entry in book.entries:
        if entry.stored:
            yield Violation("paid twice", f"request {entry.request_hash[:12]} was asked for after it was stored")


def check_budgets(book: Book, unanswered: int, useless: int) -> Iterator[Violation]:
    """No request is sent once its budgets are used up."""
    for request_hash in set(book.requests.values()):
        sent = book.of(request_hash)
        for number in range(1, len(sent)):
            before = sent[:number]
            if sum(e.possible for e in before) > unanswered or sum(e.useless for e in before) > useless:
                yield Violation("budget", f"call {number + 1} for {request_hash[:12]} was beyond a budget")


def check_claims(book: Book, store: Store, slack: int = 0) -> Iterator[Violation]:
    """The claims have every call, and no other; ``slack`` calls of processes that were killed may be on top."""
    for request_hash in set(book.requests.values()):
        charged, claimed = book.count_charges(request_hash), count_claimed(store, request_hash)
        if not charged <= claimed <= charged + slack:
            yield Violation("unaccounted", f"claim {request_hash[:12]}: {charged} calls in the book, {claimed} claimed")


def check_reports(book: Book, store: Store, alone: frozenset[str], slack: int = 0) -> Iterator[Violation]:
    """The results of all batch runs have every call, and no other, but those of the leaf runs that ran ``alone``."""
    reports = [Report.model_validate_json(store.get(key)) for key in list_all_keys(store, keys.REPORTS)]
    summaries: list[Summary] = [report.summary for report in reports if report.summary]
    if running := [report.run_id for report in reports if report.status == "running"]:
        yield Violation("unaccounted", f"the reports of {running} are still open")
    requests = set(book.requests.values())
    charged = sum(map(book.count_charges, requests))
    charged -= sum(entry.may_be_charged for entry in book.sent_by(alone)) + sum(run in alone for _, run in book.unsent)
    known = sum(summary.paid_calls + summary.possible_extra_charges for summary in summaries)
    if not charged <= known <= charged + slack:
        yield Violation("unaccounted", f"{charged} calls in the book, {known} in the results of batches")
    if not slack:
        others = [entry for entry in book.entries if entry.run not in alone]
        yield from _check_split(sum(summary.paid_calls for summary in summaries), others, "batches")


def check_costs(stage: Stage, slack: int = 0) -> Iterator[Violation]:
    """All accounts of the store together have the book's calls, to the cent; ``slack`` calls may be on top."""
    spent, prices = read_all(stage.store), stage.prices_by_hash()
    charges = [charge for item in stage.planned_by_hash().values() for charge in _list_charges(stage.book, item)]
    ledgers = [one.entry.ledger for one in spent]
    calls = sum(ledger.paid_calls + ledger.possible_extra_charges for ledger in ledgers)
    if not len(charges) <= calls <= len(charges) + slack:
        yield Violation("unaccounted", f"costs: {len(charges)} calls in the book, {calls} in the accounts")
    dollars = sum(ledger.cost_usd for ledger in ledgers) + sum(one.possible_usd for one in spent)
    low, high = (sum(which(charge) for charge in charges) for which in (min, max))
    if not low - BY_A_HAIR <= dollars <= high + slack * max(prices.values()) + BY_A_HAIR:
        yield Violation("unaccounted", f"costs: ${low:.6f} to ${high:.6f} in the book, ${dollars:.6f} in the accounts")
    if not slack:
        yield from _check_split(sum(ledger.paid_calls for ledger in ledgers), stage.book.entries, "costs")


def _list_charges(book: Book, item: Planned) -> Iterator[tuple[float, ...]]:
    """What each call for a request was charged at, in dollars: two figures where its caller could not know."""
    listed, by_tokens = item.price_usd or 0.0, _price_usage(item.served_by)
    for entry in book.of(item.request_hash):
        if entry.may_be_charged:
            known = (by_tokens,) if entry.kind in PAID else (listed,)
            yield known if entry.known else (listed, *known)
    yield from [(listed,)] * book.count_unsent(item.request_hash)


def _price_usage(model_id: str) -> float:
    """The dollars of the tokens that the stand-ins report, by the models' token prices."""
    model = catalog.find(model_id)
    assert model
    assert model.tokens
    tokens = model.tokens
    if model.provider == "openai":
        return (120 * tokens.text_in + 1360 * tokens.image_out) / 1e6
    return (120 * tokens.text_in + 1120 * tokens.image_out + 200 * tokens.text_out) / 1e6


def check_kept(book: Book, store: Store) -> Iterator[Violation]:
    """Every useless answer's bytes are kept, as often as they came."""
    for request_hash in set(book.requests.values()):
        sent = Counter(entry.data for entry in book.of(request_hash) if entry.kept)
        there = Counter(store.get(key) for key in list_all_keys(store, f"{keys.REJECTED}{request_hash}."))
        there[get_or_none(store, keys.original(request_hash)) or b""] += 1
        if missing := sent - there:
            yield Violation("lost", f"{missing.total()} useless answers for {request_hash[:12]} are not kept")
