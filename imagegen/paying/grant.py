"""The grant that a batch gives a leaf: what it has found out already, and what the leaf may spend."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from imagegen.errors import Problem, RequestError

Found = Literal["nothing", "original", "unknown"]
"""The part of a pair that is stored: nothing, the original without a picture, or nobody has looked."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Terms that a batch has settled for one of its leaves.

    ``found`` saves the leaf a look into the store. ``allowance_usd`` is the most that the leaf may spend, out of the
    batch's cap in US dollars (None: no cap). A leaf with a grant does not wait out a provider's limits: it reports the
    wait, and its batch starts it again when the time has come.
    """

    found: Found = "unknown"
    allowance_usd: float | None = None

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
    fits = grant.found in get_args(Found) and (
        allowance is None or (isinstance(allowance, int | float) and 0 <= allowance < float("inf"))
    )
    if not fits:
        raise RequestError((Problem("grant", str(value)[:60], "left out: generateBatch sets it for its own leaves"),))
    return grant
