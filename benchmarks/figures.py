"""The figures that a benchmark reports, and measuring in turns."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scale:
    """The extent of a measurement: ``rounds`` of everything in turns; ``small``: the least that shows that it runs."""

    rounds: int
    small: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. ``limit`` is the most that it may be (None: reported without a limit); less is better."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def reached(self) -> bool | None:
        """True when the limit is kept; None when there is none."""
        return None if self.limit is None else self.value <= self.limit

    def as_json(self) -> dict[str, Any]:
        """The figure as it is written to the file."""
        return {**asdict(self), "value": round(self.value, 4), "reached": self.reached}


def ratio(name: str, value: float, base: float, limit: float | None = None) -> Figure:
    """``value`` as a multiple of ``base``."""
    return Figure(name, value / base, "×", limit)


def paired(name: str, values: Sequence[float], bases: Sequence[float], limit: float | None = None) -> Figure:
    """The median of what each round's value is as a multiple of the same round's base."""
    return Figure(name, median([value / base for value, base in zip(values, bases, strict=True)]), "×", limit)


def milliseconds(name: str, seconds: float, limit: float | None = None) -> Figure:
    """A time given in seconds, shown in milliseconds."""
    return Figure(name, seconds * 1_000, "ms", limit)


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def in_turns(cases: Mapping[str, Callable[[], T]], scale: Scale, *, times: int = 1) -> dict[str, list[T]]:
    """Return each case's result in each round, in turns (A B C, A B C, …): what disturbs one disturbs all.

    There are ``times`` as many rounds as the scale says. A first one is run and forgotten, unless it is small: it
    fills the bytecode and page caches.
    """
    results: dict[str, list[T]] = {name: [] for name in cases}
    for number in range(scale.small, scale.rounds * times + 1):
        for name, case in cases.items():
            result = case()
            if number:
                results[name].append(result)
    return results


def table(title: str, figures: Sequence[Figure]) -> str:
    """The figures of one benchmark as lines of text."""
    width = max(len(figure.name) for figure in figures)
    lines = [_line(figure, width) for figure in figures]
    return "\n".join([title, "─" * len(title), *lines, ""])


def _line(figure: Figure, width: int) -> str:
    said = f"{figure.name:<{width}}  {_short(figure.value):>9} {figure.unit}"
    if figure.limit is None:
        return said
    return f"{said:<{width + 18}}  {'✓' if figure.reached else '✗'} limit {_short(figure.limit)} {figure.unit}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"  # noqa: PLR2004 - three digits
