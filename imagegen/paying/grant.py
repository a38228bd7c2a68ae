"""The grant that a batch gives a leaf: what it has found out already, and what the leaf may spend."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from imagegen.errors import Problem, RequestError

Found = Literal["nothing", "original", "unknown"]
"""The part of a pair that is stored: nothing, the original without a picture, or nobody has looked."""


MAX_ID = 200
"""Characters of the id of a run, as an account keeps it."""
_TRACE = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Grant:
    """Terms that a batch has settled for one of its leaves.

    ``found`` saves the leaf a look into the store. ``allowance_usd`` is the most that the leaf may spend, out of the
    batch's cap in US dollars (None: no cap). A leaf with a grant does not wait out a provider's limits: it reports the
    wait, and its batch starts it again when the time has come. ``run`` and ``parent`` name the leaf's run and its
    batch's, the same in all attempts: Render's local server gives a task no ids. ``batch`` is the batch's id.
    ``spent_usd`` is what the pair's earlier leaf runs spent of its share, for the words of a refusal. ``trace`` is the
    batch's span as a W3C ``traceparent`` of version 00, or empty when the batch is not traced.
    """

    found: Found = "unknown"
    allowance_usd: float | None = None
    run: str = ""
    parent: str = ""
    batch: str = ""
    spent_usd: float = 0.0
    trace: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the grant as a task's input."""
        return asdict(self)


def read_grant(value: Mapping[str, Any] | None) -> Grant | None:
    """Validate a task's input. Raises RequestError; None stays None: the leaf was started alone."""
    if value is None:
        return None
    try:
        grant = Grant(**value)
    except TypeError:
        grant = Grant("unknown", -1.0)
    allowance = grant.allowance_usd
    fits = (
        grant.found in get_args(Found)
        and (allowance is None or (isinstance(allowance, int | float) and 0 <= allowance < float("inf")))
        and isinstance(grant.spent_usd, int | float)
        and 0 <= grant.spent_usd < float("inf")
        and all(isinstance(name, str) and len(name) <= MAX_ID for name in (grant.run, grant.parent, grant.batch))
        and isinstance(grant.trace, str)
        and (not grant.trace or _TRACE.fullmatch(grant.trace) is not None)
    )
    if not fits:
        raise RequestError((Problem("grant", str(value)[:60], "left out: generateBatch sets it for its own leaves"),))
    return grant
