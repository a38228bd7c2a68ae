"""A real MinIO, and users of it that may do what a policy says and nothing else."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.doubles import s3_servers
from tests.doubles.s3_servers import S3Server
from workflows import cli

Policy = dict[str, Any]
Restrict = Callable[[Policy], None]


@pytest.fixture(scope="session")
def minio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    if reason := s3_servers.no_minio():
        pytest.skip(reason)
    with s3_servers.minio(tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture
def restrict(minio: S3Server, monkeypatch: pytest.MonkeyPatch) -> Restrict:
    """Let this process's credentials be those of a user of MinIO with this policy."""
    import boto3

    sts = boto3.client(
        "sts",
        endpoint_url=minio.endpoint,
        region_name="us-east-1",
        aws_access_key_id=minio.access_key,
        aws_secret_access_key=minio.secret_key,
    )

    def become(policy: Policy) -> None:
        role = {"RoleArn": "arn:aws:iam::1:role/ignored", "RoleSessionName": "restricted"}
        given = sts.assume_role(Policy=json.dumps(policy), **role)["Credentials"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", given["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", given["SecretAccessKey"])
        monkeypatch.setenv("AWS_SESSION_TOKEN", given["SessionToken"])
        monkeypatch.setenv("MINIO_ENDPOINT", minio.endpoint)

    return become


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["imagegen", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    return run
