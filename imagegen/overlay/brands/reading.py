"""Brands read from their folders, once per process, each with a digest of all that is drawn."""

import dataclasses
import hashlib
import json
import threading
from pathlib import Path
from typing import Any

from imagegen.errors import Problem, RequestError
from imagegen.overlay.brands.brand import NAME, Brand
from imagegen.overlay.brands.files import BrandFolder, take_mark
from imagegen.overlay.brands.findings import Findings, show, suggest
from imagegen.overlay.brands.settings import SETTINGS, Reading
from imagegen.overlay.text.fonts import FONTS, Font

FOLDER = Path("brands")
"""The folder of all brands, in the directory where the program runs."""
_known: dict[Path, tuple[dict[Path, tuple[int, ...]], Brand]] = {}
"""The brands read so far, each with the marks of its files."""
_lock = threading.Lock()
"""Held while a brand is read, so that threads get the same one, with the same fonts."""


def list_brands(folder: Path = FOLDER) -> list[str]:
    """Return the names of all brands in the folder: each is a folder of its own, with a name that can be asked for."""
    return [name for name in _list_folders(folder) if NAME.fullmatch(name)]


def list_misnamed(folder: Path = FOLDER) -> list[str]:
    """Return the names of folders that have a brand's settings and a name that no batch can ask for."""
    return [name for name in _list_folders(folder) if not NAME.fullmatch(name) and (folder / name / SETTINGS).is_file()]


def _list_folders(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []


def load(name: str, folder: Path = FOLDER) -> Brand:
    """Return the brand of a name. Raises RequestError with every problem of its settings and files.

    It is read once per process, and again when one of its files has changed.
    """
    _require_known(name, folder)
    with _lock:
        return _load(name, folder)


def _load(name: str, folder: Path) -> Brand:
    home = (folder / name).resolve()
    if home in _known:
        marks, brand = _known[home]
        if all(take_mark(path) == mark for path, mark in marks.items()):
            return brand
    files = BrandFolder(home)
    brand = _sign(Reading(files, Findings(f"{folder.name}/{name}/{SETTINGS}")).read(name), files)
    _known[home] = files.marks, brand
    return brand


def _require_known(name: str, folder: Path) -> None:
    names = list_brands(folder)
    if name in names:
        return
    if names:
        expected = f"one of the brands in {folder}: {', '.join(names[:50])}{suggest(name, names)}"
    else:
        expected = f"a brand; there is none in {folder} (each is a folder with a {SETTINGS})"
    raise RequestError((Problem("brand", show(name), expected),))


def _sign(brand: Brand, files: BrandFolder) -> Brand:
    """Return the brand with its digest: of its settings and its files' bytes, not of their names and times."""
    values = {field.name: _describe(getattr(brand, field.name), files) for field in dataclasses.fields(brand)}
    values |= {"name": None, "digest": None, "theme": brand.theme.replace("auto", "")}
    if not brand.logo_on_dark:
        values["corner"] = None
    text = json.dumps({key: value for key, value in values.items() if value}, sort_keys=True)
    return dataclasses.replace(brand, digest=hashlib.sha256(text.encode()).hexdigest())


def _describe(value: Any, files: BrandFolder) -> Any:
    if isinstance(value, Path):
        return files.hashes[value]
    if isinstance(value, Font):
        return value.id if value.id in FONTS else [files.hashes[Path(value.file)], dict(value.axes)]
    return value
