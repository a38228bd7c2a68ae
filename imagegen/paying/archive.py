"""PLACEHOLDER, to be replaced: the spending of requests, kept before their claims and results are deleted.

It keeps the accounts of the claims alone, and nothing of requests for which nothing was spent.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict

from imagegen.paying import claims
from storage import Store, StoreError, keys
from storage.mediatypes import JSON


def archive_accounts(store: Store, request_hashes: Iterable[str]) -> None:
    """Write what these requests have cost into one object that never changes. Raises StoreError when it is refused."""
    accounts = {}
    for name in sorted(set(request_hashes)):
        try:
            record = claims.read(store, name)
        except StoreError:
            continue
        if record and record.is_readable and record.account_with_pending_call().total().is_spent:
            accounts[name] = asdict(record.account_with_pending_call())
    if accounts:
        data = json.dumps(accounts, sort_keys=True).encode()
        store.create(keys.spending(keys.content_hash(data)), data, content_type=JSON)
