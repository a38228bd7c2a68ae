"""Claims on their way to another store: what was spent goes along, who holds a claim does not.

A claim that somebody may still hold stands for a call that may be under way. A copy of the store that left it out, or
released it, would let the same picture be paid for in both. So it is waited for, as by any run that wants the picture;
of a holder that stays silent for a lease the claim is taken over, which keeps it from paying later.
"""

import time
import uuid
from collections.abc import Callable

from imagegen.paying import claims
from imagegen.paying.claim_record import Claimant, ClaimRecord, dump, load
from imagegen.paying.claims import Lease
from imagegen.paying.liveness import has_ended
from storage import ObjectNotFound, Store, keys
from storage.mediatypes import JSON

PATIENCE = 30.0
"""Seconds for which a claim is waited for beyond a lease: enough for most calls that are under way."""


def may_be_held(record: ClaimRecord) -> bool:
    """Tell if a call may be under way for the claim: somebody holds it whose end is not proven."""
    return record.held and not has_ended(record.life)


def await_end(
    store: Store,
    request_hash: str,
    *,
    is_settled: Callable[[], bool],
    lease: Lease | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until nobody can pay under the claim any more. Raises TimeoutError while its holder lives, and StoreError.

    ``is_settled`` says that the original is stored, after which nobody pays.
    """
    lease = lease or Lease()
    copier = Claimant(f"copy-{uuid.uuid4().hex}")
    claim = claims.acquire(
        store,
        request_hash,
        copier,
        is_settled=is_settled,
        seconds=lease.seconds + PATIENCE,
        asking=False,
        lease=lease,
        pause=pause,
    )
    if claim:
        claim.release(claim.record.error, not_before=claim.record.not_before, wait=claim.record.wait)


def put(store: Store, request_hash: str, record: ClaimRecord) -> bool:
    """Bring a request's account to another store, added to the one that is there; return False when it was all there.

    A claim that is held there stays with its holder. Raises StoreError.
    """
    key, brought = keys.claim(request_hash), record.release_for_copy()
    while True:
        try:
            found = store.read(key)
        except ObjectNotFound:
            if store.create(key, dump(brought), content_type=JSON):
                return True
            continue
        there = load(found.data)
        merged = there.merge(brought) if there.is_readable else brought
        if merged == there:
            return False
        if store.swap(key, dump(merged), version=found.version, content_type=JSON):
            return True
