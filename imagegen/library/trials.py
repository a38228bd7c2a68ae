"""Trials of a store with objects of no meaning: what its credentials may do, and who wins when writers race.

All objects lie under ``probes/`` and are deleted again. A refusal becomes a check in words; nothing here raises.
"""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Barrier
from typing import Literal

from imagegen.paying.safekeeping import require_permission
from storage import AccessDenied, ObjectNotFound, Store, StoreError, StoreMisconfigured, Version, keys

WRITERS = 32
ROUNDS = 3
"""Races of each kind. A server that looks and then writes, without a lock, may pass a single one by luck."""
_TYPE = "text/plain"

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and the finding in words."""

    name: str
    level: Level
    message: str


@dataclass(frozen=True, slots=True)
class Trials:
    """The checks of a store; ``pays_once`` is None when the races could not be run to their ends."""

    checks: tuple[Check, ...]
    pays_once: bool | None


@dataclass(frozen=True, slots=True)
class _Race:
    """The number of writers that were told that they won, and what the store said to those that got no answer.

    ``is_late_write_taken`` tells that a writer with an outdated version came after the race and won, too.
    """

    winners: int = 0
    errors: tuple[str, ...] = ()
    is_late_write_taken: bool = False


def try_store(store: Store, look_at_link: Callable[[str, bytes], Check]) -> Trials:
    """Write, read, list, link and delete as batches and commands do, and let writers race.

    ``look_at_link`` gets an object's link and bytes while the object is there, and checks that the link opens.
    """
    key = _new_key()
    absent = _check_absent(store, key)
    if absent.level == "fail" and absent.name == "store":
        return Trials((absent,), None)
    creates = [_race_to_create(store, key)]
    if not creates[0].winners:
        refused = Check("write", "fail", "; ".join(creates[0].errors[:1]) or "no writer was told that it won")
        return Trials((absent, refused, _check_list(store, keys.PROBES, None)), None)
    swaps = [_race_to_swap(store, key)]
    checks = [
        Check("write", "ok", "objects can be written"),
        absent,
        _check_list(store, key, key),
        _check_link(store, key, look_at_link),
        _check_delete(store, key),
    ]
    deletable = checks[-1].level == "ok"
    for _ in range(ROUNDS - 1 if deletable and _judge(creates, swaps) else 0):
        key = _new_key()
        creates.append(_race_to_create(store, key))
        swaps.append(_race_to_swap(store, key))
        _check_delete(store, key)
    pays_once = _judge(creates, swaps)
    checks += [_check_races("create", creates), _check_races("replace", swaps)]
    if pays_once and deletable:
        refusal = _check_conditions(store)
        return Trials((*checks, *refusal, *_check_what_is_paid_for(store)), pays_once and not refusal)
    return Trials(tuple(checks), pays_once)


def _new_key() -> str:
    return keys.probe(secrets.token_hex(8))


def _check_absent(store: Store, key: str) -> Check:
    """Read an object that is not there: a run takes its absence for leave to write it."""
    try:
        store.read(key)
    except ObjectNotFound as error:
        if isinstance(error.__cause__, StoreMisconfigured):
            missing = f"{error.__cause__} yet: create it, or let the first batch make it, and ask again"
            return Check("store", "fail", missing)
        return Check("read", "ok", "objects can be read, and absent ones are known to be absent")
    except AccessDenied as error:
        return Check("read", "fail", str(error))
    except StoreError as error:
        return Check("store", "fail", str(error))
    return Check("read", "fail", f"{store.location} returns an object that was never written: {key}")


def _check_list(store: Store, prefix: str, expected: str | None) -> Check:
    try:
        found = [info.key for info in store.list(prefix, limit=1).objects]
    except StoreError as error:
        return Check("list", "fail", str(error))
    if expected and found != [expected]:
        return Check("list", "fail", f"{expected} was written and is not listed: the store is not consistent")
    return Check("list", "ok", "objects can be listed")


def _check_link(store: Store, key: str, look_at_link: Callable[[str, bytes], Check]) -> Check:
    try:
        return look_at_link(store.url(key), store.get(key))
    except StoreError as error:
        return Check("link", "fail", str(error))


def _check_delete(store: Store, key: str) -> Check:
    """Delete an object and see that it is gone. A run deletes nothing, so a refusal is only a warning."""
    try:
        store.delete(key)
    except StoreError as error:
        return Check("delete", "warn", f"{error}; 'imagegen delete' cannot work, and {key} stays behind: remove it")
    with suppress(AccessDenied):  # an absent object looks forbidden: "read" has said so
        try:
            store.read(key)
        except ObjectNotFound:
            pass
        except StoreError as error:
            return Check("delete", "fail", str(error))
        else:
            return Check("delete", "fail", f"{key} was deleted and can still be read: the store is not consistent")
    return Check("delete", "ok", "objects can be deleted")


def _race(write: Callable[[int], Version | None]) -> _Race:
    """Let all writers write at the same moment."""
    start = Barrier(WRITERS)

    def take_part(number: int) -> Version | StoreError | None:
        start.wait()
        try:
            return write(number)
        except StoreError as error:
            return error

    with ThreadPoolExecutor(WRITERS, "race") as pool:
        answers = list(pool.map(take_part, range(WRITERS)))
    errors = tuple(str(answer) for answer in answers if isinstance(answer, StoreError))
    return _Race(sum(isinstance(answer, str) for answer in answers), errors)


def _race_to_create(store: Store, key: str) -> _Race:
    return _race(lambda number: store.create(key, _bytes_of("created", number), content_type=_TYPE))


def _race_to_swap(store: Store, key: str) -> _Race:
    """Race to replace one version; afterwards a writer with the old version has to lose, too."""
    try:
        old = store.read(key).version
        race = _race(lambda number: store.swap(key, _bytes_of("swapped", number), version=old, content_type=_TYPE))
        late = store.swap(key, b"late", version=old, content_type=_TYPE)
    except StoreError as error:
        return _Race(errors=(str(error),))
    return _Race(race.winners, race.errors, late is not None)


def _bytes_of(action: str, number: int) -> bytes:
    return f"{action} by writer {number}".encode()


def _judge(creates: list[_Race], swaps: list[_Race]) -> bool | None:
    """Tell if every race had one winner; None: some had none, so that nothing is shown."""
    races = (*creates, *swaps)
    if any(race.winners > 1 or race.is_late_write_taken for race in races):
        return False
    return True if all(race.winners == 1 for race in races) else None


def _check_races(name: str, races: list[_Race]) -> Check:
    winners = [race.winners for race in races]
    errors = [error for race in races for error in race.errors]
    if max(winners) > 1:
        message = f"of {WRITERS} writers that raced, {max(winners)} were told that they won: the condition is ignored"
        return Check(name, "fail", message)
    if any(race.is_late_write_taken for race in races):
        return Check(name, "fail", "a writer with an outdated version won, too: the condition is ignored")
    if min(winners) < 1:
        return Check(
            name, "fail", errors[0] if errors else f"of {WRITERS} writers that raced, none was told that it won"
        )
    times = f"{len(races)} times over" if len(races) > 1 else "once"
    message = f"of {WRITERS} writers that raced, exactly one won ({times})"
    if errors:
        return Check(name, "warn", f"{message}; {len(errors)} got no answer: {errors[0]}")
    return Check(name, "ok", message)


def _check_what_is_paid_for(store: Store) -> tuple[Check, ...]:
    """Ask for the permission to write what is paid for, which may be missing where that for probes is not."""
    try:
        require_permission(store)
    except StoreError as error:
        return (Check("originals", "fail", str(error)),)
    return ()


def _check_conditions(store: Store) -> tuple[Check, ...]:
    """Ask the store itself: it looks before it writes where a server refuses a condition, and then races may lie.

    What the bucket remembers is found out anew, and forgotten where nothing was remembered before.
    """
    try:
        remembered = bool(store.list(keys.CONDITIONS, limit=1).objects)
        store.delete(keys.CONDITIONS)
        found = store.find_conditions()
        if not remembered:
            store.delete(keys.CONDITIONS)
    except StoreError as error:
        return (Check("conditions", "fail", str(error)),)
    refused = [name for name, kept in (("If-None-Match", found.create), ("If-Match", found.replace)) if not kept]
    if refused:
        return (Check("conditions", "fail", f"the server refuses conditional writes ({', '.join(refused)})"),)
    return ()
