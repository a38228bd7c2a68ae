"""Finding out, by trying, which conditional writes a bucket's server honours; the bucket remembers what was found.

The Server header cannot tell: versions of one server differ, and proxies drop headers.
"""

import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from storage import keys
from storage.mediatypes import BYTES, JSON
from storage.s3.conditional import ConditionalWriter
from storage.store import AccessDenied, Conditions, ObjectNotFound, Store, Versioned

TRUSTED_FOR = timedelta(days=7)
"""Age at which a finding is looked at anew: a server may have been upgraded under the same name."""


def find_out(store: Store, fetch: Callable[[str], tuple[Versioned, str]], writer: ConditionalWriter) -> Conditions:
    """Return what the bucket remembers of its server; else try, and let the bucket remember.

    ``fetch`` reads an object and the Server header of the answer. ``writer`` does the store's conditional writes.
    """
    with suppress(ObjectNotFound):
        remembered, server = fetch(keys.CONDITIONS)
        if found := _recall(remembered.data, server):
            return found
    found = _probe(store, writer)
    store.replace(keys.CONDITIONS, _record(found, writer.server), content_type=JSON)
    return found


def _probe(store: Store, writer: ConditionalWriter) -> Conditions:
    """Write an object of no meaning four times: two creations need one winner, a stale swap has to be refused."""
    key = keys.probe(secrets.token_hex(8))
    first = store.create(key, b"first", content_type=BYTES)
    second = store.create(key, b"second", content_type=BYTES)
    current, swapped, stale = second or first, None, None
    if current:
        swapped = store.swap(key, b"third", version=current, content_type=BYTES)
        stale = store.swap(key, b"fourth", version=current, content_type=BYTES)
    with suppress(AccessDenied):  # a run needs no right to delete; a few bytes stay
        store.delete(key)
    refused = writer.conditions  # the writer looks instead where a condition is refused, which hides it from this
    return Conditions(
        create=refused.create and first is not None and second is None,
        replace=refused.replace and swapped is not None and stale is None,
    )


def _record(found: Conditions, server: str) -> bytes:
    """Return what the bucket remembers: the server's own name, what was found, and when."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"server": server, "create": found.create, "replace": found.replace, "found_at": now}).encode()


def _recall(data: bytes, server: str) -> Conditions | None:
    """Return what was found of this very server; None for another server's, an old or an unreadable record."""
    try:
        found = json.loads(data)
        age = datetime.now(UTC) - datetime.fromisoformat(found["found_at"])
        create, replace = found["create"], found["replace"]
        same = found["server"] == server and abs(age) <= TRUSTED_FOR
    except (ValueError, TypeError, KeyError):
        return None
    if same and isinstance(create, bool) and isinstance(replace, bool):
        return Conditions(create=create, replace=replace)
    return None
