"""The types of a request's fields: limits, spelling and allowed values, defined once for batches, rows and pairs."""

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, Strict
from pydantic_core import PydanticCustomError

from imagegen.overlay.subject.focus import FOCUS_POINTS, read_focus
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS
from imagegen.request import catalog
from imagegen.request.prompts import STYLES
from imagegen.request.spelling import find_id

__all__ = [
    "FONTS",
    "MAX_PROMPT",
    "TEMPLATES",
    "Dollars",
    "Flag",
    "Focus",
    "Font",
    "ModelId",
    "OptionalTitle",
    "Style",
    "Template",
    "Text",
    "Title",
    "Variant",
]

MAX_PROMPT = 300
"""Characters in a prompt or title after trimming: what still fits on a picture and can be read."""
MAX_TEXT = 2_000
"""Characters in ``context`` and ``extra_prompt``: four times what the tutorial's form allows."""
MAX_MODEL_ID = 100
"""Characters in a model id."""
MAX_VARIANT = 1_000_000


def _trim(value: Any) -> Any:
    return unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else value


def _suggest(typed: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(typed.casefold(), list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _choose_from(allowed: Mapping[str, Any], noun: str) -> AfterValidator:
    def check(value: str) -> str:
        if found := find_id(value, allowed):
            return found
        expected = f"one of the {noun}s: {', '.join(allowed)}{_suggest(value, allowed)}"
        raise PydanticCustomError("choice", "{expected}", {"expected": expected})

    return AfterValidator(check)


def _check_model(value: str) -> str:
    if found := catalog.resolve_id(value):
        return found
    expected = "a model that 'imagegen catalog models' lists, or an id that starts like one of them"
    raise PydanticCustomError("model", "{expected}", {"expected": expected + _suggest(value, catalog.MODELS)})


_FOCUS_EXPECTED = f'{", ".join(FOCUS_POINTS)}, or two numbers from 0 to 1: "0.3,0.4" or [0.3, 0.4]'


def _spell_focus(value: Any) -> str:
    """Return a focus in its one spelling: a name in lower case, or two numbers with a comma between them."""
    if isinstance(value, (list, tuple)) and all(type(part) in (int, float) for part in value):
        value = ",".join(map(str, value))
    try:
        spelt = value.strip().casefold()
        x, y = read_focus(spelt) if spelt else (0.5, 0.5)
    except (AttributeError, ValueError):
        raise PydanticCustomError("focus", "{expected}", {"expected": _FOCUS_EXPECTED}) from None
    return spelt if spelt in ("", *FOCUS_POINTS) else f"{round(x, 4):g},{round(y, 4):g}"


Title = Annotated[str, Strict(), Field(min_length=1, max_length=MAX_PROMPT), BeforeValidator(_trim)]
OptionalTitle = Annotated[str, Strict(), Field(max_length=MAX_PROMPT), BeforeValidator(_trim)]
Text = Annotated[str, Strict(), Field(max_length=MAX_TEXT), BeforeValidator(_trim)]
Style = Annotated[str, Strict(), _choose_from(STYLES, "style")]
Template = Annotated[str, Strict(), _choose_from(TEMPLATES, "template")]
Font = Annotated[str, Strict(), _choose_from(FONTS, "font")]
ModelId = Annotated[str, Strict(), Field(max_length=MAX_MODEL_ID), AfterValidator(_check_model), BeforeValidator(_trim)]
Variant = Annotated[int, Strict(), Field(ge=0, le=MAX_VARIANT)]
Flag = Annotated[bool, Strict()]
Focus = Annotated[str, BeforeValidator(_spell_focus)]
Dollars = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False)]
