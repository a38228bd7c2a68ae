"""The outcome of one seed of a series."""

from collections import Counter
from dataclasses import dataclass, field

from tests.reliability.invariants import Violation


@dataclass(frozen=True)
class Outcome:
    """Every promise held when there are no ``violations``. ``counts`` are figures to be added up, by name."""

    violations: tuple[Violation, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
