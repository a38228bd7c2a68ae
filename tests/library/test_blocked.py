"""Something that is no file lies in the place of an object."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from imagegen.library.removal.delete import plan_removal, remove
from imagegen.library.repair import repair
from imagegen.library.verify import verify
from imagegen.results import BatchResult
from storage import Blocked, keys
from storage.directory import DirectoryStore


def put_socket(path: Path) -> None:
    """Leave a socket; its path has to be short, so it is made from within its directory."""
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind("s")
        Path("s").rename(path)
    finally:
        os.chdir(before)


KINDS: dict[str, Callable[[Path], None]] = {
    "directory": Path.mkdir,
    "pipe": os.mkfifo,
    "socket": put_socket,
    "link to nowhere": lambda path: path.symlink_to("nowhere"),
    "link in a circle": lambda path: path.symlink_to(path.name),
}


@pytest.fixture(params=KINDS)
def put(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    """Leave something that is no file under a path."""

    def leave(path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        KINDS[request.param](path)

    return leave


def test_it_is_named_in_the_place_of_a_claim_or_report(
    store: DirectoryStore, batch: BatchResult, put: Callable[[Path], None]
) -> None:
    claim = keys.claim(batch.leaves()[0].request_hash)
    report = keys.report(batch.batch_id, "1" * 16)
    for key in (claim, report):
        put(Path(store.location) / key)
    found = verify(store)
    assert [(finding.kind, finding.key) for finding in found.problems] == [
        ("unreadable", claim),
        ("unreadable", report),
    ]
    assert [finding.key for finding in repair(store, found).left] == [claim, report]
    assert list(remove(store, plan_removal(store, batch.batch_id))) == [claim, report, batch.manifest_key]


def test_a_picture_in_whose_place_it_lies_is_missing_and_not_repaired(
    store: DirectoryStore, batch: BatchResult, put: Callable[[Path], None]
) -> None:
    image = batch.leaves()[0].image
    assert image
    put(Path(store.location) / image.key)
    found = verify(store)
    assert [(finding.kind, finding.key) for finding in found.problems] == [("missing", image.key)]
    repairs = repair(store, found)
    assert repairs.mended == ()
    assert "is in the way" in repairs.left[0].message
    with pytest.raises(Blocked):
        store.head(image.key)
