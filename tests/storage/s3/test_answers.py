"""Each answer of an S3 server, and each silence, becomes the store's error that says what to do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from storage import AccessDenied, ObjectNotFound, StoreError, StoreMisconfigured, StoreUnavailable, keys
from storage.s3.store import S3Store
from tests.doubles.provider.scripted_server import Call, Reply, ScriptedServer

KEY = keys.original("a" * 64)


class AnsweringServer(ScriptedServer):
    """An S3 server that has one answer for every request. ``asked`` is the last one's path."""

    asked = ""

    def routed(self, method: str, call: Call) -> Reply | None:  # noqa: ARG002 - one answer, whatever is asked
        self.asked = call.path
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


def told(**headers: str) -> Reply:
    """The answer to a HEAD, with these headers."""
    return Reply(200, b"", {name.replace("_", "-"): value for name, value in headers.items()})


READING = "broke off its answer before LastModified; gave up after 1 attempts in "
LISTING = r"refused s3:ListBucket \(AccessDenied\): these credentials need s3:ListBucket"
OBJECT = f"<Key>{KEY}</Key><Size>7</Size><LastModified>2026-11-28T12:00:00+02:00</LastModified>"


MODIFIED = "Sat, 28 Nov 2026 10:00:00 GMT"


def open_store(server: AnsweringServer, patience: float = 0.0) -> S3Store:
    return S3Store("pictures", endpoint=server.url, access_key="key", secret_key="secret", patience=patience)


def test_all_that_a_server_tells_of_an_object_is_passed_on(server: AnsweringServer) -> None:
    server.always(told(Content_Length="0", Last_Modified=MODIFIED, Content_Type="image/jpeg", Cache_Control="no-store"))
    found = open_store(server).head(KEY)
    at = datetime(2026, 11, 28, 10, tzinfo=UTC)
    assert (found.key, found.size, found.modified, found.content_type) == (KEY, 0, at, "image/jpeg")
    assert (found.modified.utcoffset(), found.cache_control) == (timedelta(0), "no-store")


def test_what_a_server_does_not_tell_is_empty(server: AnsweringServer) -> None:
    server.always(told(Content_Length="0", Last_Modified=MODIFIED))
    found = open_store(server).head(KEY)
    assert (found.content_type, found.cache_control) == ("", "")


def test_an_answer_that_broke_off_before_the_date_is_no_answer(server: AnsweringServer) -> None:
    server.always(told(Content_Length="0"))
    with pytest.raises(StoreUnavailable, match=READING):
        open_store(server).head(KEY)


def test_an_object_that_is_absent_is_named(server: AnsweringServer) -> None:
    server.always(Reply(404))
    with pytest.raises(ObjectNotFound, match=f"there is no {KEY} in bucket 'pictures'"):
        open_store(server).head(KEY)


def test_who_may_not_list_is_told_which_right_is_missing(server: AnsweringServer) -> None:
    server.always(answer(403, "AccessDenied"))
    with pytest.raises(AccessDenied, match=LISTING):
        open_store(server).list("originals/")


def test_a_bucket_that_is_absent_is_empty(server: AnsweringServer) -> None:
    server.always(answer(404, "NoSuchBucket"))
    page = open_store(server).list("originals/")
    assert (page.objects, page.next) == ((), None)


def test_a_page_has_a_thousand_objects_and_their_dates_in_utc(server: AnsweringServer) -> None:
    listed = (
        f"<Contents><Key>{KEY}</Key><Size>7</Size><LastModified>2026-11-28T12:00:00+02:00</LastModified></Contents>"
    )
    body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{listed}</ListBucketResult>".encode()
    server.always(Reply(200, body, {"Content-Type": "application/xml"}))
    (found,) = open_store(server).list("originals/").objects
    assert found.modified.isoformat() == "2026-11-28T10:00:00+00:00"
    assert parse_qs(urlsplit(server.asked).query)["max-keys"] == ["1000"]


def test_a_link_lives_as_long_as_it_is_asked_to(server: AnsweringServer) -> None:
    link = urlsplit(open_store(server).url(KEY, life=timedelta(minutes=7)))
    assert parse_qs(link.query)["X-Amz-Expires"] == ["420"]
