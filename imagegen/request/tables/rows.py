"""The rows of a table, as its reader finds them: each with its line, and what is wrong with the file."""

import re
from dataclasses import dataclass, field
from typing import Any

from imagegen.errors import Problem
from imagegen.request.batch import PromptRow

ROW_FIELDS = tuple(PromptRow.model_fields)
NUMBERS, LISTS = frozenset({"scale", "variant"}), frozenset({"sizes", "format"})
"""Fields that are no text, which a table's text is turned into."""
_WHOLE = re.compile(r"[0-9]{1,9}")


@dataclass(slots=True)
class Table:
    """The rows of a file, each with the line where it begins; what the file says of the whole batch; what is wrong."""

    name: str
    rows: list[tuple[int, Any]] = field(default_factory=list)
    shared: dict[str, Any] = field(default_factory=dict)
    shared_lines: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, line: int, expected: str, value: str = "", of: str = "") -> None:
        """Note a problem at a line, ``of`` a field."""
        place = f"{self.name}:{line}" if line else self.name
        self.problems.append(Problem(f"{place}: {of}" if of else place, value, expected))


def name_column(cell: str) -> str:
    """Return the field that a column's title spells: ``Extra prompt`` is ``extra_prompt``."""
    return re.sub(r"[\s_-]+", "_", cell.strip().casefold())


def convert(name: str, text: str) -> Any:
    """Return a text as the value of a field: a number, a list, or the text."""
    if name in NUMBERS and _WHOLE.fullmatch(text):
        return int(text)
    return re.split(r"[\s,;|]+", text.strip(" ,;|")) if name in LISTS else text
