"""Folders that a site's own configuration names otherwise than its generator does."""

import json
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from imagegen.errors import ConfigurationError
from imagegen.formatting import one_line
from imagegen.site.files import read_file
from imagegen.site.front.values import Unfit
from imagegen.site.generators import Generator

_FOLDERS: Mapping[str, Mapping[str, str]] = {
    "hugo": {"contentdir": "content", "staticdir": "static"},
    "mkdocs": {"docs_dir": "docs"},
}
"""The settings of a generator that rename its folders, in small letters, with the usual name of each."""


_SPLIT = tuple(f"{name}.{ending}" for name in ("hugo", "config") for ending in ("toml", "yaml", "yml", "json"))
"""The main files of a configuration that is a folder."""


def rename_folders(generator: Generator, root: Path, given: Collection[str] = ()) -> Generator:
    """Return a generator with the folders that the site's configuration names.

    Raises ConfigurationError for a configuration that cannot be read, or names no folder of the site, unless the
    settings say themselves (``given``: ``pictures``) where pictures go.
    """
    usual = _FOLDERS.get(generator.name)
    if usual is None:
        return generator
    renamed: dict[str, str] = {}
    for name in generator.configs:
        for file in (root / name, *(root / name / inner for inner in _SPLIT)):
            found = _read_folders(file, usual) if file.is_file() and "pictures" not in given else {}
            renamed = found | renamed

    def rename(folder: str) -> str:
        first, slash, rest = folder.partition("/")
        return renamed.get(first, first).strip("/") + slash + rest

    return replace(
        generator,
        content=tuple(map(rename, generator.content)),
        pictures=rename(generator.pictures),
        served=rename(generator.served),
    )


def _read_folders(file: Path, usual: Mapping[str, str]) -> dict[str, str]:
    """Return the folders that a configuration names, by their usual names."""
    try:
        values = _READERS[file.suffix](read_file(file.resolve()).decode())
    except (OSError, Unfit, ValueError, RecursionError, KeyError) as error:
        raise ConfigurationError(f"{file}: cannot be read ({one_line(str(error))[:200]}); {_ADVICE}") from None
    folders = {}
    for key, value in values.items():
        if str(key).casefold() in usual:
            if not isinstance(value, str) or not _lies_inside(value):
                raise ConfigurationError(f"{file}: {key} is not one folder of the site; {_ADVICE}")
            folders[usual[str(key).casefold()]] = value
    return folders


_ADVICE = "say below [site] in imagegen.toml where the pictures go (pictures) and their address (url)"


def _lies_inside(folder: str) -> bool:
    path = PurePosixPath(folder)
    return bool(path.parts) and folder.isprintable() and not path.is_absolute() and ".." not in path.parts


def _read_yaml(text: str) -> dict[str, Any]:
    """Read only the texts at the top: MkDocs' files have tags that stand for code."""
    import yaml

    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    plain = "tag:yaml.org,2002:str"
    return {key.value: value.value if value.tag == plain else None for key, value in pairs}


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
