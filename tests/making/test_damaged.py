"""Stored objects that are empty, cut short or no objects at all: made again, or named, and never taken for pictures."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from imagegen.making.runtime import Runtime
from imagegen.results import BatchResult
from storage import keys
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch, run_leaf
from tests.making.requests import MODEL, planned


def make(runtime: Runtime, *prompts: str) -> BatchResult:
    return run_batch(runtime, list(prompts), [MODEL], *LOOK, offline=True)


def pictures_in(folder: Path) -> dict[str, bytes]:
    """Each picture and thumbnail by its key."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.glob("[it]*s/*.jpg"))}


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


@pytest.mark.parametrize("damage", [empty, cut])
@pytest.mark.parametrize("kind", ["image", "thumbnail"])
@pytest.mark.parametrize("by", ["a batch", "a leaf alone"])
def test_a_picture_that_was_cut_short_is_composed_again(
    damage: Callable[[Path], None], kind: str, by: str, runtime: Runtime, tmp_path: Path
) -> None:
    first = make(runtime, "a")
    before = pictures_in(tmp_path)
    damage(tmp_path / getattr(first.leaves()[0], kind).key)
    if by == "a batch":
        again = make(runtime, "a")
        assert (again.status, again.leaves()[0].timing.get("compose", 0.0) > 0) == ("complete", True)
    else:
        assert run_leaf(runtime, "a", MODEL, *LOOK, title="a", offline=True).timing["compose"] > 0
    assert pictures_in(tmp_path) == before


@pytest.mark.timeout(60)
@pytest.mark.parametrize("block", [Path.mkdir, os.mkfifo])
def test_a_picture_whose_place_is_taken_fails_alone_and_is_named(
    block: Callable[[Path], None], runtime: Runtime, tmp_path: Path
) -> None:
    image = make(runtime, "a", "b").leaves()[0].image
    assert image
    (tmp_path / image.key).unlink()
    block(tmp_path / image.key)
    again = make(runtime, "a", "b")
    assert again.status == "partial"
    assert [leaf.error and leaf.error.kind for leaf in again.leaves()] == ["storage", None]
    assert f"{tmp_path / image.key} is in the way" in str(again.leaves()[0].error)


def test_nothing_is_paid_for_what_has_no_place(runtime: Runtime, openai: OpenAIServer, tmp_path: Path) -> None:
    (tmp_path / keys.original(planned(runtime, "a").request_hash)).mkdir(parents=True)
    result = run_batch(runtime, ["a", "b"], [MODEL], *LOOK)
    assert [leaf.error and leaf.error.kind for leaf in result.leaves()] == ["storage", None]
    assert len(openai.calls) == 1
