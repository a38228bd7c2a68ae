"""Each failure that botocore raises becomes the one error of the store that says where, what and what to do."""

from typing import Any

import pytest
from botocore import exceptions as raised
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from storage import AccessDenied, ObjectNotFound, StoreError, StoreMisconfigured, StoreUnavailable
from storage.s3 import errors
from storage.s3.errors import BucketMissing, Place

PLACE = Place("pictures", "https://minio.example.com")
AT = "bucket 'pictures' at https://minio.example.com"
GET, PUT = "s3:GetObject", "s3:PutObject"


def answer(status: int, code: str = "", message: str = "", *, region: str = "", **headers: str) -> ClientError:
    error = {"Code": code, "Message": message} | ({"Region": region} if region else {})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response: Any = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": named}}
    return ClientError(response, "AnyOperation")


def translated(error: Exception, permission: str = GET, key: str = "images/a") -> tuple[type[StoreError], str]:
    found = errors.translate(error, PLACE, permission, key)
    return type(found), str(found)


READ_RIGHTS = "these credentials need s3:GetObject, and s3:ListBucket, without which absent objects look forbidden"
READ = "s3:GetObject on images/a"
MAKE_RIGHTS = "there is no such bucket yet: create it yourself, or give these credentials s3:CreateBucket"


@pytest.mark.parametrize(
    ("permission", "error", "kind", "said"),
    [
        (GET, answer(404, "NoSuchBucket"), BucketMissing, f"there is no {AT}"),
        (GET, answer(400, "AuthorizationHeaderMalformed"), StoreMisconfigured, f"{AT} is in another region: set MINIO"),
        (GET, answer(301), StoreMisconfigured, f"{AT} is in another region: set MINIO_REGION"),
        (GET, answer(307, region="eu-west-1"), StoreMisconfigured, "another region (eu-west-1): set MINIO_REGION"),
        (GET, answer(301, x_amz_bucket_region="eu-west-2"), StoreMisconfigured, "another region (eu-west-2): set"),
        (GET, answer(301, region="x" * 99), StoreMisconfigured, f"another region ({'x' * 40}): set"),
        (GET, answer(403, "AccessDenied"), AccessDenied, f"refused {READ} (AccessDenied): {READ_RIGHTS}"),
        (
            PUT,
            answer(401),
            AccessDenied,
            f"{AT} refused s3:PutObject on images/a (401): these credentials need s3:PutO",
        ),
        ("s3:CreateBucket", answer(403), AccessDenied, f"(403): {MAKE_RIGHTS}"),
        (GET, answer(400, "ExpiredToken"), AccessDenied, "(ExpiredToken): the session token has expired: renew it"),
        (GET, answer(404), ObjectNotFound, f"there is nothing for s3:GetObject on images/a in {AT}"),
        (PUT, answer(404), StoreUnavailable, f"{AT} answered 404  to s3:PutObject on images/a"),
        (PUT, answer(409, "OperationAborted"), StoreUnavailable, f"{AT} answered 409 OperationAborted to s3:PutObject"),
        (PUT, answer(412), StoreUnavailable, "answered 412"),
        (PUT, answer(429), StoreUnavailable, "answered 429"),
        (PUT, answer(400, "ThrottlingException"), StoreUnavailable, "answered 400 ThrottlingException"),
        (PUT, answer(500), StoreUnavailable, "answered 500"),
        (PUT, answer(503, "SlowDown"), StoreUnavailable, "answered 503 SlowDown"),
        (PUT, answer(501, "NotImplemented"), StoreMisconfigured, f"{AT} answered 501 NotImplemented to s3:PutObject"),
        (PUT, answer(499), StoreMisconfigured, "answered 499  to s3:PutObject on images/a: it cannot do that"),
    ],
)
def test_an_answer_becomes_one_error_and_one_sentence(
    permission: str, error: ClientError, kind: type[StoreError], said: str
) -> None:
    found, message = translated(error, permission)
    assert (found, said in message) == (kind, True), message


PROFILE = "the AWS configuration of this machine is wrong"
UNFETCHED = f"no credentials for {AT}: they could not be fetched (CredentialRetrievalError)"
UNTRUSTED = f"{AT} has no certificate that this machine trusts, or does not speak TLS"
SILENT = f"{AT} did not answer s3:GetObject on images/a"
URL = "https://minio.example.com"


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (raised.NoCredentialsError(), AccessDenied, f"no credentials for {AT}: set MINIO_ACCESS_KEY and MINIO_SECRET"),
        (raised.ProfileNotFound(profile="mine"), StoreMisconfigured, f"{PROFILE}: The config profile (mine)"),
        (raised.CredentialRetrievalError(provider="p", error_msg="secret"), AccessDenied, UNFETCHED),
        (raised.SSLError(endpoint_url=URL, error=OSError("CERTIFICATE_VERIFY_FAILED")), StoreMisconfigured, UNTRUSTED),
        (raised.SSLError(endpoint_url=URL, error=OSError("WRONG_VERSION_NUMBER")), StoreMisconfigured, UNTRUSTED),
        (raised.SSLError(endpoint_url=URL, error=OSError("EOF")), StoreUnavailable, f"{SILENT} (SSLError)"),
        (raised.NoRegionError(), StoreMisconfigured, f"s3:GetObject on images/a in {AT} cannot be asked for: You must"),
        (raised.ConnectTimeoutError(endpoint_url=URL), StoreUnavailable, f"{SILENT} (no connection in time)"),
        (raised.ReadTimeoutError(endpoint_url=URL), StoreUnavailable, f"{SILENT} (connected, but no answer in time)"),
        (raised.EndpointConnectionError(endpoint_url=URL), StoreUnavailable, f"{SILENT} (nothing listens there)"),
        (raised.ConnectionClosedError(endpoint_url=URL), StoreUnavailable, f"{SILENT} (the connection broke)"),
        (HTTPError("…"), StoreUnavailable, f"{SILENT} (HTTPError)"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_a_silence_becomes_one_error_and_one_sentence(error: Exception, kind: type[StoreError], said: str) -> None:
    found, message = translated(error)
    assert (found, said in message) == (kind, True), message
    assert "secret" not in message


def test_a_request_without_an_object_is_named_by_its_permission_alone() -> None:
    assert translated(answer(501), "s3:ListBucket", "")[1] == f"{AT} answered 501  to s3:ListBucket: it cannot do that"


def test_an_answer_without_a_body_or_headers_is_an_answer() -> None:
    bare = ClientError({}, "AnyOperation")
    assert (errors.code(bare), errors.status(bare), errors.condition_refused(bare)) == ("", 0, False)
    assert translated(bare) == (StoreMisconfigured, f"{AT} answered 0  to s3:GetObject on images/a: it cannot do that")


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (answer(501), True),
        (answer(400, "InvalidRequest", "If-None-Match is not supported"), True),
        (answer(400, "InvalidArgument", "header IF_MATCH"), True),
        (answer(400, "InvalidRequest", "no"), False),
        (answer(400, "AccessDenied", "If-Match"), False),
        (answer(412, "PreconditionFailed"), False),
    ],
)
def test_a_condition_counts_as_refused_only_when_the_server_names_it_or_cannot_do_it(
    error: ClientError, *, refused: bool
) -> None:
    assert errors.condition_refused(error) is refused


def test_a_failed_condition_and_a_missing_object_are_told_from_a_missing_bucket() -> None:
    assert errors.condition_failed(answer(412))
    assert not errors.condition_failed(answer(404))
    assert errors.object_missing(answer(404, "NoSuchKey"))
    assert not errors.object_missing(answer(404, "NoSuchBucket"))
    assert not errors.object_missing(answer(403))


def test_all_that_the_client_and_its_body_raise_is_caught() -> None:
    kinds = errors.library_errors()
    assert all(issubclass(kind, kinds) for kind in (ClientError, raised.NoRegionError, ResponseParserError, HTTPError))
