"""Finds the id that a person typed: ``Left Panel`` means ``left-panel``."""

import re
from collections.abc import Iterable

_GAP = re.compile(r"[\s_-]+")


def find_id(typed: str, ids: Iterable[str]) -> str | None:
    """Return the id that ``typed`` spells, ignoring case, gaps and outer blanks; None unless exactly one does."""
    known = list(ids)
    if typed in known:
        return typed
    found = [id_ for id_ in known if _folded(id_) == _folded(typed)]
    return found[0] if len(found) == 1 else None


def _folded(name: str) -> str:
    return _GAP.sub("-", name.strip()).casefold()
