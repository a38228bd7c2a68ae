"""Real S3 servers on loopback: moto (in this process), SeaweedFS (from its wheel) and MinIO (where there is one)."""

import logging
import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage import StoreError
from storage.s3.store import S3Store

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from types_boto3_s3.client import S3Client

READY_WITHIN = 30.0
"""Seconds; SeaweedFS takes one on an idle machine."""

MINIO_ENDPOINT = os.environ.get("MINIO_TEST_ENDPOINT", "")
_MINIO_KEYS = (
    os.environ.get("MINIO_TEST_ACCESS_KEY", "minioadmin"),
    os.environ.get("MINIO_TEST_SECRET_KEY", "minioadmin"),
)


@dataclass(frozen=True, slots=True)
class S3Server:
    """A server and the keys that it takes."""

    name: str
    endpoint: str
    access_key: str
    secret_key: str
    _shared: list["S3Client"] = field(default_factory=list, repr=False)

    @property
    def settings(self) -> dict[str, Any]:
        """What S3Store and open_store have to be told of it."""
        return {"endpoint": self.endpoint, "access_key": self.access_key, "secret_key": self.secret_key}

    def store(self, bucket: str = "", **changes: Any) -> S3Store:
        """A store in a bucket, by default one of its own; ``changes`` are S3Store's arguments."""
        store = S3Store(bucket or f"test-{secrets.token_hex(6)}", **(self.settings | changes))
        if not {*changes} - {"public_read"}:
            store._connect = self._client
        return store

    def _client(self) -> "S3Client":
        """One client for all stores that are set up alike: a tenth of a second of CPU saved for each."""
        if not self._shared:
            self._shared.append(S3Store("any", **self.settings)._connect())
        return self._shared[0]


@contextmanager
def moto() -> Iterator[S3Server]:
    """moto's server: conditions, metadata, pages and policies are right; keys and checksums are not looked at."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = _one_at_a_time(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield S3Server("moto", f"http://127.0.0.1:{server.port}", "testing", "testing")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _one_at_a_time(app: "WSGIApplication") -> "WSGIApplication":
    """Answer one request after the other: moto looks at a condition, and writes later without looking again."""
    lock = threading.Lock()

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        with lock:
            return list(app(environ, start_response))

    return answer


def weed() -> str | None:
    """The SeaweedFS program of this environment."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


@contextmanager
def seaweedfs(program: str, directory: Path) -> Iterator[S3Server]:
    """SeaweedFS: checks signatures, checksums and conditions."""
    s3, master, volume, filer, admin = ports = _free_ports(5)
    arguments = [
        program,
        f"-logdir={directory}",
        "mini",
        f"-dir={directory}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-s3.port={s3}",
        f"-master.port={master}",
        f"-volume.port={volume}",
        f"-filer.port={filer}",
        f"-admin.port={admin}",
        # Each bucket takes a volume of its own, and by default there are as many as gigabytes are free on the disk.
        "-volume.max=10000",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.autoCreateBucket=false",
        "-master.telemetry=false",
        "-webdav=false",
        "-admin.ui=false",
    ]
    server = S3Server("seaweedfs", f"http://127.0.0.1:{s3}", secrets.token_hex(8), secrets.token_hex(16))
    environment = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
    try:
        with _running(arguments, environment, directory, server):
            yield server
    finally:
        for port in ports:
            for left in Path("/tmp").glob(f"seaweedfs-*-{port + 10_000}.sock"):
                left.unlink(missing_ok=True)


@contextmanager
def minio(directory: Path) -> Iterator[S3Server]:
    """MinIO: the one at MINIO_TEST_ENDPOINT, else one of our own from the program on PATH."""
    if MINIO_ENDPOINT:
        yield S3Server("minio", MINIO_ENDPOINT, *_MINIO_KEYS)
        return
    api, console = _free_ports(2)
    addresses = ["--address", f"127.0.0.1:{api}", "--console-address", f"127.0.0.1:{console}"]
    server = S3Server("minio", f"http://127.0.0.1:{api}", secrets.token_hex(8), secrets.token_hex(16))
    environment = {
        "MINIO_ROOT_USER": server.access_key,
        "MINIO_ROOT_PASSWORD": server.secret_key,
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }
    with _running(["minio", "server", str(directory), *addresses], environment, directory, server):
        yield server


def no_minio() -> str | None:
    """Why there is no MinIO to test against, if there is none."""
    if MINIO_ENDPOINT or shutil.which("minio"):
        return None
    return "no MinIO: neither a minio program on PATH nor MINIO_TEST_ENDPOINT"


@contextmanager
def _running(arguments: list[str], environment: dict[str, str], directory: Path, server: S3Server) -> Iterator[None]:
    home = {"PATH": os.environ.get("PATH", ""), "HOME": str(directory)}
    with (directory / "server.log").open("wb") as log:
        process = subprocess.Popen(arguments, env=home | environment, cwd=directory, stdout=log, stderr=log)
        try:
            _await(server, process, directory / "server.log")
            yield
        finally:
            process.kill()  # its data goes with the test, so it need not tidy up
            process.wait()


def _await(server: S3Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    store = server.store("readiness", connect_timeout=1, read_timeout=2, patience=0)
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(StoreError):
            store.list("")
            return
        time.sleep(0.05)
    raise RuntimeError(f"{server.name} did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _free_ports(count: int) -> list[int]:
    """Ports that are free, and whose ten-thousands above are, which SeaweedFS takes for gRPC.

    Below Linux's range of ephemeral ports (from 32768), so that no outgoing connection is in the way.
    """
    found: list[int] = []
    dice = random.SystemRandom()
    while len(found) < count:
        port = dice.randrange(11_000, 22_000)
        if port not in found and _is_free(port) and _is_free(port + 10_000):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
