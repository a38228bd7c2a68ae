"""`.render/minio/start`, run for real: MinIO's own programs make a user who can serve the worker, and nothing else.

What the image brings besides is not tried here: its shell, and its `sleep`.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from storage import AccessDenied, StoreError
from storage.s3.store import S3Store
from tools.locks import ROOT

FOLDER = ROOT / ".render/minio"
READY_WITHIN = 60.0
BUCKET = "imagegen"
# As Render generates them: base64, with the two signs that mean something in an address.
ROOT_PASSWORD, PASSWORD = "r/o+" + secrets.token_hex(16) + "=", "w/o+" + secrets.token_hex(16) + "="

pytestmark = pytest.mark.skipif(
    not (shutil.which("minio") and shutil.which("mc")), reason="no minio and mc, MinIO's server and client, on PATH"
)


@dataclass
class Started:
    """A start of MinIO, and what it printed."""

    process: "subprocess.Popen[str]"
    port: int
    log: Path

    def store(self, user: str, password: str, bucket: str = BUCKET) -> S3Store:
        return S3Store(
            bucket, endpoint=f"http://127.0.0.1:{self.port}", access_key=user, secret_key=password, patience=0
        )

    def worker(self, password: str = PASSWORD) -> S3Store:
        return self.store("imagegen-worker", password)


@dataclass
class Disk:
    """A disk that outlives the starts of its MinIO."""

    folder: Path
    start: Path = field(default=FOLDER / "start")

    @contextmanager
    def starting(self, **changes: str) -> Iterator[Started]:
        """Run the start until it says that all is set up, or ends."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = self.folder / "start.log"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "MC_CONFIG_DIR": str(self.folder / "mc"),
            "MINIO_ADDRESS": "127.0.0.1",
            "MINIO_DATA": str(self.folder / "data"),
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
            "MINIO_BUCKET": BUCKET,
            "MINIO_ROOT_USER": "imagegen",
            "MINIO_ROOT_PASSWORD": ROOT_PASSWORD,
            "MINIO_WORKER_USER": "imagegen-worker",
            "MINIO_WORKER_PASSWORD": PASSWORD,
            "PORT": str(port),
        } | changes
        with log.open("w") as out:
            process = subprocess.Popen(["/bin/sh", str(self.start)], env=environment, stdout=out, stderr=out, text=True)
            try:
                _await(process, log)
                yield Started(process, port, log)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(READY_WITHIN)


def _await(process: "subprocess.Popen[str]", log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while process.poll() is None and "\nstart: " not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.05)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def test_the_worker_s_user_reads_lists_and_writes_in_its_bucket_and_does_nothing_else(disk: Disk) -> None:
    with disk.starting() as started:
        worker = started.worker()
        assert worker.create("probes/0123456789abcdef", b"seen", content_type="text/plain")
        assert worker.get("probes/0123456789abcdef") == b"seen"
        assert [found.key for found in worker.list("probes/").objects] == ["probes/0123456789abcdef"]
        with pytest.raises(AccessDenied):
            worker.delete("probes/0123456789abcdef")
        with pytest.raises(StoreError):
            started.store("imagegen-worker", PASSWORD, "another").create(
                "probes/0123456789abcdef", b"", content_type=""
            )
    assert started.process.returncode == 0, "a signal ends MinIO in good order"
    assert PASSWORD not in started.log.read_text()
    assert ROOT_PASSWORD not in started.log.read_text()


def test_a_whole_batch_is_made_and_shown_with_the_worker_s_rights(disk: Disk, tmp_path: Path) -> None:
    request = tmp_path / "batch.json"
    request.write_text(json.dumps([["A red fox", "A lighthouse"], ["gpt-image-2"], "neon", "bottom-bar", "inter"]))
    with disk.starting() as started:
        environment = os.environ | {
            "MINIO_ENDPOINT": f"http://127.0.0.1:{started.port}",
            "MINIO_ACCESS_KEY": "imagegen-worker",
            "MINIO_SECRET_KEY": PASSWORD,
            "MINIO_BUCKET": BUCKET,
        }
        for command in (["run", str(request), "--offline"], ["list"], ["verify"]):
            program = [sys.executable, "-m", "workflows.cli", *command]
            done = subprocess.run(program, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
    assert "no problems found" in done.stderr


def test_a_second_start_keeps_everything_and_a_changed_password_counts_from_then_on(disk: Disk) -> None:
    with disk.starting() as started:
        assert started.worker().create("probes/0123456789abcdef", b"kept", content_type="text/plain")
    with disk.starting() as started:
        assert started.worker().get("probes/0123456789abcdef") == b"kept"
    changed = secrets.token_hex(16)
    with disk.starting(MINIO_WORKER_PASSWORD=changed) as started:
        assert started.worker(changed).get("probes/0123456789abcdef") == b"kept"
        with pytest.raises(StoreError):
            started.worker().get("probes/0123456789abcdef")
    with disk.starting(MINIO_ROOT_PASSWORD=secrets.token_hex(16)) as started:
        assert started.worker().get("probes/0123456789abcdef") == b"kept", "root's password is nothing to the worker"


def test_minio_does_not_run_on_without_the_worker_s_user(disk: Disk) -> None:
    with disk.starting(MINIO_WORKER_PASSWORD="short") as started:
        assert started.process.wait(READY_WITHIN) == 1
    assert "the worker's user could not be set up; MinIO is stopped" in started.log.read_text()
    with socket.socket() as probe, pytest.raises(OSError, match="refused"):
        probe.connect(("127.0.0.1", started.port))
