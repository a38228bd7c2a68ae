"""A folder that is filled: whole files or none, and nothing of anybody else's is touched."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from imagegen.library.export.folder import Folder, Taken
from storage import durable


def everything(folder: Path) -> list[tuple[str, bytes, int]]:
    return sorted((path.name, path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir())


def test_a_file_is_written_once_and_then_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "new" / "deep"
    with Folder(place) as folder:
        assert folder.put("a.jpg", b"one") == "written"
    os.utime(place / "a.jpg", (1, 1))
    before, changed = everything(place), place.stat().st_mtime_ns
    with Folder(place) as folder:
        assert folder.put("a.jpg", b"one") == "unchanged"
    assert (everything(place), place.stat().st_mtime_ns) == (before, changed)
    assert [path.name for path in place.iterdir()] == ["a.jpg"]


def test_what_we_wrote_may_be_replaced_and_what_was_changed_since_may_not(tmp_path: Path) -> None:
    own = {"a.jpg": sha256(b"one").hexdigest()}
    (tmp_path / "a.jpg").write_bytes(b"one")
    with Folder(tmp_path, own) as folder:
        assert folder.put("a.jpg", b"two") == "replaced"
    (tmp_path / "a.jpg").write_bytes(b"edited")
    with Folder(tmp_path, own) as folder, pytest.raises(Taken, match="imagegen did not write it"):
        folder.put("a.jpg", b"three")
    assert (tmp_path / "a.jpg").read_bytes() == b"edited"


@pytest.mark.parametrize("kind", ["link", "dead link", "directory", "pipe"])
def test_what_is_no_plain_file_is_refused(kind: str, tmp_path: Path) -> None:
    outside, place = tmp_path / "outside", tmp_path / "place"
    outside.write_bytes(b"one")
    place.mkdir()
    target = place / "a.jpg"
    if kind == "directory":
        target.mkdir()
    elif kind == "pipe":
        os.mkfifo(target)
    else:
        target.symlink_to(outside if kind == "link" else tmp_path / "nowhere")
    with Folder(place, {"a.jpg": sha256(b"one").hexdigest()}) as folder, pytest.raises(Taken):
        folder.put("a.jpg", b"two")
    assert outside.read_bytes() == b"one"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("name", ["../a.jpg", "b/a.jpg", "/a.jpg", "", "..", ".", "a\0.jpg"])
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    with Folder(tmp_path / "in") as folder, pytest.raises(ValueError, match="no file's name"):
        folder.put(name, b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_appears_at_the_last_moment_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_both(path: Path, data: bytes) -> None:
        durable.write_new(path, data)
        (tmp_path / "a.jpg").write_bytes(b"theirs")

    monkeypatch.setattr("imagegen.library.export.folder.write_new", write_both)
    with Folder(tmp_path) as folder, pytest.raises(Taken, match="has just been written"):
        folder.put("a.jpg", b"ours")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"theirs"]


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, data: bytes) -> None:
        path.write_bytes(data[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("imagegen.library.export.folder.write_new", fail)
    with pytest.raises(OSError, match="No space"), Folder(tmp_path) as folder:
        folder.put("a.jpg", b"ours")
    assert list(tmp_path.iterdir()) == []
