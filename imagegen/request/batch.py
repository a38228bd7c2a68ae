"""Batches and pairs: the shapes of a request, validated in one place for tasks, command line and files.

A batch is given by position, ``[prompts, models, style, template, font, context, extra_prompt, ...]`` as in
Render's tutorial, or by name. ``read`` turns either into a ``Batch`` or raises RequestError with every problem.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PrivateAttr, TypeAdapter, with_config
from pydantic_core import PydanticCustomError

from imagegen.errors import Problem, RequestError
from imagegen.overlay.highlights import find_highlight
from imagegen.overlay.text.titles import parse
from imagegen.request.branding import Branding
from imagegen.request.fields import (
    BRAND_FONT,
    DEFAULT_FORMATS,
    DEFAULT_SIZES,
    BatchName,
    BrandName,
    Byline,
    Dollars,
    Flag,
    Focus,
    Font,
    Formats,
    Highlight,
    Kicker,
    Language,
    MarkedTitle,
    ModelId,
    OptionalTitle,
    Scale,
    Sizes,
    Style,
    Subtitle,
    Template,
    Text,
    Theme,
    Title,
    Variant,
)
from imagegen.request.highlights import read_title, write_title
from imagegen.request.validation import build_error, check_retired, shorten, validate

T = TypeVar("T")
Place = tuple[int, int]
"""A cell's row and column, each counted from 0."""
BY_NAME_ONLY = ("name",)
"""The fields that no position stands for."""


# A process that only makes one pair never needs the batch's validators, and building them takes 10 ms of CPU.
@with_config(ConfigDict(extra="forbid", hide_input_in_errors=True, defer_build=True))
@dataclass(frozen=True, slots=True)
class Leaf:
    """One pair to be made: the input of ``generateImage``. ``read_leaf`` gives an untitled pair its prompt as title."""

    prompt: Title
    model: ModelId
    style: Style
    template: Template = ""
    font: Font = ""
    context: Text = ""
    extra_prompt: Text = ""
    title: OptionalTitle = ""
    variant: Variant = 0
    offline: Flag = False
    focus: Focus = ""
    brand: BrandName = ""
    theme: Theme = ""
    kicker: Kicker = ""
    subtitle: Subtitle = ""
    byline: Byline = ""
    highlight: Highlight = ""
    sizes: Sizes = DEFAULT_SIZES
    scale: Scale = 1
    format: Formats = DEFAULT_FORMATS
    language: Language = ""

    def to_inputs(self) -> dict[str, Any]:
        """Return it as the task's inputs, from which ``read_leaf`` makes the same pair."""
        return asdict(self) | {"title": write_title(self.title)}


LEAF_FIELDS = tuple(field.name for field in fields(Leaf))
"""The parameters of ``generateImage`` that say what to make, in order of position."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, defer_build=True)


class PromptRow(_Shape):
    """One prompt with what it overrides of the batch's values; None keeps the batch's."""

    prompt: Title
    title: MarkedTitle | None = None
    context: Text | None = None
    extra_prompt: Text | None = None
    variant: Variant | None = None
    style: Style | None = None
    template: Template | None = None
    font: Font | None = None
    focus: Focus | None = None
    brand: BrandName | None = None
    theme: Theme | None = None
    kicker: Kicker | None = None
    subtitle: Subtitle | None = None
    byline: Byline | None = None
    highlight: Highlight | None = None
    sizes: Sizes | None = None
    scale: Scale | None = None
    format: Formats | None = None
    language: Language | None = None


def _wrap_prompt(value: Any) -> Any:
    return {"prompt": value} if isinstance(value, str) else value


def _freeze_list(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _require_one(value: tuple[T, ...]) -> tuple[T, ...]:
    # Not a min_length: pydantic counts the valid items only, and would report a list of wrong ones as empty, too.
    if value:
        return value
    raise PydanticCustomError("empty", "at least one")


class Batch(_Shape):
    """A valid request for ``len(prompts) × len(models)`` pictures. Names are the tasks' parameter names.

    ``name`` is for people, and decides neither the batch's id nor any picture.
    """

    prompts: Annotated[
        tuple[Annotated[PromptRow, BeforeValidator(_wrap_prompt)], ...],
        AfterValidator(_require_one),
        BeforeValidator(_freeze_list),
    ]
    models: Annotated[tuple[ModelId, ...], AfterValidator(_require_one), BeforeValidator(_freeze_list)]
    style: Style
    template: Template = ""
    font: Font = ""
    context: Text = ""
    extra_prompt: Text = ""
    variant: Variant = 0
    offline: Flag = False
    max_cost_usd: Dollars | None = None
    focus: Focus = ""
    brand: BrandName = ""
    theme: Theme = ""
    kicker: Kicker = ""
    subtitle: Subtitle = ""
    byline: Byline = ""
    highlight: Highlight = ""
    sizes: Sizes = DEFAULT_SIZES
    scale: Scale = 1
    format: Formats = DEFAULT_FORMATS
    language: Language = ""
    name: BatchName = ""
    _variants: Mapping[Place, int] = PrivateAttr(default_factory=dict)

    @cached_property
    def leaves(self) -> tuple[tuple[Leaf, ...], ...]:
        """The pair of each cell: a row per prompt, a column per model. Equal cells hold equal leaves."""
        return tuple(tuple(self._make_leaves(at, row)) for at, row in enumerate(self.prompts))

    def with_variants(self, variants: Mapping[Place, int]) -> "Batch":
        """Return the batch with other variants in some cells than it asks for: those that were redone."""
        if not variants:
            return self
        chosen = Batch.model_construct(**{name: getattr(self, name) for name in Batch.model_fields})
        chosen._variants = dict(variants)  # noqa: SLF001 - its own
        return chosen

    def distinct(self) -> tuple[Leaf, ...]:
        """Each different pair once, in the order of first appearance."""
        return tuple(dict.fromkeys(leaf for row in self.leaves for leaf in row))

    def _make_leaves(self, at: int, row: PromptRow) -> Iterator[Leaf]:
        shared = {name: getattr(self, name) for name in LEAF_FIELDS if name in Batch.model_fields}
        values = {**shared, **row.model_dump(exclude_none=True), "title": row.prompt}
        if row.title is not None:
            values["title"], marked = read_title(row.title)
            values["highlight"] = row.highlight or marked or self.highlight
        asked = values["variant"]
        for column, model in enumerate(self.models):
            yield Leaf(model=model, **{**values, "variant": self._variants.get((at, column), asked)})


_BATCH, _LEAF = TypeAdapter(Batch), TypeAdapter(Leaf)


def read(value: Any, *, max_images: int, strict_models: bool = False, brands: Path | None = None) -> Batch:
    """Validate a batch given by position (list) or by name (mapping). Raises RequestError with all that is wrong.

    ``brands`` is the folder of the brands; None: the brands that are named are not looked up.
    """
    branding = Branding(brands)
    given = branding.fill_batch(named(value))
    batch = _validate(_BATCH, given, branding, Batch.model_fields, PromptRow.model_fields)
    problems = list(_check_rows(batch, branding))
    if (pairs := len(batch.prompts) * len(batch.models)) > max_images:
        problems.append(
            Problem(
                "prompts × models",
                f"{len(batch.prompts)} × {len(batch.models)} = {pairs} pictures",
                f"at most {max_images} pictures (raise MAX_IMAGES_PER_BATCH, or split the batch)",
            )
        )
    if strict_models:
        problems += [p for i, model in enumerate(batch.models) if (p := check_retired(model, f"models[{i}]"))]
    if problems:
        raise build_error(problems, len(problems))
    return batch


def read_leaf(value: Mapping[str, Any], *, strict_models: bool = False, brands: Path | None = None) -> Leaf:
    """Validate one pair; ``brands`` as for a batch. Raises RequestError with all that is wrong."""
    branding = Branding(brands)
    leaf = _validate(_LEAF, branding.fill_pair(value), branding, LEAF_FIELDS)
    title, marked = read_title(leaf.title)
    leaf = replace(leaf, title=title or leaf.prompt, highlight=leaf.highlight or marked)
    problems = list(_check_look(leaf, branding, ""))
    if strict_models and (problem := check_retired(leaf.model, "model")):
        problems.append(problem)
    if problems:
        raise RequestError(tuple(problems))
    return leaf


def _validate(shape: TypeAdapter[T], given: Any, branding: Branding, *known_fields: Collection[str]) -> T:
    """Return a request as ``shape`` has it. Raises RequestError with its problems and those of its brands."""
    try:
        valid = validate(shape, given, *known_fields)
    except RequestError as error:
        problems = (*branding.problems, *error.problems)
        raise RequestError(problems, count=len(branding.problems) + error.count) from None
    if branding.problems:
        raise build_error(branding.problems, len(branding.problems))
    return valid


def _check_rows(batch: Batch, branding: Branding) -> Iterator[Problem]:
    """Yield what each row's look lacks; the models are of no account for it."""
    for at, leaves in enumerate(batch.leaves):
        yield from _check_look(leaves[0], branding, f"prompts[{at}].")


def _check_look(leaf: Leaf, branding: Branding, of: str) -> Iterator[Problem]:
    if leaf.highlight and find_highlight(parse(leaf.title).clusters, leaf.highlight) is None:
        bare = Problem(f"{of}highlight", "", "a part of the title, in the same letters")
        told = f"a part of the title, {shorten(leaf.title)}, in the same letters"
        yield Problem(bare.field, shorten(leaf.highlight), told, bare)
    if leaf.font == BRAND_FONT and branding.lacks_font(leaf.brand):
        yield Problem(f"{of}font", shorten(leaf.font), "a font: only a brand that has one of its own is drawn in it")


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
    """A batch by name, whether it was given by position or by name.

    Raises RequestError for a value that is neither a list nor a mapping, and for a list that is too long.
    """
    if isinstance(value, Mapping):
        return {str(name): item for name, item in value.items()}
    if not isinstance(value, list):
        raise RequestError((Problem("batch", shorten(value), "an array [prompts, models, …] or an object"),))
    if len(value) > len(names := [name for name in Batch.model_fields if name not in BY_NAME_ONLY]):
        expected = f"at most {len(names)} values, in this order: {', '.join(names)}"
        raise RequestError((Problem("batch", f"{len(value)} values", expected),))
    return dict(zip(names, value, strict=False))
