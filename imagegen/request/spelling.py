"""Names as people type them, and the ids that they mean: ``Left Panel`` is ``left-panel``."""

import re
from collections.abc import Iterable

_GAP = re.compile(r"[\s_-]+")


def matching_id(typed: str, ids: Iterable[str]) -> str | None:
    """The one id that ``typed`` spells, whatever its case, gaps and outer blanks; None when there is not one."""
    known = list(ids)
    if typed in known:
        return typed
    found = [id_ for id_ in known if _folded(id_) == _folded(typed)]
    return found[0] if len(found) == 1 else None


def _folded(name: str) -> str:
    return _GAP.sub("-", name.strip()).casefold()
