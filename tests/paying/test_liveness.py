"""Only a process that has certainly ended counts as over."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imagegen.paying import liveness
from imagegen.paying.liveness import has_ended, hold_process_lock, lives_here

SAY = "import sys; from imagegen.paying.liveness import hold_process_lock; print(hold_process_lock(), flush=True);"
WAIT = "sys.stdin.read()"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Locks of this test's own, for it and the processes that it starts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    liveness._begin.cache_clear()
    yield tmp_path / f"imagegen-{os.getuid()}"
    liveness._begin.cache_clear()


@contextmanager
def process(code: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def said(started: "subprocess.Popen[str]") -> str:
    assert started.stdout
    return started.stdout.readline().strip()


def test_this_process_lives_under_one_name() -> None:
    assert hold_process_lock() == hold_process_lock() != ""
    assert not has_ended(hold_process_lock())


def test_another_process_lives_until_it_ends() -> None:
    with process(SAY + WAIT) as other:
        life = said(other)
        assert not has_ended(life)
        other.communicate("")
        assert has_ended(life)


def test_a_process_that_was_killed_is_over() -> None:
    with process(SAY + WAIT) as other:
        life = said(other)
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert has_ended(life)


def test_a_forked_child_begins_a_life_of_its_own_and_its_end_ends_no_other() -> None:
    code = (
        SAY
        + "import os; pid = os.fork();\nprint(hold_process_lock(), flush=True) if not pid else os.waitpid(pid, 0);\n"
        "pid or os._exit(0);" + WAIT
    )
    with process(code) as parent:
        life, child = said(parent), said(parent)
        assert life != child
        assert not has_ended(life)


def test_a_life_that_is_led_here_is_known_to_be_led() -> None:
    assert lives_here(hold_process_lock())
    for life in ("", "0" * 32, f"{'0' * 32}-1"):
        assert not lives_here(life)


def test_a_copy_of_a_living_process_s_lock_proves_no_end(folder: Path) -> None:
    life = hold_process_lock()
    path = folder / f"{life.partition('-')[0]}.lock"
    copy = folder / "copy"
    copy.write_bytes(b"")
    copy.replace(path)  # another file by this name: nobody holds its lock
    assert not has_ended(life)
    assert not lives_here(life)


def test_a_life_without_its_file_s_inode_proves_nothing(folder: Path) -> None:
    hold_process_lock()
    (folder / f"{'0' * 32}.lock").write_bytes(b"")
    assert not has_ended("0" * 32)


def leave_lock(folder: Path, name: str = "0" * 32) -> str:
    """Leave the lock of a process that has ended; return its life."""
    path = folder / f"{name}.lock"
    path.write_bytes(b"")
    return f"{name}-{path.stat().st_ino}"


def test_a_life_whose_file_is_not_there_may_be_lived_elsewhere() -> None:
    hold_process_lock()
    assert not has_ended(f"{'0' * 32}-1")


@pytest.mark.parametrize("life", ["", "../../etc/passwd-1", "0" * 31 + "-1", "G" * 32 + "-1", "0" * 32 + "-1\n"])
def test_a_name_that_is_none_proves_nothing(life: str) -> None:
    assert not has_ended(life)


def test_a_clock_that_jumped_sweeps_no_lock_that_a_claim_still_needs(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    ended = folder / f"{'a' * 32}.lock"
    ended.touch()
    jumped = "import time; real = time.time; time.time = lambda: real() + 1e8;"
    with process(jumped + SAY) as other:
        assert said(other)
    assert ended.exists()
    os.utime(ended, (0, 0))
    with process(SAY) as other:
        assert said(other)
    assert not ended.exists()


def test_a_name_leads_to_no_other_folder(tmp_path: Path) -> None:
    hold_process_lock()
    life = leave_lock(tmp_path, "free")
    assert not has_ended(f"../{life}")


def test_a_link_in_place_of_a_lock_proves_nothing(folder: Path, tmp_path: Path) -> None:
    hold_process_lock()
    life = leave_lock(tmp_path)
    (folder / f"{'0' * 32}.lock").symlink_to(tmp_path / f"{'0' * 32}.lock")
    assert not has_ended(life)


def test_a_folder_that_others_can_write_to_is_not_used(folder: Path) -> None:
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    assert hold_process_lock() == ""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_another_user_s_folder_is_not_used(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    os.chown(folder, 12_345, 12_345)
    assert hold_process_lock() == ""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_locks_in_another_user_s_folder_prove_nothing(folder: Path) -> None:
    """Somebody who made the folder first could let any life look over."""
    folder.mkdir(mode=0o700)
    life = leave_lock(folder)
    assert has_ended(life)
    os.chown(folder, 12_345, 12_345)
    assert not has_ended(life)


def test_old_locks_of_processes_that_are_over_are_swept_away_and_no_others(folder: Path) -> None:
    with process(SAY + WAIT) as living, process(SAY + WAIT) as recent:
        lives, ended = said(living), said(recent)
        recent.communicate("")
        long_ago = time.time() - 2 * liveness.STALE
        lives, ended = (life.partition("-")[0] for life in (lives, ended))
        os.utime(folder / f"{lives}.lock", (long_ago, long_ago))
        (folder / f"{'0' * 32}.lock").write_bytes(b"")
        os.utime(folder / f"{'0' * 32}.lock", (long_ago, long_ago))
        mine = hold_process_lock().partition("-")[0]
        assert {path.stem for path in folder.iterdir()} == {lives, ended, mine}
