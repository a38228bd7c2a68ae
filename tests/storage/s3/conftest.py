"""A bucket on a real server, and the way to it through a network that breaks."""

from collections.abc import Iterator
from hashlib import sha256
from random import Random

import pytest

from storage import keys
from storage.s3.store import S3Store
from tests.doubles.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.doubles.s3_servers import S3Server

SEED = 20_261_123
ON_READS = (
    Fault.SERVER_ERROR,
    Fault.SLOW_DOWN,
    Fault.TRUNCATED,
    Fault.TRUNCATED_HEADERS,
    Fault.RESET_AFTER_COMMIT,
    Fault.STALL,
)
JPEG, JSON = "image/jpeg", "application/json"
CLAIM = keys.claim(sha256(b"swapped").hexdigest())
PATIENT = {"connect_timeout": 2.0, "read_timeout": 0.5}


def picture(number: int) -> tuple[str, bytes]:
    data = Random(number).randbytes(30_000)
    return keys.image(keys.content_hash(data)), data


@pytest.fixture
def network(seaweedfs: S3Server) -> Iterator[FaultProxy]:
    with fault_proxy(seaweedfs.endpoint) as proxy:
        yield proxy


@pytest.fixture
def direct(seaweedfs: S3Server, request: pytest.FixtureRequest) -> S3Store:
    """A store on the server itself, whose bucket is there and has the same name in every run, as seeds need it."""
    store = seaweedfs.store("faults-" + sha256(request.node.name.encode()).hexdigest()[:12])
    store.create(keys.original("0" * 64), b"makes the bucket", content_type=JPEG)
    return store


@pytest.fixture
def disturbed(seaweedfs: S3Server, network: FaultProxy, direct: S3Store) -> S3Store:
    """The same bucket through the proxy."""
    return seaweedfs.store(direct.location.removeprefix("s3://"), endpoint=network.url, **PATIENT)
