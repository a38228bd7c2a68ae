"""Runs that are killed while they write covers: the next one finishes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from imagegen.site.files import write_whole
from tests.site.conftest import RECORD, Typed, edit, state_of


@pytest.mark.parametrize("writes", range(4))
@pytest.mark.parametrize("title", ["A title", "Another title"])
def test_a_run_that_is_killed_on_the_way_is_finished_by_the_next_one(
    writes: int, title: str, site: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    if title != "A title":
        assert typed("covers", "docs", "--offline") == 0
        edit(site / "docs/a.md", "title: A title", f"title: {title}")
    kill_after(monkeypatch, writes)
    with pytest.raises(Killed):
        typed("covers", "docs", "--offline")
    monkeypatch.undo()
    monkeypatch.chdir(site)
    assert typed("covers", "docs", "--offline", "--store", str(site.parent / "store")) == 0
    assert state_of(site) == "done"
    assert f'image: assets/images/covers/a.jpg\nimage_alt: "{title}"\n' in (site / "docs/a.md").read_text()
    assert "was" not in json.loads((site / RECORD).read_text())


class Killed(BaseException):
    """The process is gone."""


def kill_after(monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    """Let some files of the site be written, and end the run at the next one."""
    done: list[Path] = []

    def wrap(write: Callable[[Path, Path, bytes], None]) -> Callable[[Path, Path, bytes], None]:
        def write_or_die(root: Path, path: Path, data: bytes) -> None:
            if len(done) == writes:
                raise Killed
            done.append(path)
            write(root, path, data)

        return write_or_die

    for name in ("imagegen.site.covers.write_whole", "imagegen.site.record.write_whole"):
        monkeypatch.setattr(name, wrap(write_whole))
