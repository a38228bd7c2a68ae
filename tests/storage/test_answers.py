"""Each answer of an S3 server, and each silence, becomes the store's error that says what to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import AccessDenied, StoreError, StoreMisconfigured, keys
from storage.s3.store import S3Store
from tests.doubles.scripted_server import Call, Reply, ScriptedServer

KEY = keys.original("a" * 64)


class AnsweringServer(ScriptedServer):
    """An S3 server that has one answer for every request."""

    def routed(self, method: str, call: Call) -> Reply | None:  # noqa: ARG002 - one answer, whatever is asked
        return self._always if isinstance(self._always, Reply) else None


@pytest.fixture
def server() -> Iterator[AnsweringServer]:
    with AnsweringServer() as running:
        yield running


def answer(status: int, code: str, **headers: str) -> Reply:
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, body, {"Content-Type": "application/xml", **named})


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (answer(400, "AuthorizationHeaderMalformed", x_amz_bucket_region="eu-west-1"), StoreMisconfigured, "eu-west-1"),
        (answer(403, "AccessDenied"), AccessDenied, "these credentials need s3:GetObject"),
        (answer(403, "SignatureDoesNotMatch"), AccessDenied, "check MINIO_SECRET_KEY"),
        (answer(400, "MethodNotAllowed"), StoreMisconfigured, "it cannot do that"),
    ],
    ids=["region", "permission", "signature", "unable"],
)
def test_an_answer_becomes_the_error_that_says_what_to_do(
    reply: Reply, kind: type[StoreError], said: str, server: AnsweringServer
) -> None:
    server.always(reply)
    store = S3Store("pictures", endpoint=server.url, access_key="key", secret_key="secret")
    with pytest.raises(kind, match=said):
        store.get(KEY)


def test_a_profile_that_is_not_there_is_the_machines_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "absent")
    with pytest.raises(StoreMisconfigured, match="AWS configuration"):
        S3Store("pictures", endpoint="http://127.0.0.1:9").get(KEY)


def test_a_machine_without_credentials_is_told_which_variables_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(AccessDenied, match="set MINIO_ACCESS_KEY and MINIO_SECRET_KEY"):
        S3Store("pictures", endpoint="http://127.0.0.1:9").get(KEY)
