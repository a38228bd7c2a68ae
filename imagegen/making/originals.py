"""A request's original: found in the store, or asked for under a claim and put in safety before anything else.

No call to a provider is sent until ``Originals._permit`` has checked it: enough time is left to wait for the answer and
to store it, the provider asked for no wait that has not passed, the policy of ``money`` permits it, and the claim is
proven to be held. Bytes that were paid for are stored whatever they are: under ``originals/`` when they are a usable
picture, else under ``rejected/``, where a version that can read them finds them before it pays again.
"""

import random
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from imagegen.errors import Failure, ImagegenError, PassingFailure, PermanentFailure, RateLimited, Unanswered, WaitAsked
from imagegen.making.plan import Planned
from imagegen.making.runtime import Runtime
from imagegen.making.steps import Steps
from imagegen.making.stored import has_original
from imagegen.overlay import compose
from imagegen.paying import claims, money, month
from imagegen.paying.grant import Grant
from imagegen.paying.pace.pacing import draw_spread
from imagegen.paying.safekeeping import Safekeeping
from imagegen.providers import Provider
from storage import ObjectNotFound, StoreError, StoreUnavailable, keys

PAID_PATIENCE = 120.0
"""Seconds for which bytes that were paid for are offered to a store that does not take them."""
MARGIN = 30.0
"""Seconds of an attempt that are kept for its start, the picture's composition and its storage."""
SMALLEST_SHARE = 0.5
"""A picture with both sides shorter than this part of what was asked for is useless, such as 1×1 placeholders."""


@dataclass
class Original:
    """The bytes of an original and the picture in them.

    ``stored`` is being waited for when the bytes were just paid for: False when another original was there first.
    """

    data: bytes
    picture: compose.Picture
    stored: "Future[bool] | None" = None


@dataclass
class Originals:
    """One attempt to come by a request's original; ``ledger`` is what its leaf's run has spent, in all attempts."""

    planned: Planned
    runtime: Runtime
    claimant: claims.Claimant
    grant: Grant | None
    steps: Steps
    ledger: money.Ledger = field(default_factory=lambda: money.Ledger(attempts=1))
    asked: bool = False
    """This run asked a provider, in this attempt or an earlier one."""
    _started: float = field(default_factory=time.monotonic)

    def find(self) -> Original | None:
        """Read the original from the store; None when there is none that could be of use."""
        with self.steps.step("read_original"):
            try:
                data = self.runtime.store.get(keys.original(self.planned.request_hash))
            except ObjectNotFound:
                return None
        if not data:  # an empty object is taken, but nothing was paid for it
            return None
        try:
            return Original(data, compose.decode(data, least=self.planned.least_side))
        except PassingFailure as failure:
            message = f"the stored original is damaged ({failure}); 'imagegen verify' names it"
            raise PermanentFailure("damaged_original", message) from failure

    def find_again(self) -> Original:
        """Read an original that was seen a moment ago. Raises PassingFailure when it is gone."""
        if found := self.find():
            return found
        raise PassingFailure("original_vanished", "the stored original was deleted meanwhile")

    def load_spending(self) -> None:
        """Load from the claim what earlier attempts of this run spent on an original that is stored."""
        record = claims.read(self.runtime.store, self.planned.request_hash)
        spent = record.account_with_pending_call().sum_of_run(self.claimant.run) if record else money.Ledger()
        if spent.attempts:
            self.asked = True
            self.ledger = spent + money.Ledger(attempts=1)

    @contextmanager
    def claim_and_fetch(self, side: ThreadPoolExecutor) -> Iterator[Original]:
        """Claim the request and ask for its original, or read the one that its claimant stored meanwhile.

        The body makes use of it while the claim is kept, so that when the body fails the next attempt learns what
        this one spent. ``side`` runs what need not wait for the provider.
        """
        connected = side.submit(self.runtime.provider, self.planned.provider)
        with self.steps.step("claim"):
            claim = self._claim()
        if claim is None:
            self.load_spending()
            yield self.find_again()
            return
        self.ledger = claim.account.sum_of_run(self.claimant.run)
        # Kept alive until the picture is recorded: a store may take longer than a lease to take what was paid for.
        with self._release_on_failure(claim), claim.keep_alive():
            yield self._find_rejected(claim) or self._ask(claim, connected, side)

    def _claim(self) -> claims.Claim | None:
        seconds = self._seconds_left() - self.runtime.settings.provider_timeout - PAID_PATIENCE
        try:
            return claims.acquire(
                self.runtime.store,
                self.planned.request_hash,
                self.claimant,
                asking=self._costs_money,
                is_settled=lambda: has_original(self.runtime.store, self.planned.request_hash),
                seconds=seconds,
                lease=self.runtime.lease,
                pause=self.runtime.pause,
            )
        except TimeoutError as error:
            raise PassingFailure("claimed_elsewhere", str(error)) from error

    def _find_rejected(self, claim: claims.Claim) -> Original | None:
        """Look at what is there before anything is paid: an original, or rejected bytes that can be read by now."""
        if claim.first:
            return None
        if has_original(self.runtime.store, self.planned.request_hash):
            return self.find_again()
        spent = claim.account.total()
        for number in range(min(spent.useless + spent.possible_extra_charges, keys.REJECTED_KEPT)):
            with suppress(ObjectNotFound, PassingFailure):
                data = self.runtime.store.get(keys.rejected(self.planned.request_hash, number))
                original = Original(data, self._decode(data))
                self._put_original(data)
                return original
        return None

    def _ask(self, claim: claims.Claim, connected: "Future[Provider]", side: ThreadPoolExecutor) -> Original:
        with self.steps.step("connect"):
            provider = connected.result()
        side.submit(compose.warm_up, self.planned.leaf.font)
        if claim.account.sum_of_run(self.claimant.run).attempts > 1:
            self.runtime.pause(self._seconds_before_retry())
        data, cost_usd = self._call(claim, provider)
        picture = self._accept(claim, data, cost_usd)
        return Original(data, picture, side.submit(self._put_and_settle, claim, data, side))

    def _call(self, claim: claims.Claim, provider: Provider) -> tuple[bytes, float | None]:
        """Ask the provider, once it may be asked; wait out what it asks to wait when nobody else does."""
        waited = 0.0
        while True:
            self._permit(claim)
            self.asked = True
            self.runtime.called.add(self.planned.provider)
            try:
                with self.steps.step("provider"):
                    generated = provider.generate(self.planned.request)
            except PassingFailure as failure:
                wait = failure.retry_after
                if wait is None and not (self.grant and isinstance(failure, RateLimited)):
                    raise
                self._note_failure(claim, failure)
                if self.grant or wait is None or waited + wait > self.runtime.settings.rate_limit_wait:
                    raise WaitAsked(failure, wait) from failure
                self.steps.tell_wait(failure, wait)
                self._wait(claim, wait)
                waited += wait
            except ImagegenError:
                raise
            except Exception as error:
                raise Unanswered(f"unreadable answer ({type(error).__name__}); it may have been charged for") from error
            else:
                return generated.data, generated.cost_usd

    def _permit(self, claim: claims.Claim) -> None:
        """Raise unless a call may be sent now: by the clock, by the policy, and by the claim."""
        if self._seconds_left() < self.runtime.settings.provider_timeout + PAID_PATIENCE:
            raise PassingFailure("out_of_time", "too little time is left of this attempt to ask and to store")
        if wait := claim.record.measure_wait(time.time()):
            raise WaitAsked(RateLimited("the provider asked to wait"), wait)
        spent = claim.account.total()
        refused = money.find_refusal(spent, self.ledger if self.claimant.named else spent, self._build_terms())
        if refused and self._costs_money:
            raise money.Refused(refused, claim.error)
        try:
            claim.prove(asking=self._costs_money)
        except claims.ClaimLost as error:
            raise PassingFailure("claimed_elsewhere", "another run took over while this one stood still") from error
        if self.grant and self._costs_money and self.runtime.settings.max_monthly_cost_usd is not None:
            month.require_reserved(self.runtime.store, self.claimant.parent)

    def _wait(self, claim: claims.Claim, seconds: float) -> None:
        claim.note_wait(time.time() + seconds, seconds)
        # Longer than asked, so that pairs that were refused at one instant do not come back at one instant.
        self.runtime.pause(seconds + random.uniform(0.0, max(0.5, seconds / 4)))  # noqa: S311 - guards nothing
        claim.note_wait(0.0, 0.0)

    def _accept(self, claim: claims.Claim, data: bytes, cost_usd: float | None) -> compose.Picture:
        """Decode what was paid for. Raises PassingFailure with the bytes when they are no usable picture."""
        try:
            with self.steps.step("decode"):
                picture = self._decode(data)
        except PassingFailure as failure:
            reason = f"{failure}. It was paid for."
            raise PassingFailure("bad_picture", reason, paid_calls=1, cost_usd=cost_usd, data=data) from failure
        if self._costs_money:
            self._enter(claim, money.enter_paid_call(cost_usd))
        return picture

    def _decode(self, data: bytes) -> compose.Picture:
        picture = compose.decode(data, least=self.planned.least_side)
        width, height = self.planned.request.size
        if picture.width < width * SMALLEST_SHARE and picture.height < height * SMALLEST_SHARE:
            found = f"{picture.width}×{picture.height} pixels"
            raise PassingFailure("bad_picture", f"a picture of {width}×{height} pixels was asked for, {found} came")
        return picture

    @contextmanager
    def _release_on_failure(self, claim: claims.Claim) -> Iterator[None]:
        """Hand the claim on when the attempt fails: with all that it spent, the reason, and what it was answered."""
        try:
            yield
        except Failure as failure:
            if not isinstance(failure, WaitAsked):
                self._note_failure(claim, failure)
            wait = (failure.seconds if isinstance(failure, WaitAsked) else None) or 0.0
            not_before = time.time() + wait if wait else 0.0
            # A refusal would repeat its own words in the next one, and in the one after that.
            error = failure.cause if isinstance(failure, money.Refused) else (failure.kind, str(failure))
            claim.release(error, not_before=not_before, wait=wait)
            raise
        except Exception as error:
            kind = "storage_unavailable" if isinstance(error, StoreUnavailable) else "unexpected"
            claim.release((kind, str(error) or type(error).__name__))
            raise

    def _note_failure(self, claim: claims.Claim, failure: Failure) -> None:
        """Enter what a failed call cost or may have cost, and keep what it was answered."""
        number = claim.account.total().useless
        if self._costs_money:
            self._enter(claim, money.enter_failure(failure))
        if isinstance(failure, PassingFailure) and failure.data is not None:
            self._put_rejected(failure.data, number)

    def _enter(self, claim: claims.Claim, spent: money.Ledger) -> None:
        claim.enter(self.claimant, spent)
        self.ledger += spent

    def _put_original(self, data: bytes) -> bool:
        """Put paid-for bytes in safety; return False when others are there."""
        if not (stored := self._open_safekeeping().put_original(data, compose.content_type(data))):
            self.steps.warn("this original had been stored already: this picture was paid for twice")
        return stored

    def _put_rejected(self, data: bytes, number: int) -> None:
        """Keep bytes that cannot be used. A store that does not take them changes nothing of what they cost."""
        try:
            self._open_safekeeping().put_rejected(data, compose.content_type(data), number=number)
        except StoreError as error:
            self.steps.warn(f"an answer that cannot be used was paid for and could not be kept: {error}")

    def _put_and_settle(self, claim: claims.Claim, data: bytes, side: ThreadPoolExecutor) -> bool:
        """Put paid-for bytes in safety, and have their cost noted. Until then they may be lost with this process."""
        stored = self._put_original(data)
        if self._costs_money:
            side.submit(claim.settle)
        return stored

    def _open_safekeeping(self) -> Safekeeping:
        planned = self.planned
        metadata = {"prompt": planned.leaf.prompt, "model": planned.served_by, "provider": planned.provider}
        patience = PAID_PATIENCE if self._costs_money else 0.0
        return Safekeeping(self.runtime.store, planned.request_hash, metadata, patience, is_paid=self._costs_money)

    def _build_terms(self) -> money.Terms:
        settings = self.runtime.settings
        cap = self.grant.allowance_usd if self.grant else settings.max_batch_cost_usd
        before = self.grant.spent_usd if self.grant else 0.0
        return money.Terms(self.planned.price_usd, cap, settings.retry_unanswered, settings.retry_useless, before)

    @property
    def _costs_money(self) -> bool:
        return not self.planned.leaf.offline

    def _seconds_before_retry(self) -> float:
        """Seconds to wait before an attempt that is not the first: at random, and no sooner than the pace allows."""
        per_minute = self.runtime.settings.images_per_minute(self.planned.provider)
        spread = draw_spread(self.ledger.attempts)
        return spread + (60.0 / per_minute if per_minute and self._costs_money else 0.0)

    def _seconds_left(self) -> float:
        """Seconds of this attempt in which something may still be asked and stored."""
        return self.runtime.attempt_seconds - MARGIN - (time.monotonic() - self._started)
