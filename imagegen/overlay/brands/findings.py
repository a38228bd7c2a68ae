"""The values of a brand's settings, taken one by one, and the problems that were found on the way."""

import difflib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from imagegen.errors import Problem, RequestError
from imagegen.formatting import one_line
from imagegen.overlay.brands.files import Unfit

T = TypeVar("T")

MOST_PROBLEMS = 100
"""Problems listed of one brand; the rest are counted."""
_UNTOLD = "it is unfit; 'imagegen brand check' says why, to a person"
_MOST_SHOWN = 60
"""Characters of a value, or of a key, that are shown."""


@dataclass(slots=True)
class Findings:
    """Problems with the settings in ``file``."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, key: str, value: Any, expected: str, *, known: bool = True) -> None:
        """Note a problem of a key, ``known`` or not; without a key, of the file."""
        place = f"{self.file}: {one_line(key)[:_MOST_SHOWN]}" if key else self.file
        bare = Problem(place, "", _UNTOLD) if known else Problem(self.file, "", "an unknown key")
        self.problems.append(Problem(place, show(value), expected, bare))

    def take(self, table: Mapping[str, Any], key: str, read: Callable[[Any], T], *, of: str = "") -> T | None:
        """Read the value of a key, if it is there. Notes a problem and returns None when it is unfit.

        ``of`` is the key of the table itself.
        """
        if key not in table:
            return None
        try:
            return read(table[key])
        except Unfit as error:
            key = error.key or key
            self.add(f"{of}.{key}" if of else key, table[key], str(error))
            return None

    def check_keys(self, table: Mapping[str, Any], known: Collection[str], *, of: str = "") -> None:
        """Note each key that is not known."""
        for key in table:
            if key not in known:
                hint = suggest(key, known)
                expected = f"unknown key{hint} (known: {', '.join(known)})"
                self.add(f"{of}.{key}" if of else key, table[key], expected, known=False)

    def require_none(self) -> None:
        """Raise RequestError with all that was noted, if anything was."""
        if not self.problems:
            return
        listed = self.problems[:MOST_PROBLEMS]
        if rest := len(self.problems) - len(listed):
            listed.append(Problem("…", "", f"and {rest} more problems like these"))
        raise RequestError(tuple(listed))


def suggest(typed: str, known: Collection[str]) -> str:
    """Return a hint at the known word that looks most like the typed one; empty when none does."""
    near = difflib.get_close_matches(typed[:_MOST_SHOWN].casefold(), list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def show(value: Any) -> str:
    """Return a value as JSON on one short line; empty for None."""
    if value is None:
        return ""
    try:
        text = json.dumps(value[: _MOST_SHOWN * 2] if isinstance(value, str) else value, default=str)
    except RecursionError:
        text = f"a {type(value).__name__} nested too deep to show"
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"
