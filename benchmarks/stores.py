"""The stores that are measured with: a directory, and an S3 server in a process of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.doubles.s3_servers import S3Server, moto, seaweedfs, weed


@contextmanager
def directory() -> Iterator[Path]:
    """An empty directory."""
    with tempfile.TemporaryDirectory(prefix="bench-") as path:
        yield Path(path)


@contextmanager
def s3() -> Iterator[S3Server]:
    """SeaweedFS; where its program is missing, moto, in this process."""
    program = weed()
    with directory() as path, seaweedfs(program, path) if program else moto() as server:
        yield server


def variables(server: S3Server, bucket: str = "benchmark") -> dict[str, str]:
    """The variables that lead a worker to a bucket on ``server``."""
    return {
        "MINIO_ENDPOINT": server.endpoint,
        "MINIO_ACCESS_KEY": server.access_key,
        "MINIO_SECRET_KEY": server.secret_key,
        "MINIO_BUCKET": bucket,
    }
