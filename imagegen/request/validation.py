"""Validates a request and names everything that is wrong with it: field, value found, value expected."""

import difflib
import json
from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from imagegen.errors import Problem, RequestError
from imagegen.formatting import one_line
from imagegen.request import catalog

T = TypeVar("T")

MAX_PROBLEMS = 20
"""Problems listed in one message; the rest are counted."""
MORE = "…"
"""The field of the problem that stands for those that are not listed."""
MAX_NAME = 100
"""Characters of an unknown field's name that are shown."""

_UNKNOWN_FIELD = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
"""The names that pydantic gives to a field that a model, or a dataclass, does not have."""
_EXPECTED = {
    "missing": "is required",
    "string_type": "a string",
    "string_unicode": "Unicode text without lone surrogates",
    "string_too_short": "at least one character that is not a space",
    "string_too_long": "at most {max_length} characters",
    "tuple_type": "a list",
    "model_type": "a string, or an object with a prompt",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "bool_type": "true or false",
}
"""The expected value in plain words, by pydantic's name of the error."""


def validate(shape: TypeAdapter[T], value: Any, *known_fields: Collection[str]) -> T:
    """Return ``value`` as ``shape`` has it. Raises RequestError with every problem.

    ``known_fields`` are the field names of the value itself, then those of the objects inside it, for the message about
    an unknown field.
    """
    try:
        return shape.validate_python(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems = [_describe(item, value, known_fields) for item in details[:MAX_PROBLEMS]]
        raise build_error(problems, len(details)) from None


def build_error(problems: Sequence[Problem], count: int) -> RequestError:
    """Build the error of ``count`` problems, of which ``problems`` are the first. ``MAX_PROBLEMS`` are listed."""
    listed = tuple(problems[:MAX_PROBLEMS])
    rest = count - len(listed)
    more = (Problem(MORE, "", f"and {rest} more problems like these"),) if rest else ()
    return RequestError((*listed, *more), count=count)


def check_retired(model: str, field: str) -> Problem | None:
    """Return the problem of a model that is retired; None for any other."""
    entry = catalog.find(model)
    end = entry and catalog.find_end(entry)
    if entry is None or end is None:
        return None
    expected = f"a live model: it was retired on {end}; ask for {entry.successor!r} (STRICT_MODELS is on)"
    return Problem(field, shorten(model), expected)


def shorten(value: Any, limit: int = 60) -> str:
    """Return ``value`` as JSON on one line of at most ``limit`` characters, safe to print."""
    try:
        text = json.dumps(value, ensure_ascii=True) if not isinstance(value, str) else json.dumps(value[: limit * 2])
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _describe(item: ErrorDetails, value: Any, known_fields: tuple[Collection[str], ...]) -> Problem:
    path = [part for part in item["loc"] if not str(part).startswith("function-")]
    name = _name(path)
    found = "" if item["type"] == "missing" else shorten(_look_up(value, path))
    if item["type"] in _UNKNOWN_FIELD:
        unknown = describe_unknown(str(path[-1]), known_fields[len(path) > 1])
        return Problem(name, found, unknown, Problem(_name(path[:-1]), "", unknown))
    known = _EXPECTED.get(item["type"])
    return Problem(name, found, known.format_map(item.get("ctx", {})) if known else item["msg"])


def _name(path: Sequence[int | str]) -> str:
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".") or "batch"
    return one_line(name)[:MAX_NAME]


def describe_unknown(name: str, known: Collection[str]) -> str:
    """Say that there is no field of this name, which one may be meant, and which ones there are."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"unknown field; {hint}(known: {', '.join(known)})"


def _look_up(value: Any, path: list[int | str]) -> Any:
    """Return the value at ``path``, or the innermost one on the way that exists."""
    for part in path:
        if isinstance(value, str):
            return value
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return value
    return value
