"""One pair, start to end: look up, come by the original, compose, store, record.

The order is the promise. Nothing is asked for before the store has shown that it takes writes; what was paid for is
put in safety before anything else can lose it; the record that says "done" is written last. Whatever the provider's
answer does not wait for (Pillow, the font, the store's client) is loaded while it is awaited.
"""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from imagegen import logs, records
from imagegen.errors import ConfigurationError, PassingFailure, PermanentFailure, WaitAsked
from imagegen.making import stored
from imagegen.making.originals import Original, Originals
from imagegen.making.outcomes import build_outcome, spending_fields, with_urls
from imagegen.making.plan import plan
from imagegen.making.runtime import Runtime
from imagegen.making.steps import ID_SHOWN, Steps
from imagegen.overlay import compose
from imagegen.paying.claims import Claimant
from imagegen.paying.grant import Grant, read_grant
from imagegen.paying.safekeeping import require_permission
from imagegen.pictures import Described, build_design, build_output, describe
from imagegen.request.batch import Leaf
from imagegen.results import LeafError, LeafResult
from storage import AccessDenied, StoreMisconfigured, StoreUnavailable, keys
from storage.mediatypes import BYTES, guess_by_ending

__all__ = ["Grant", "Ids", "make", "read_grant"]


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of a leaf's task run: its own, the same in each of its attempts, and its batch's."""

    run: str = ""
    parent: str = ""


def make(leaf: Leaf, runtime: Runtime, *, ids: Ids | None = None, grant: Grant | None = None) -> LeafResult:
    """Make one pair's picture, or say why there is none.

    ``grant`` holds the terms of the batch that started the leaf; None: it was started alone. Raises PassingFailure
    when another attempt may help; what another attempt cannot help is returned as a failed outcome.
    """
    return _Making(leaf, runtime, ids or Ids(), grant).make()


class _Making:
    """One attempt at one pair."""

    def __init__(self, leaf: Leaf, runtime: Runtime, ids: Ids, grant: Grant | None) -> None:
        self._planned = plan(leaf, runtime.settings)
        self._design, self._output = build_design(leaf, self._planned.brand), build_output(leaf)
        self._runtime = runtime
        self._ids = ids
        self._grant = grant
        self._found = grant.found if grant else "unknown"
        named = {"batch": grant.batch if grant else "", "run": ids.run, "parent": ids.parent}
        named["leaf"] = self._planned.leaf_hash[:ID_SHOWN]
        logs.identify(**named)
        self._steps = Steps(leaf, named, lambda: self._originals.ledger.attempts)
        self._started = time.time()
        self._clock = time.monotonic()
        self._originals = Originals(self._planned, runtime, self._build_claimant(), grant, self._steps)
        self._original_sha256: str | None = None

    def _build_claimant(self) -> Claimant:
        named, batch = bool(self._ids.run), self._grant.batch if self._grant else ""
        model, price_usd = self._planned.served_by, self._planned.price_usd
        return Claimant(self._ids.run or uuid.uuid4().hex, self._ids.parent, named, batch, model, price_usd)

    def make(self) -> LeafResult:
        """Return the pair's outcome, and tell of it. Raises PassingFailure."""
        with self._steps.attempt(self._grant.trace if self._grant else None):
            outcome = self._try()
            self._steps.end(outcome, alone=self._grant is None)
        return outcome

    def _try(self) -> LeafResult:
        try:
            for name, problem in compose.check_texts(self._design).items():
                raise PermanentFailure("title_not_drawable", problem if name == "title" else f"{name}: {problem}")
            return self._look_up() or self._make_picture()
        except WaitAsked as wait:
            return self._fail(wait.kind, str(wait), wait=wait)
        except PermanentFailure as failure:
            return self._fail(failure.kind, str(failure), request_id=failure.request_id)
        except ConfigurationError as error:
            return self._fail("configuration", str(error))
        except (AccessDenied, StoreMisconfigured) as error:
            return self._fail("storage", str(error))
        except StoreUnavailable as error:
            raise PassingFailure("storage_unavailable", str(error)) from error

    def _look_up(self) -> LeafResult | None:
        """Find the outcome that an earlier run recorded, its pictures present."""
        if self._found != "unknown":
            return None
        with self._steps.step("lookup"):
            found = stored.find_result(self._runtime.store, self._planned)
            if found is None or not records.is_present(self._runtime.store, found):
                return None
            if self._ids.run:
                self._originals.load_spending()
        spent = {"reused": False, **spending_fields(self._originals.ledger)} if self._originals.asked else {}
        return with_urls(found.model_copy(update={"started_at": self._started, **spent}), self._runtime)

    def _make_picture(self) -> LeafResult:
        """Compose from the stored original, or from one that is asked for now; store and record the picture."""
        originals = self._originals
        with ThreadPoolExecutor(2, "leaf") as side, ExitStack() as taken:
            if self._found == "original":
                original = originals.find_again()
            elif self._found == "unknown" and (found := originals.find()):
                if self._ids.run:
                    originals.load_spending()
                original = found
            else:
                self._prepare_to_pay(taken)
                original = taken.enter_context(originals.claim_and_fetch(side))
            return self._record(self._compose(original), side)

    def _prepare_to_pay(self, taken: ExitStack) -> None:
        """Find out what the store can promise and what may be spent, and have the prompt moderated.

        A leaf of a batch does none of it: the batch has done so. What is reserved is given back with ``taken``.
        """
        if self._grant is None and not self._planned.leaf.offline:
            from imagegen.making.prepare import refuse_flagged

            self._runtime.store.find_conditions()
            require_permission(self._runtime.store)
            self._reserve_of_month(taken)
            refuse_flagged(self._planned, self._runtime.settings)

    def _reserve_of_month(self, taken: ExitStack) -> None:
        """Reserve what the one call would cost that an attempt may pay for, where a month has a limit."""
        limit_usd, price_usd = self._runtime.settings.max_monthly_cost_usd, self._planned.price_usd
        if limit_usd is None:
            return
        from imagegen.paying.month import Share

        if price_usd is None:
            raise ConfigurationError(
                f"the price of {self._planned.served_by} is unknown, so it cannot be held to MAX_MONTHLY_COST_USD; "
                "remove that limit or choose a model with a known price"
            )
        share = Share(self._runtime.store, limit_usd, self._originals.claimant.run)
        taken.callback(share.give_back)
        share.take(price_usd, price_usd)

    def _compose(self, original: Original) -> compose.Composed:
        try:
            composed = self._draw(original)
        finally:
            if original.stored:
                with self._steps.step("store_original"):
                    first = original.stored.result()
        # Whoever was first decides what the request led to, for every picture made from it.
        return composed if not original.stored or first else self._draw(self._originals.find_again())

    def _draw(self, original: Original) -> compose.Composed:
        leaf, planned = self._planned.leaf, self._planned
        self._original_sha256 = keys.content_hash(original.data)
        provenance = compose.Provenance(planned.provider, planned.served_by, leaf.offline)
        with self._steps.step("compose"):
            return compose.compose(original.picture, self._design, provenance=provenance, output=self._output)

    def _record(self, composed: compose.Composed, side: ThreadPoolExecutor) -> LeafResult:
        """Store the pictures and the thumbnail, then the record that leads to them."""
        described = describe(composed)
        (image, data), *others = zip(described.pictures.values(), composed.pictures.values(), strict=True)
        others.append((described.thumbnail, composed.thumbnail))
        with self._steps.step("store_pictures"):
            stored_aside = [side.submit(self._store_picture, one.key, made.data) for one, made in others]
            self._store_picture(image.key, data.data)
            for one in stored_aside:
                one.result()
        result = self._result(described)
        with self._steps.step("record"):
            told = stored.record(self._runtime.store, self._planned, result)
        return with_urls(told, self._runtime)

    def _store_picture(self, key: str, data: bytes) -> None:
        planned = self._planned
        metadata = {"prompt": planned.leaf.prompt, "model": planned.served_by, "provider": planned.provider}
        store, kind = self._runtime.store, guess_by_ending(key) or BYTES
        created = store.create(key, data, content_type=kind, metadata=metadata)
        if not created and not records.is_whole(store, key, len(data)):
            store.replace(key, data, content_type=kind)  # what was there had been cut short

    def _fail(self, kind: str, message: str, *, wait: WaitAsked | None = None, request_id: str = "") -> LeafResult:
        seconds = wait.seconds if wait else None
        error = LeafError(
            kind=kind,
            message=message,
            retryable=wait is not None,
            request_id=wait.request_id if wait else request_id,
            retry_after=seconds,
            retry_at=None if seconds is None else round(time.time() + seconds, 3),
            per_minute=wait.per_minute if wait else None,
        )
        return self._result(error=error)

    def _result(self, made: Described | None = None, *, error: LeafError | None = None) -> LeafResult:
        return build_outcome(self._planned, error=error).model_copy(
            update={
                "status": "failed" if error else "succeeded",
                "reused": error is None and not self._originals.asked,
                **(made.as_fields() if made else {}),
                "original_sha256": self._original_sha256,
                "seconds": round(time.monotonic() - self._clock, 4),
                "started_at": self._started,
                "timing": self._steps.seconds,
                "run_id": self._ids.parent or self._ids.run,
                "leaf_run_id": self._originals.claimant.run,
                "made_alone": self._grant is None and error is None,
                **spending_fields(self._originals.ledger),
            }
        )
