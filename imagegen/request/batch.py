"""What comes in: a batch of prompts and models, validated in one place for task, command line and file alike.

A batch is given by position, ``[prompts, models, style, template, font, context, extra_prompt, ...]`` as in
Render's tutorial, or by name. ``read`` turns either into a ``Batch`` or raises RequestError with every problem.
"""

import difflib
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from imagegen.errors import Problem, RequestError
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS
from imagegen.request import catalog
from imagegen.request.filekind import seems_to_be
from imagegen.request.prompts import STYLES
from imagegen.request.spelling import matching_id

T = TypeVar("T")
S = TypeVar("S", bound=BaseModel)
C = TypeVar("C", bound=str)

MAX_PROMPT = 300
"""Characters in a prompt or title after trimming: what still fits on a picture and can be read."""
MAX_TEXT = 2_000
"""Characters in ``context`` and ``extra_prompt``: four times what the tutorial's form allows."""
MAX_FILE = 4_000_000
"""Bytes of a batch file: Render takes at most 4 MB of arguments."""
EXAMPLE = (
    '{"prompts": ["A red fox"], "models": ["gpt-image-2"], '
    '"style": "cinematic", "template": "left-panel", "font": "inter"}'
)
"""The shortest batch file, for those who have to write one."""
MAX_SHOWN = 20
"""Problems listed in one message; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One pair to be made: the input of ``generateImage``, with every default filled in."""

    prompt: str
    model: str
    style: str
    template: str
    font: str
    context: str = ""
    extra_prompt: str = ""
    title: str = ""
    variant: int = 0
    offline: bool = False


def _trimmed(value: Any) -> Any:
    return unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else value


def _one_of(allowed: Mapping[str, Any], noun: str) -> AfterValidator:
    def check(value: str) -> str:
        if found := matching_id(value, allowed):
            return found
        near = difflib.get_close_matches(value.casefold(), allowed, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise PydanticCustomError("choice", "{expected}", {"expected": f"a {noun}: {', '.join(allowed)}{hint}"})

    return AfterValidator(check)


def _model(value: str) -> str:
    if found := catalog.resolve_id(value):
        return found
    near = difflib.get_close_matches(value.casefold(), catalog.MODELS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise PydanticCustomError(
        "model",
        "{expected}",
        {"expected": "a model that 'imagegen catalog models' lists, or an id that starts like one of them" + hint},
    )


Title = Annotated[str, Field(min_length=1, max_length=MAX_PROMPT), BeforeValidator(_trimmed)]
Text = Annotated[str, Field(max_length=MAX_TEXT), BeforeValidator(_trimmed)]
Style = Annotated[str, _one_of(STYLES, "style")]
Template = Annotated[str, _one_of(TEMPLATES, "template")]
Font = Annotated[str, _one_of(FONTS, "font")]
ModelId = Annotated[str, Field(max_length=100), AfterValidator(_model), BeforeValidator(_trimmed)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Row(_Shape):
    """One prompt with what it overrides of the batch's values; None keeps the batch's."""

    prompt: Title
    title: Title | None = None
    context: Text | None = None
    extra_prompt: Text | None = None
    style: Style | None = None
    template: Template | None = None
    font: Font | None = None


def _row(value: Any) -> Any:
    return {"prompt": value} if isinstance(value, str) else value


def _list(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _at_least_one(value: tuple[T, ...]) -> tuple[T, ...]:
    # Not a min_length: pydantic counts the valid items only, and would report a list of wrong ones as empty, too.
    if value:
        return value
    raise PydanticCustomError("empty", "at least one")


class Batch(_Shape):
    """A valid request for ``len(prompts) × len(models)`` pictures. Names are the tasks' parameter names."""

    prompts: Annotated[
        tuple[Annotated[Row, BeforeValidator(_row)], ...], AfterValidator(_at_least_one), BeforeValidator(_list)
    ]
    models: Annotated[tuple[ModelId, ...], AfterValidator(_at_least_one), BeforeValidator(_list)]
    style: Style
    template: Template
    font: Font
    context: Text = ""
    extra_prompt: Text = ""
    variant: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    offline: bool = False
    max_cost_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    @cached_property
    def leaves(self) -> tuple[tuple[Leaf, ...], ...]:
        """The pair of each cell: a row per prompt, a column per model. Equal cells hold equal leaves."""
        return tuple(tuple(self._leaf(row, model) for model in self.models) for row in self.prompts)

    def distinct(self) -> tuple[Leaf, ...]:
        """Each different pair once, in the order of first appearance."""
        return tuple(dict.fromkeys(leaf for row in self.leaves for leaf in row))

    def _leaf(self, row: Row, model: str) -> Leaf:
        def or_batch(own: str | None, batch: str) -> str:
            return batch if own is None else own

        return Leaf(
            prompt=row.prompt,
            model=model,
            style=or_batch(row.style, self.style),
            template=or_batch(row.template, self.template),
            font=or_batch(row.font, self.font),
            context=or_batch(row.context, self.context),
            extra_prompt=or_batch(row.extra_prompt, self.extra_prompt),
            title=or_batch(row.title, row.prompt),
            variant=self.variant,
            offline=self.offline,
        )


class _LeafShape(_Shape):
    """The input of ``generateImage``, validated like a batch of one."""

    prompt: Title
    model: ModelId
    style: Style
    template: Template
    font: Font
    context: Text = ""
    extra_prompt: Text = ""
    title: Annotated[str, Field(max_length=MAX_PROMPT), BeforeValidator(_trimmed)] = ""
    variant: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    offline: bool = False


def read(value: Any, *, max_images: int, strict_models: bool = False) -> Batch:
    """Validate a batch given by position (list) or by name (mapping). Raises RequestError with all that is wrong."""
    batch = _validated(Batch, named(value))
    problems = []
    if (pairs := len(batch.prompts) * len(batch.models)) > max_images:
        problems.append(
            Problem(
                "prompts × models",
                f"{len(batch.prompts)} × {len(batch.models)} = {pairs} pictures",
                f"at most {max_images} pictures (raise MAX_IMAGES_PER_BATCH, or split the batch)",
            )
        )
    if strict_models:
        problems += [p for i, model in enumerate(batch.models) if (p := _retired(model, f"models[{i}]"))]
    if problems:
        raise RequestError(tuple(problems))
    return batch


LEAF_FIELDS = ("prompt", "model", "style", "template", "font", "context", "extra_prompt", "title", "variant", "offline")
"""The parameters of ``generateImage`` that say what to make, in order of position."""


def one_of(field: str, value: str, allowed: tuple[C, ...]) -> C:
    """``value`` if it is allowed. Raises RequestError otherwise."""
    for choice in allowed:
        if choice == value:
            return choice
    expected = "one of " + ", ".join(repr(choice) for choice in allowed)
    raise RequestError((Problem(field, shortened(value), expected),))


def read_leaf(value: Mapping[str, Any], *, strict_models: bool = False) -> Leaf:
    """Validate one pair. Raises RequestError with all that is wrong."""
    shape = _validated(_LeafShape, dict(value))
    if strict_models and (problem := _retired(shape.model, "model")):
        raise RequestError((problem,))
    return Leaf(**{**shape.model_dump(), "title": shape.title or shape.prompt})


def read_file(path: Path) -> Any:
    """The JSON in a batch file. Raises RequestError when it cannot be read as such."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise _unreadable(path, f"a file of at most {MAX_FILE:,} bytes")
        return _parsed(path, path.read_bytes())
    except FileNotFoundError:
        raise _unreadable(path, "a batch file; there is none at this path") from None
    except IsADirectoryError:
        raise _unreadable(path, "a batch file; this is a directory") from None
    except OSError as error:
        raise _unreadable(path, f"a readable batch file ({error.strerror})") from None


def _parsed(path: Path, data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except RecursionError:
        raise _unreadable(path, "a batch file; this one is nested too deeply") from None
    except ValueError as error:
        why = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        if not (kind := seems_to_be(path, data)):
            raise _unreadable(path, f"a batch in JSON; there is a mistake in it: {why}") from None
        raise _unreadable(path, f"a batch in JSON; this seems to be {kind}. Write it like this: {EXAMPLE}") from None


def cells(batch: Batch) -> Iterator[tuple[int, int, Leaf]]:
    """Each cell as (row, column, pair)."""
    for row, leaves in enumerate(batch.leaves):
        for column, leaf in enumerate(leaves):
            yield row, column, leaf


def batch_id(batch: Batch, leaf_hashes: Sequence[str]) -> str:
    """The batch's name: a hash of its shape and of every leaf in it, so that the same request has the same name."""
    shape = [len(batch.prompts), list(batch.models), list(leaf_hashes)]
    return hashlib.sha256(canonical(shape)).hexdigest()[:16]


def canonical(value: Any) -> bytes:
    """JSON with one spelling per value, for hashing."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def named(value: Any) -> dict[str, Any]:
    """A batch by name, whichever way it was given. Raises RequestError for what is neither a list nor a mapping."""
    names = list(Batch.model_fields)
    if isinstance(value, Mapping):
        return {str(name): item for name, item in value.items()}
    if not isinstance(value, list):
        raise RequestError((Problem("batch", shortened(value), "an array [prompts, models, …] or an object"),))
    if len(value) > len(names):
        expected = f"at most {len(names)} values, in this order: {', '.join(names)}"
        raise RequestError((Problem("batch", f"{len(value)} values", expected),))
    return dict(zip(names, value, strict=False))


def _validated(shape: type[S], value: Any) -> S:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems = [_problem(shape, item, value) for item in details[:MAX_SHOWN]]
        if len(details) > MAX_SHOWN:
            problems.append(Problem("…", "", f"and {len(details) - MAX_SHOWN} more problems like these"))
        raise RequestError(tuple(problems)) from None


def _problem(shape: type[BaseModel], item: ErrorDetails, value: Any) -> Problem:
    path = [part for part in item["loc"] if not str(part).startswith("function-")]
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".") or "batch"
    found = "" if item["type"] == "missing" else shortened(_at(value, path))
    return Problem(name, found, _expected(shape, item, path))


def _expected(shape: type[BaseModel], item: ErrorDetails, path: list[int | str]) -> str:
    if item["type"] == "extra_forbidden":
        return _unknown_field(str(path[-1]), Row if len(path) > 1 else shape)
    known = _EXPECTED.get(item["type"])
    return known.format_map(item.get("ctx", {})) if known else item["msg"]


def _unknown_field(name: str, shape: type[BaseModel]) -> str:
    known = list(shape.model_fields)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"unknown field; {hint}(known: {', '.join(known)})"


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
"""What was expected, in plain words, by pydantic's name of what went wrong."""


def _retired(model: str, field: str) -> Problem | None:
    entry = catalog.find(model)
    end = entry and catalog.find_end(entry)
    if entry is None or end is None:
        return None
    expected = f"a live model: it was retired on {end}; ask for {entry.successor!r} (STRICT_MODELS is on)"
    return Problem(field, shortened(model), expected)


def _at(value: Any, path: list[int | str]) -> Any:
    for part in path:
        if isinstance(value, str):
            return value
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return value
    return value


def shortened(value: Any, limit: int = 60) -> str:
    """``value`` as JSON on one line of at most ``limit`` characters, safe to print."""
    try:
        text = json.dumps(value, ensure_ascii=True) if not isinstance(value, str) else json.dumps(value[: limit * 2])
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _unreadable(path: Path, expected: str) -> RequestError:
    return RequestError((Problem(str(path)[:200], "", f"expected {expected}"),))
