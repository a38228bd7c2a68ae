"""The fields of somebody else's JSON, each read as what it has to be and as empty when it is something else."""

from typing import Any

MAX_COUNT = 10_000_000
"""Tokens of one call that are believed: a hundred times the longest answer."""


def as_object(value: object) -> dict[str, Any]:
    """Return a JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of a JSON list; an empty list for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_text(value: object) -> str:
    """Return a string; an empty one for anything else."""
    return value if isinstance(value, str) else ""


def as_count(value: object) -> int:
    """Return a number of tokens; 0 for anything else."""
    plain = isinstance(value, int) and not isinstance(value, bool)
    return value if plain and isinstance(value, int) and 0 <= value <= MAX_COUNT else 0
