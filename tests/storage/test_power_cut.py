"""Power cuts: the system calls of a writer, recorded, leave a sound disk wherever they are cut off.

The disk that is assumed is the worst: what was not synced may be there, may be missing, or may be rubbish.
"""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.storage.durable_writer import KEY

ROOT = Path(__file__).parents[2]
CALLS = "?mkdir,?mkdirat,write,fsync,?link,?linkat,?rename,?renameat,?renameat2,?open,openat"
QUOTED = r'"((?:[^"\\]|\\.)*)"'
CALL = re.compile(r"(?:\[pid +\d+\] )?(\w+)\((.*)\) += (?:0|[1-9]\d*)\b")
OPENED = re.compile(r"\d+<([^>]*)>")

Event = tuple[str, ...]
"""``made <directory>``, ``opened <file>``, ``wrote <file>``, ``synced <path>``, ``named <old> <new>`` or ``stored``."""


@dataclass
class Disk:
    """What is on the disk for certain, and what may be."""

    files: dict[str, int] = field(default_factory=dict)
    """The file that each name stands for."""
    dirty: set[int] = field(default_factory=set)
    """Files with bytes that have not reached the disk."""
    pending: dict[str, set[str]] = field(default_factory=dict)
    """Names that have not reached the disk, by the directory that they are in."""
    stored: bool = False
    """The writer was told that the object is stored."""

    def follow(self, event: Event) -> None:
        match event:
            case ("made", path):
                self._add_name(path)
            case ("opened", path):
                self.files[path] = len(self.files) + 1_000 * len(self.dirty)
                self._add_name(path)
            case ("wrote", path):
                self.dirty.add(self.files[path])
            case ("synced", path):
                self.dirty.discard(self.files.get(path, -1))
                self.pending.pop(path, None)
            case ("named", old, new):
                self.files[new] = self.files[old]
                self._add_name(new)

    def _add_name(self, path: str) -> None:
        self.pending.setdefault(str(Path(path).parent), set()).add(path)

    def problem(self, key: Path) -> str | None:
        """Why the disk is not sound: the object may be torn, or was reported stored and may be lost."""
        if self.files.get(str(key)) in self.dirty:
            return "the name may be there before the bytes"
        unsure = {name for names in self.pending.values() for name in names}
        if self.stored and unsure & {str(path) for path in (key, *key.parents)}:
            return "the object was reported stored, and its name or a directory of it may be lost"
        return None


def first_problem(events: list[Event], key: Path) -> str | None:
    """Cut the power after each event in turn."""
    disk = Disk()
    for event in events:
        disk.follow(event)
        disk.stored = event == ("stored",)  # the next write is not acknowledged yet
        if problem := disk.problem(key):
            return f"after {event}: {problem}"
    return None


def record(base: Path, directory: Path, *options: str) -> list[Event]:
    """Run the writer and note what it asks the system for below ``base``."""
    log = base / "strace.log"
    command = ["strace", "-f", "-y", "-s", "300", "-o", str(log), "-e", f"trace={CALLS}", *options]
    writer = [sys.executable, "-m", "tests.storage.durable_writer", str(directory)]
    done = subprocess.run([*command, *writer], cwd=ROOT, check=False, capture_output=True, text=True)
    assert options or done.returncode == 0, done.stderr
    calls = filter(None, map(CALL.search, log.read_text(errors="replace").splitlines()))
    return [event for call in calls if (event := parse(call[1], call[2], str(base)))]


def parse(name: str, arguments: str, base: str) -> Event | None:
    paths = [path for path in re.findall(QUOTED, arguments) if path.startswith(base)]
    opened = [found[1] for found in [OPENED.match(arguments)] if found]
    event: Event | None = None
    match name.removesuffix("2").removesuffix("at"):
        case "write" if arguments.startswith("1<") and "stored" in arguments:
            event = ("stored",)
        case "write" if opened and opened[0].startswith(base):
            event = ("wrote", *opened)
        case "fsync":
            event = ("synced", *opened)
        case "mkdir" if paths:
            event = ("made", *paths)
        case "open" if paths and "O_EXCL" in arguments:
            event = ("opened", *paths)
        case "link" | "rename" if len(paths) == 2:
            event = ("named", *paths)
    return event


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("strace"):
        pytest.skip("no strace, which records the order of system calls")
    if subprocess.run(["strace", "-o", "/dev/null", "true"], check=False, capture_output=True).returncode:
        pytest.skip("strace may trace nothing here")
    return tmp_path_factory.mktemp("power")


@pytest.fixture(scope="module")
def events(base: Path) -> list[Event]:
    """The writer's first run, which makes the directories, too."""
    return record(base, base / "first" / "some" / "store")


def test_a_power_cut_at_any_moment_leaves_whole_objects_and_all_that_were_reported_stored(
    base: Path, events: list[Event]
) -> None:
    kinds = [event[0] for event in events]
    assert kinds.count("stored") == kinds.count("named") == kinds.count("opened") == 3
    assert kinds.count("made") >= 3
    assert first_problem(events, base / "first/some/store" / KEY) is None


def test_no_sync_can_be_left_out(base: Path, events: list[Event]) -> None:
    key = base / "first/some/store" / KEY
    below = [n for n, event in enumerate(events) if event[0] == "synced" and base in Path(event[1]).parents]
    assert len(below) >= 8
    for left_out in below:
        assert first_problem(events[:left_out] + events[left_out + 1 :], key), events[left_out]


@pytest.mark.parametrize("killed_at", range(1, 8))
def test_what_a_writer_made_that_was_killed_before_a_sync_is_synced_by_the_next(base: Path, killed_at: int) -> None:
    store = base / f"killed-{killed_at}" / "some" / "store"
    before = record(base, store, "-e", f"inject=fsync:signal=SIGKILL:when={killed_at}")
    while before and before[-1][0] == "synced" and sum(event[0] == "synced" for event in before) >= killed_at:
        before.pop()
    assert ("stored",) not in before[-1:]
    assert first_problem([*before, *record(base, store)], store / KEY) is None


@pytest.mark.parametrize(
    ("answer", "path", "works"),
    [("EINVAL", "claims", True), ("EOPNOTSUPP", "claims", True), ("EIO", "claims", False), ("EINVAL", "", False)],
)
def test_a_directory_that_cannot_be_synced_does_and_a_file_does_not(
    base: Path, answer: str, path: str, works: bool
) -> None:
    """Some file systems answer EINVAL for directories; without a path every sync fails, those of files included."""
    store = base / f"answers-{answer}-{path}"
    record(base, store)
    only = ["-P", str(store / path)] if path else []
    injected = ["strace", "-f", "-o", "/dev/null", *only, "-e", f"inject=fsync:error={answer}"]
    writer = [sys.executable, "-m", "tests.storage.durable_writer", str(store)]
    done = subprocess.run([*injected, *writer], cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.stdout.count("stored") == 3) == works, done.stderr
