"""The client asks once, within its timeouts, the place that it was given; and a bucket is made where its region is."""

import json
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from storage.s3 import bucket
from storage.s3.client import connect

MINIO: dict[str, Any] = {"endpoint": "http://127.0.0.1:9000", "access_key": "mine", "secret_key": "hidden"}
AWS: dict[str, Any] = {"endpoint": "", "access_key": "mine", "secret_key": "hidden"}
TIMES: dict[str, Any] = {"connect_timeout": 1.5, "read_timeout": 2.5}


def opened(place: dict[str, Any], region: str = "") -> Any:
    return connect(**place, **TIMES, region=region)


class Answers:
    """Answers of AWS to a client, given before anything is sent; it keeps what was asked."""

    def __init__(self, client: Any, status: int, code: str = "") -> None:
        self.asked: list[AWSRequest] = []
        self._answer = status, f"<Error><Code>{code}</Code></Error>".encode() if code else b""
        client.meta.events.register("before-send.s3", self._give)

    def _give(self, request: AWSRequest, **_: object) -> AWSResponse:
        self.asked.append(request)
        status, body = self._answer
        answer: Any = AWSResponse(str(request.url), status, HTTPHeaders(), None)
        answer._content = body
        return cast("AWSResponse", answer)


def test_a_client_of_a_server_on_this_machine_is_set_up_as_the_store_needs_it() -> None:
    client = opened(MINIO)
    config = client.meta.config
    assert (client.meta.endpoint_url, client.meta.region_name) == ("http://127.0.0.1:9000", "us-east-1")
    assert (config.signature_version, config.s3["addressing_style"], config.proxies) == ("s3v4", "path", {})
    assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (1.5, 2.5, 64)
    assert (config.retries["mode"], config.retries["total_max_attempts"]) == ("standard", 1)
    assert config.request_checksum_calculation == "when_required"
    assert not hasattr(client, "upload_file")


def test_a_client_of_aws_uses_the_bucket_as_a_host_and_the_proxies_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = opened(AWS, "eu-west-1")
    assert client.meta.config.s3["addressing_style"] == "virtual"
    assert client.meta.config.proxies is None
    assert client.meta.endpoint_url == "https://s3.eu-west-1.amazonaws.com"
    assert opened(AWS).meta.region_name == "us-east-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    assert opened({**AWS, "access_key": "", "secret_key": ""}).meta.region_name == "eu-west-3"
    assert opened(MINIO).meta.region_name == "us-east-1"


def test_where_keys_are_given_the_machines_own_aws_configuration_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "absent")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    assert opened(AWS, "eu-west-1").meta.endpoint_url == "https://s3.eu-west-1.amazonaws.com"
    assert opened(MINIO).meta.endpoint_url == "http://127.0.0.1:9000"


def test_a_request_is_sent_once_with_the_keys_that_were_given() -> None:
    client = opened(MINIO)
    answers = Answers(client, 503, "SlowDown")
    with pytest.raises(ClientError):
        client.list_objects_v2(Bucket="pictures")
    (asked,) = answers.asked
    assert b"Credential=mine/" in asked.headers["Authorization"]


@pytest.mark.parametrize(
    ("place", "region", "constraint"),
    [(AWS, "eu-west-1", "eu-west-1"), (AWS, "us-east-1", ""), (MINIO, "eu-west-1", "")],
    ids=["elsewhere", "at home", "on MinIO"],
)
def test_a_bucket_is_made_in_the_clients_region(place: dict[str, Any], region: str, constraint: str) -> None:
    client = opened(place, region)
    answers = Answers(client, 200)
    assert bucket.create(client, "pictures")
    (asked,) = answers.asked
    body: Any = asked.body or b""
    assert "pictures" in str(asked.url)
    assert (b"<LocationConstraint>" in body, constraint.encode() in body) == (bool(constraint), True)


@pytest.mark.parametrize("code", ["BucketAlreadyOwnedByYou", "BucketAlreadyExists"])
def test_a_bucket_that_another_writer_made_just_before_was_not_made_here(code: str) -> None:
    client = opened(MINIO)
    Answers(client, 409, code)
    assert bucket.create(client, "pictures") is False


def test_a_bucket_that_may_not_be_made_is_an_error() -> None:
    client = opened(MINIO)
    Answers(client, 403, "AccessDenied")
    with pytest.raises(ClientError, match="AccessDenied"):
        bucket.create(client, "pictures")


def test_pictures_are_opened_to_everybody_for_reading_and_nothing_else() -> None:
    client = opened(MINIO)
    answers = Answers(client, 204)
    bucket.open_pictures(client, "pictures")
    (asked,) = answers.asked
    assert urlsplit(str(asked.url)).query == "policy"
    opened_keys = [f"arn:aws:s3:::pictures/{name}" for name in ("images/*", "thumbnails/*", "batches/*/index.html")]
    everybody = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"], "Resource": opened_keys}
    assert json.loads(asked.body) == {"Version": "2012-10-17", "Statement": [everybody]}
