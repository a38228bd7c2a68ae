"""A directory store in a place that is not there yet."""

from pathlib import Path

import pytest

from storage.directory import DirectoryStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "some" / "where"


@pytest.fixture
def store(root: Path) -> DirectoryStore:
    return DirectoryStore(root)
