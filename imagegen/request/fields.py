"""The types of a request's fields: limits, spelling and allowed values, defined once for batches, rows and pairs."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, Strict
from pydantic_core import PydanticCustomError

from imagegen.overlay.brands.brand import NAME
from imagegen.overlay.design import FORMATS, THEMES
from imagegen.overlay.sizes import DEFAULT, read_size
from imagegen.overlay.subject.focus import FOCUS_POINTS, read_focus
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS
from imagegen.request import catalog
from imagegen.request.highlights import read_title
from imagegen.request.prompts import STYLES
from imagegen.request.spelling import find_id

__all__ = [
    "BRAND_FONT",
    "DEFAULT_FORMATS",
    "DEFAULT_SIZES",
    "FONTS",
    "MAX_PROMPT",
    "TEMPLATES",
    "BatchName",
    "BrandName",
    "Byline",
    "Dollars",
    "Flag",
    "Focus",
    "Font",
    "Formats",
    "Highlight",
    "Kicker",
    "Language",
    "MarkedTitle",
    "ModelId",
    "OptionalTitle",
    "Scale",
    "Sizes",
    "Style",
    "Subtitle",
    "Template",
    "Text",
    "Theme",
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
MAX_LANGUAGE = 35
"""Characters in a language's tag: what RFC 5646 has every program take."""
MAX_KICKER, MAX_SUBTITLE, MAX_BYLINE = 60, 200, 80
"""Characters of the texts beside the title: what leaves it room, and can be read at 400 pixels."""
MAX_NAME = 80
"""Characters of a batch's name: what a line of a list has room for."""
MAX_SIZES = 12
"""Sizes of one pair: all that have a name, and three of one's own."""
MAX_SCALE = 2
DEFAULT_SIZES = (DEFAULT,)
DEFAULT_FORMATS = FORMATS[:1]
BRAND_FONT = "brand"
"""The id that stands for the font of the brand."""


def _trim(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if "\0" in value:
        raise _reject("nul", "text without the character NUL (U+0000)")
    return unicodedata.normalize("NFC", value).strip()


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


def _spell_language(value: str) -> str:
    """Return the tag of a language in its one spelling: ``pt-br`` for ``pt_BR``."""
    spelt = value.strip().casefold().replace("_", "-")
    if not spelt or (_LANGUAGE.fullmatch(spelt) and len(spelt) <= MAX_LANGUAGE):
        return spelt
    raise _reject("language", "the tag of a language, such as en, pt-BR or zh-Hant")


_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*")


def is_brand_name(name: str) -> bool:
    """Tell if a brand can have this name: it is a folder's, and stands in messages and hashes as it is."""
    return NAME.fullmatch(name) is not None


def _check_brand(name: str) -> str:
    if not name or is_brand_name(name):
        return name
    raise _reject("brand", "a name of lower-case letters, digits, - and _, 40 at most")


def _check_line(value: str) -> str:
    if len(value.splitlines()) <= 1:
        return value
    raise _reject("line", "one line")


def _check_title(marked: str) -> str:
    if len(read_title(marked)[0]) <= MAX_PROMPT:
        return marked
    raise _reject("title", f"at most {MAX_PROMPT} characters")


def _spell_theme(value: str) -> str:
    theme = value.strip().casefold()
    if theme in ("", *THEMES):
        return theme
    raise _reject("theme", f"one of {', '.join(THEMES)}{_suggest(value, THEMES)}")


def _wrap(value: Any) -> Any:
    """Take a value for a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _spell_size(text: str) -> str:
    try:
        return read_size(text).name
    except ValueError as error:
        raise _reject("size", str(error)) from None


def _spell_format(text: str) -> str:
    spelt = text.strip().casefold()
    spelt = "jpeg" if spelt == "jpg" else spelt
    if spelt in FORMATS:
        return spelt
    raise _reject("format", f"one of {', '.join(FORMATS)}{_suggest(text, FORMATS)}")


def _require_distinct(most: int, noun: str) -> AfterValidator:
    def check(values: tuple[str, ...]) -> tuple[str, ...]:
        if 1 <= len(values) <= most and len(set(values)) == len(values):
            return values
        raise _reject("distinct", f"1 to {most} {noun}s, each once")

    return AfterValidator(check)


def _reject(kind: str, expected: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{expected}", {"expected": expected})


Title = Annotated[str, Strict(), Field(min_length=1, max_length=MAX_PROMPT), BeforeValidator(_trim)]
MarkedTitle = Annotated[str, Strict(), Field(min_length=1), AfterValidator(_check_title), BeforeValidator(_trim)]
"""A title as it is given: it may mark its highlight (see ``highlights``)."""
OptionalTitle = Annotated[str, Strict(), AfterValidator(_check_title), BeforeValidator(_trim)]
Text = Annotated[str, Strict(), Field(max_length=MAX_TEXT), BeforeValidator(_trim)]
Style = Annotated[str, Strict(), _choose_from(STYLES, "style")]
Template = Annotated[str, Strict(), _choose_from(TEMPLATES, "template")]
Font = Annotated[str, Strict(), _choose_from({**FONTS, BRAND_FONT: None}, "font")]
ModelId = Annotated[str, Strict(), Field(max_length=MAX_MODEL_ID), AfterValidator(_check_model), BeforeValidator(_trim)]
Variant = Annotated[int, Strict(), Field(ge=0, le=MAX_VARIANT)]
Flag = Annotated[bool, Strict()]
BatchName = Annotated[str, Strict(), Field(max_length=MAX_NAME), AfterValidator(_check_line), BeforeValidator(_trim)]
Focus = Annotated[str, BeforeValidator(_spell_focus)]
BrandName = Annotated[str, Strict(), AfterValidator(_check_brand), BeforeValidator(_trim)]
Theme = Annotated[str, Strict(), AfterValidator(_spell_theme)]
Kicker = Annotated[str, Strict(), Field(max_length=MAX_KICKER), BeforeValidator(_trim)]
Subtitle = Annotated[str, Strict(), Field(max_length=MAX_SUBTITLE), BeforeValidator(_trim)]
Byline = Annotated[str, Strict(), Field(max_length=MAX_BYLINE), BeforeValidator(_trim)]
Highlight = Annotated[str, Strict(), Field(max_length=MAX_PROMPT), BeforeValidator(_trim)]
Language = Annotated[str, Strict(), AfterValidator(_spell_language)]
Sizes = Annotated[
    tuple[Annotated[str, Strict(), AfterValidator(_spell_size)], ...],
    _require_distinct(MAX_SIZES, "size"),
    BeforeValidator(_wrap),
]
Scale = Annotated[int, Strict(), Field(ge=1, le=MAX_SCALE)]
Formats = Annotated[
    tuple[Annotated[str, Strict(), AfterValidator(_spell_format)], ...],
    _require_distinct(len(FORMATS), "format"),
    BeforeValidator(_wrap),
]
Dollars = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False)]
