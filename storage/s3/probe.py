"""Finding out, by trying, which conditional writes a bucket's server honours; the bucket remembers what was found.

The Server header cannot say it: versions of one server differ, and proxies drop headers.
"""

import json
import secrets
from datetime import UTC, datetime, timedelta

from storage import keys
from storage.store import Conditions, Store

TRUSTED_FOR = timedelta(days=7)
"""Age at which a finding is looked at anew: a server may have been upgraded under the same name."""


def probe(store: Store) -> Conditions:
    """Write an object of no meaning four times: two creations need one winner, a stale swap has to be refused."""
    key = keys.probe(secrets.token_hex(8))
    first = store.create(key, b"first", content_type="text/plain")
    second = store.create(key, b"second", content_type="text/plain")
    current, swapped = second or first, None
    if current:
        swapped = store.swap(key, b"third", version=current, content_type="text/plain")
        stale = store.swap(key, b"fourth", version=current, content_type="text/plain")
    store.delete(key)
    return Conditions(create=bool(first) and second is None, replace=bool(swapped) and stale is None)


def record(found: Conditions, server: str) -> bytes:
    """Return what the bucket remembers: the server's own name, what was found, and when."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"server": server, "create": found.create, "replace": found.replace, "found_at": now}).encode()


def recall(data: bytes, server: str) -> Conditions | None:
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
