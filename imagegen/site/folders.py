"""Folders that a site's own configuration names otherwise than its generator does."""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from imagegen.site.files import read_file
from imagegen.site.front.values import Unfit
from imagegen.site.generators import Generator

_FOLDERS: Mapping[str, Mapping[str, str]] = {
    "hugo": {"contentdir": "content", "staticdir": "static"},
    "mkdocs": {"docs_dir": "docs"},
}
"""The settings of a generator that rename its folders, in small letters, with the usual name of each."""


def rename_folders(generator: Generator, root: Path) -> Generator:
    """Return a generator with the folders that the site's configuration names; what cannot be read changes nothing."""
    usual = _FOLDERS.get(generator.name)
    if usual is None:
        return generator
    renamed: dict[str, str] = {}
    for name in generator.configs:
        for file in (root / name, root / name / "hugo.toml", root / name / "hugo.yaml", root / name / "config.toml"):
            found = _read_top(file)
            renamed = {
                usual[key]: value for key, value in found.items() if key in usual and _lies_inside(value)
            } | renamed

    def rename(folder: str) -> str:
        first, slash, rest = folder.partition("/")
        return renamed.get(first, first).strip("/") + slash + rest

    return replace(
        generator,
        content=tuple(map(rename, generator.content)),
        pictures=rename(generator.pictures),
        served=rename(generator.served),
    )


def _lies_inside(folder: str) -> bool:
    path = PurePosixPath(folder)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _read_top(file: Path) -> dict[str, str]:
    """Return the texts at the top of a configuration, with their keys in small letters."""
    try:
        text = read_file(file).decode() if file.is_file() else ""
        values = _READERS[file.suffix](text) if text else {}
    except (OSError, Unfit, ValueError, RecursionError, KeyError):
        return {}  # the generator will not take it either, and says so better
    return {str(key).casefold(): value for key, value in values.items() if isinstance(value, str)}


def _read_yaml(text: str) -> dict[str, Any]:
    """Read only the texts at the top: MkDocs' files have tags that stand for code."""
    import yaml

    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return {key.value: value.value for key, value in pairs if isinstance(value, yaml.ScalarNode)}


def _read_json(text: str) -> dict[str, Any]:
    values = json.loads(text)
    return values if isinstance(values, dict) else {}


_READERS: Mapping[str, Callable[[str], dict[str, Any]]]
_READERS = {
    ".toml": tomllib.loads,
    ".yaml": _read_yaml,
    ".yml": _read_yaml,
    ".json": _read_json,
}
