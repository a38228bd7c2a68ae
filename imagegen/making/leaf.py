"""One pair, start to end: look up, claim, ask, check, store the original, compose, store, record.

The order is the promise. Nothing is asked for before the store has shown that it takes writes; what was paid for
is put in safety before anything else can lose it; the record that says "done" is written last. Whatever the
provider's answer does not wait for (Pillow, the font, the store's client) is loaded while it is awaited.
"""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from typing import Literal, get_args

import tenacity

from imagegen.errors import ConfigurationError, Failure, PassingFailure, PermanentFailure, Unanswered
from imagegen.making import claims
from imagegen.making.plan import Planned, plan
from imagegen.making.runtime import Runtime
from imagegen.making.steps import Steps
from imagegen.making.stored import find_result, has_original
from imagegen.overlay import compose
from imagegen.providers import Provider
from imagegen.request.batch import Leaf
from imagegen.results import LeafError, LeafResult, StoredPicture
from storage import AccessDenied, ObjectNotFound, StoreMisconfigured, StoreUnavailable, keys

LookedUp = Literal["", "nothing", "original"]
"""What the parent found before it started the leaf: it did not look, it found nothing, it found the original."""
LOOKED_UP: tuple[LookedUp, ...] = get_args(LookedUp)

PAID_PATIENCE = 120.0
"""Seconds for which bytes that were paid for are offered to a store that does not take them."""
CLAIM_PATIENCE = 420.0
"""Seconds to wait for somebody else's picture: a provider's call at its longest and a rate limit before it."""
MAX_JITTER = 4.0
"""Seconds; before its n-th attempt a leaf waits a random part of 2ⁿ⁻³ s, so that siblings refused at one instant
do not come back at one instant."""


def make(
    leaf: Leaf, runtime: Runtime, *, run: str | None = None, parent: str | None = None, looked_up: LookedUp = ""
) -> LeafResult:
    """Make one pair's picture, or say why there is none.

    ``run`` is the task run's id, the same in each of its attempts, and ``parent`` that of its batch. Raises
    PassingFailure when another attempt may help; what another attempt cannot help is returned as a failed outcome.
    """
    return _Making(leaf, runtime, run, parent, looked_up).outcome()


class _Making:
    """One attempt at one pair."""

    def __init__(self, leaf: Leaf, runtime: Runtime, run: str | None, parent: str | None, looked_up: LookedUp) -> None:
        self._planned = plan(leaf, runtime.settings)
        self._runtime = runtime
        self._run = run
        self._parent = parent
        self._looked_up = looked_up
        self._steps = Steps(leaf)
        self._started = time.time()
        self._clock = time.monotonic()
        self._ledger = claims.Ledger(attempts=1)
        self._asked = False
        self._original_sha256: str | None = None

    def outcome(self) -> LeafResult:
        """The pair's outcome. Raises PassingFailure."""
        leaf = self._planned.leaf
        try:
            if problem := compose.check_title(leaf.title, leaf.font):
                raise PermanentFailure("title_not_drawable", problem)
            return self._found() or self._made()
        except PermanentFailure as failure:
            return self._failed(failure.kind, str(failure))
        except ConfigurationError as error:
            return self._failed("configuration", str(error))
        except (AccessDenied, StoreMisconfigured) as error:
            return self._failed("storage", str(error))
        except StoreUnavailable as error:
            raise PassingFailure("storage_unavailable", str(error)) from error

    def _found(self) -> LeafResult | None:
        """The recorded outcome of an earlier run."""
        if self._looked_up:
            return None
        with self._steps.step("lookup"):
            found = find_result(self._runtime.store, self._planned)
            if found is None:
                return None
            self._recall()
        spent = {"reused": False, **asdict(self._ledger)} if self._asked else {}
        return with_urls(found.model_copy(update={"started_at": self._started, **spent}), self._runtime)

    def _made(self) -> LeafResult:
        """A picture from the stored original, or from one that is asked for now."""
        with ThreadPoolExecutor(2, "leaf") as side, ExitStack() as held:
            if self._looked_up == "original":
                composed = self._recomposed()
            elif not self._looked_up and (original := self._original()):
                self._recall()
                composed = self._recomposed(original)
            else:
                composed = self._claimed(side, held)
            return self._recorded(composed, side)

    def _claimed(self, side: ThreadPoolExecutor, held: ExitStack) -> compose.Composed:
        """Claim the request, then ask for it; or use the original that its claimant stored meanwhile."""
        planned = self._planned
        connected = side.submit(self._runtime.provider, planned.provider)
        with self._steps.step("claim"):
            claim = self._claim()
        if claim is None:
            self._recall()
            return self._recomposed()
        self._ledger = claim.ledger
        # Until the picture is recorded: another attempt has to know what this one paid for.
        held.enter_context(self._released_on_failure(claim))
        if not claim.first and self._stored():
            return self._recomposed()
        if claim.ledger.attempts > 1:
            self._runtime.pause(_jitter(claim.ledger.attempts))
        with self._steps.step("connect"):
            provider = connected.result()
        side.submit(compose.warm_up, planned.leaf.font)
        with claim.kept_alive():
            return self._asked_for(provider, side)

    def _recall(self) -> None:
        """Own up to what earlier attempts of this very run spent on what is now stored."""
        if earlier := claims.spent(self._runtime.store, self._planned.request_hash, run=self._run):
            self._asked = True
            self._ledger = replace(earlier, attempts=earlier.attempts + 1)

    def _asked_for(self, provider: Provider, side: ThreadPoolExecutor) -> compose.Composed:
        """Ask for the picture, check it, and compose it while its original is being stored."""
        self._asked = True
        with self._steps.step("provider"):
            generated = provider.generate(self._planned.request)
        if not self._planned.leaf.offline:
            self._ledger = self._ledger.plus(paid_calls=1, cost_usd=generated.cost_usd)
        with self._steps.step("decode"):
            picture = compose.decode(generated.data)
        self._original_sha256 = keys.content_hash(generated.data)
        safe = side.submit(self._store_original, generated.data)
        try:
            composed = self._composed(picture)
        finally:
            with self._steps.step("store_original"):
                first = safe.result()
        # Whoever was first decides what the request led to, for every picture made from it.
        return composed if first else self._recomposed()

    def _original(self) -> bytes | None:
        """What was paid for, when it is stored."""
        with self._steps.step("read_original"):
            try:
                return self._runtime.store.get(keys.original(self._planned.request_hash))
            except ObjectNotFound:
                return None

    def _recomposed(self, original: bytes | None = None) -> compose.Composed:
        """Compose from the stored original, which costs nothing."""
        data = original or self._original()
        if not data:
            raise PassingFailure("original_vanished", "the stored original was deleted meanwhile")
        try:
            picture = compose.decode(data)
        except PassingFailure as failure:
            message = f"the stored original is damaged ({failure}); 'imagegen verify' names it"
            raise PermanentFailure("damaged_original", message) from failure
        self._original_sha256 = keys.content_hash(data)
        return self._composed(picture)

    def _composed(self, picture: compose.Picture) -> compose.Composed:
        leaf, planned = self._planned.leaf, self._planned
        provenance = compose.Provenance(planned.provider, planned.served_by, leaf.offline)
        with self._steps.step("compose"):
            return compose.compose(
                picture, title=leaf.title, template=leaf.template, font=leaf.font, provenance=provenance
            )

    def _recorded(self, composed: compose.Composed, side: ThreadPoolExecutor) -> LeafResult:
        """Store the picture and its thumbnail, then the record that leads to them."""
        sha256 = keys.content_hash(composed.image)
        image = _stored_picture(keys.image(sha256), composed.image, compose.WIDTH, compose.HEIGHT)
        thumbnail = _stored_picture(keys.thumbnail(sha256), composed.thumbnail, *compose.THUMBNAIL)
        with self._steps.step("store_pictures"):
            second = side.submit(self._put, thumbnail.key, composed.thumbnail)
            self._put(image.key, composed.image)
            second.result()
        result = self._result(image=image, thumbnail=thumbnail)
        with self._steps.step("record"):
            self._record(result)
        return with_urls(result, self._runtime)

    def _record(self, result: LeafResult) -> None:
        store, key, data = self._runtime.store, keys.result(result.leaf_hash), result.model_dump_json().encode()
        if store.create(key, data, content_type="application/json") or find_result(store, self._planned):
            return
        store.replace(key, data, content_type="application/json")

    def _claim(self) -> claims.Claim | None:
        try:
            return claims.acquire(
                self._runtime.store,
                self._planned.request_hash,
                run=self._run,
                parent=self._parent,
                settled=self._stored,
                patience=CLAIM_PATIENCE,
                pause=self._runtime.pause,
            )
        except TimeoutError as error:
            raise PassingFailure("claimed_elsewhere", str(error)) from error

    @contextmanager
    def _released_on_failure(self, claim: claims.Claim) -> Iterator[None]:
        """Hand the claim on when the attempt fails, with all that it spent."""
        try:
            yield
        except Failure as failure:
            self._ledger = self._ledger.plus(
                paid_calls=failure.paid_calls,
                possible_extra_charges=failure.possible_extra_charges,
                cost_usd=failure.cost_usd,
            )
            claim.release(self._ledger, (failure.kind, str(failure)))
            if isinstance(failure, Unanswered):
                self._raise_if_sent_too_often(failure)
            raise
        except Exception as error:
            kind = "storage_unavailable" if isinstance(error, StoreUnavailable) else "unexpected"
            claim.release(self._ledger, (kind, str(error) or type(error).__name__))
            raise

    def _raise_if_sent_too_often(self, failure: Unanswered) -> None:
        allowed = self._runtime.settings.retry_unanswered
        if self._ledger.possible_extra_charges > allowed:
            message = f"{failure} It is not sent again: RETRY_UNANSWERED allows {allowed}."
            raise PermanentFailure(failure.kind, message) from failure

    def _stored(self) -> bool:
        return has_original(self._runtime.store, self._planned.request_hash)

    def _store_original(self, data: bytes) -> bool:
        """Put paid-for bytes in safety, more patiently than the store is by itself; False if others are there."""
        key = keys.original(self._planned.request_hash)
        patient: Callable[[], bool] = tenacity.retry(
            retry=tenacity.retry_if_exception_type(StoreUnavailable),
            stop=tenacity.stop_after_delay(0.0 if self._planned.leaf.offline else PAID_PATIENCE),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=15),
            reraise=True,
        )(lambda: self._put(key, data, content_type=compose.content_type(data)))
        if patient():
            return True
        self._steps.note("this original had been stored already: this picture was paid for twice")
        return False

    def _put(self, key: str, data: bytes, *, content_type: str = "image/jpeg") -> bool:
        planned = self._planned
        metadata = {"prompt": planned.leaf.prompt, "model": planned.served_by, "provider": planned.provider}
        return bool(self._runtime.store.create(key, data, content_type=content_type, metadata=metadata))

    def _failed(self, kind: str, message: str) -> LeafResult:
        return self._result(error=LeafError(kind=kind, message=message, retryable=False))

    def _result(
        self,
        *,
        image: StoredPicture | None = None,
        thumbnail: StoredPicture | None = None,
        error: LeafError | None = None,
    ) -> LeafResult:
        outcome = describe(self._planned, error=error)
        return outcome.model_copy(
            update={
                "status": "failed" if error else "succeeded",
                "reused": error is None and not self._asked,
                "image": image,
                "thumbnail": thumbnail,
                "original_sha256": self._original_sha256,
                "seconds": round(time.monotonic() - self._clock, 4),
                "started_at": self._started,
                "timing": self._steps.seconds,
                **asdict(self._ledger),
            }
        )


def describe(planned: Planned, *, error: LeafError | None = None) -> LeafResult:
    """A failed outcome of a pair about which nothing but ``error`` is known."""
    leaf = planned.leaf
    return LeafResult(
        prompt=leaf.prompt,
        title=leaf.title,
        model=leaf.model,
        served_by=planned.served_by,
        provider=planned.provider,
        offline=leaf.offline,
        status="failed",
        request_hash=planned.request_hash,
        leaf_hash=planned.leaf_hash,
        style=leaf.style,
        template=leaf.template,
        font=leaf.font,
        error=error,
    )


def with_urls(result: LeafResult, runtime: Runtime) -> LeafResult:
    """The outcome with links that open now. They expire, so they are never stored."""

    def linked(picture: StoredPicture | None) -> StoredPicture | None:
        url = picture and runtime.store.url(picture.key, life=runtime.settings.url_life)
        return picture and picture.model_copy(update={"url": url})

    return result.model_copy(update={"image": linked(result.image), "thumbnail": linked(result.thumbnail)})


def _jitter(attempt: int) -> float:
    return random.uniform(0, min(2.0 ** (attempt - 3), MAX_JITTER))  # noqa: S311 - spreads load, guards nothing


def _stored_picture(key: str, data: bytes, width: int, height: int) -> StoredPicture:
    return StoredPicture(key=key, sha256=keys.content_hash(data), bytes=len(data), width=width, height=height)
