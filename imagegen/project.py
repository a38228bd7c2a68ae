"""``imagegen.toml``: what belongs to a project and is reviewed with it.

[batch]     the fields of a batch that are the same for all of them
[site]      where posts and pictures lie, and which key is the cover
"""

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from imagegen.errors import Problem, RequestError
from imagegen.request import batch as batches
from imagegen.request.validation import shorten

NAME = "imagegen.toml"
MAX_FILE = 1_000_000
"""Bytes of the file: a hundred times what it can say."""
DEFAULTS: Mapping[str, Any] = {"models": ["gpt-image-2"], "style": "cinematic"}
"""The values of a batch that names none, here or in its file."""
LOOK: Mapping[str, Any] = {"template": "bottom-bar", "font": "inter"}
"""The look of a batch without one and without a brand, which may bring its own."""
BATCH = tuple(name for name in batches.Batch.model_fields if name not in ("prompts", "variant", "offline", "highlight"))
"""The fields of a batch that a project can set: those that suit more than one batch."""
_DOTTED = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)?")


@dataclass(frozen=True)
class Project:
    """A project's settings. ``file`` is where they stand (None: nowhere, and both tables are empty)."""

    file: Path | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    site: Mapping[str, Any] = field(default_factory=dict)

    def fill(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return a batch with what it leaves open: first from the project, then from ``DEFAULTS`` and ``LOOK``."""
        filled = {**DEFAULTS, **self.defaults, **batch}
        return filled if filled.get("brand") else {**LOOK, **filled}


def find_project(folder: Path) -> Project:
    """Return the project that a folder belongs to: the nearest ``imagegen.toml``, in it or above it.

    Raises RequestError that names every problem by its key.
    """
    start = folder.resolve()
    for place in (start, *start.parents):
        file = place / NAME
        if os.path.lexists(file):
            return read_project(file)
    return Project()


def read_project(file: Path) -> Project:
    """Read a project's settings. Raises RequestError that names every problem by its key."""
    problems: list[Problem] = []
    try:
        if file.stat().st_size > MAX_FILE:
            raise RequestError((Problem(NAME, "", f"at most {MAX_FILE:,} bytes"),))
        tables = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise RequestError((Problem(NAME, "", f"a readable file ({error.strerror})"),)) from None
    except (ValueError, RecursionError) as error:
        why = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error) or "nested too deeply"
        raise RequestError((Problem(NAME, "", f"a file in TOML; there is a mistake in it: {why}"),)) from None
    _check_keys(tables, ("batch", "site"), "", problems)
    defaults, site = _take_table(tables, "batch", problems), _take_table(tables, "site", problems)
    _check_keys(defaults, BATCH, "batch.", problems)
    _check_keys(site, SITE, "site.", problems)
    problems += _check_batch({name: value for name, value in defaults.items() if name in BATCH}, "batch.")
    for name, value in site.items():
        if name in SITE and (expected := SITE[name](value)):
            problems.append(Problem(f"{NAME}: site.{name}", shorten(value), expected))
    if problems:
        raise RequestError(tuple(problems))
    return Project(file, defaults, site)


def _take_table(tables: Mapping[str, Any], name: str, problems: list[Problem]) -> dict[str, Any]:
    table = tables.get(name, {})
    if isinstance(table, dict):
        return table
    problems.append(Problem(f"{NAME}: {name}", shorten(table), f"a table: [{name}]"))
    return {}


def _check_keys(table: Mapping[str, Any], known: Collection[str], of: str, problems: list[Problem]) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, list(known), n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            problems.append(Problem(f"{NAME}: {of}{key}"[:120], "", f"unknown key; {hint}(known: {', '.join(known)})"))


def _check_batch(values: Mapping[str, Any], of: str) -> list[Problem]:
    """Return what is wrong with fields of a batch, by the batch's own validation. Brands are looked up later."""
    try:
        batches.read({**DEFAULTS, **LOOK, **values, "prompts": ["x"]}, max_images=1_000)
    except RequestError as error:
        return [Problem(f"{NAME}: {of}{one.field}", one.value, one.expected) for one in error.problems]
    return []


def _expect_text(value: Any) -> str:
    return "" if isinstance(value, str) and value.strip() else "a text"


def _expect_address(value: Any) -> str:
    fits = isinstance(value, str) and value and not any(char.isspace() or not char.isprintable() for char in value)
    return "" if fits else "an address without blanks, such as /images/covers/"


def _expect_folder(value: Any) -> str:
    """Return what is expected of a folder below the root; empty when this is one."""
    if isinstance(value, str) and value.strip() and "\\" not in value and value.isprintable():
        path = PurePosixPath(value)
        if not path.is_absolute() and not any(part.startswith(".") for part in path.parts):
            return ""
    return "a folder in the site, from its root, with slashes, none of them hidden"


def _expect_field(value: Any) -> str:
    fits = isinstance(value, str) and _DOTTED.fullmatch(value)
    return "" if fits else "a key such as image, or two with a dot such as cover.image"


def _expect_byline(value: Any) -> str:
    return "" if value in ("author", "date", "none") else "author, date or none"


def _expect_batch_field(name: str) -> Callable[[Any], str]:
    def expect(value: Any) -> str:
        problems = _check_batch({name: value}, "site.")
        return problems[0].expected if problems else ""

    return expect


SITE: Mapping[str, Callable[[Any], str]] = {
    "generator": _expect_text,
    "content": _expect_folder,
    "field": _expect_field,
    "pictures": _expect_folder,
    "url": _expect_address,
    "sizes": _expect_batch_field("sizes"),
    "format": _expect_batch_field("format"),
    "byline": _expect_byline,
}
"""The keys of ``[site]``, each with what says what is expected of its value; an empty text: the value fits."""
