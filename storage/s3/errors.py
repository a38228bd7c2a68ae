"""Translation of what botocore raises into the store's errors, in words that name the place and the remedy."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from storage.store import AccessDenied, ObjectNotFound, StoreError, StoreMisconfigured, StoreUnavailable

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_PASSING = {
    "BadDigest",  # the body was damaged on its way
    "ConditionalRequestConflict",
    "IncompleteBody",
    "OperationAborted",
    "RequestTimeout",
    "SlowDown",
    "Throttling",
    "TooManyRequests",
    "XAmzContentSHA256Mismatch",
}
_REGION = {"AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"}
_DENIED = {
    "ExpiredToken": "the session token has expired: renew it",
    "InvalidAccessKeyId": "the server does not know the access key: check MINIO_ACCESS_KEY",
    "RequestTimeTooSkewed": "this machine's clock is off by more than 15 minutes: set it",
    "SignatureDoesNotMatch": "the signature is wrong: check MINIO_SECRET_KEY (and MINIO_REGION)",
}
_WRITES = {"s3:PutObject", "s3:CreateBucket"}
"""Operations that never rightly answer 404, nor 412 without a condition: such an answer is a proxy's, or passes."""
NOT_FOUND = 404
_CONFLICT, _PRECONDITION, _TOO_MANY, _NOT_IMPLEMENTED = 409, 412, 429, 501


class BucketMissing(StoreMisconfigured):
    """There is no such bucket."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place that requests go to, for messages."""

    bucket: str
    endpoint: str

    def __str__(self) -> str:
        return f"bucket {self.bucket!r} at {self.endpoint}"


def library_errors() -> tuple[type[Exception], ...]:
    """Return all that a botocore client and the body that it returns are known to raise."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError
    from urllib3.exceptions import HTTPError

    return BotoCoreError, ClientError, ResponseParserError, HTTPError


def translate(error: Exception, place: Place, permission: str, key: str) -> StoreError:
    """Return the store's error for a library's.

    ``permission`` is the IAM action that was used, ``key`` the object that it was used on, if any.
    """
    from botocore.exceptions import ClientError

    what = f"{permission} on {key}" if key else permission
    if isinstance(error, ClientError):
        return _translate_answer(error, place, permission, what)
    return _translate_silence(error, place, what)


def code(error: "ClientError") -> str:
    """Return the server's own word for what is wrong; a HEAD has no body and so only a number."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status(error: "ClientError") -> int:
    """Return the HTTP status."""
    return int(_read_metadata(error).get("HTTPStatusCode", 0))


def condition_failed(error: "ClientError") -> bool:
    """Tell if a conditional write was turned down because its condition does not hold."""
    return status(error) == _PRECONDITION


def object_missing(error: "ClientError") -> bool:
    """Tell if there is no object under the key, in a bucket that is there."""
    return status(error) == NOT_FOUND and code(error) != "NoSuchBucket"


def condition_refused(error: "ClientError") -> bool:
    """Tell if the server says that it does not do conditional writes."""
    message = str(error.response.get("Error", {}).get("Message", "")).lower()
    named = any(header in message.replace("_", "-") for header in ("if-none-match", "if-match"))
    return (named and code(error) in ("InvalidRequest", "InvalidArgument")) or status(error) == _NOT_IMPLEMENTED


def _translate_answer(error: "ClientError", place: Place, permission: str, what: str) -> StoreError:
    said, number = code(error), status(error)
    if said == "NoSuchBucket":
        return BucketMissing(f"there is no {place}")
    if said in _REGION or number in (301, 307):
        return StoreMisconfigured(f"{place} is in another region{_read_region(error)}: set MINIO_REGION")
    if number in (401, 403) or said in _DENIED:
        why = _DENIED.get(said) or _explain_permission(permission)
        return AccessDenied(f"{place} refused {what} ({said or number}): {why}")
    if number == NOT_FOUND and permission not in _WRITES:
        return ObjectNotFound(f"there is nothing for {what} in {place}")
    if _is_passing(said, number):
        return StoreUnavailable(f"{place} answered {number} {said} to {what}")
    return StoreMisconfigured(f"{place} answered {number} {said} to {what}: it cannot do that")


def _is_passing(said: str, number: int) -> bool:
    busy = number in (NOT_FOUND, _CONFLICT, _PRECONDITION, _TOO_MANY) or said.startswith(tuple(_PASSING))
    return busy or (number >= 500 and number != _NOT_IMPLEMENTED)  # noqa: PLR2004 - where server errors begin


def _explain_permission(permission: str) -> str:
    if permission == "s3:GetObject":
        return "these credentials need s3:GetObject, and s3:ListBucket, without which absent objects look forbidden"
    if permission == "s3:CreateBucket":
        return "there is no such bucket yet: create it yourself, or give these credentials s3:CreateBucket"
    if permission == "s3:PutObject":
        return "these credentials need s3:PutObject, and s3:GetObject, without which conditional writes are refused"
    return f"these credentials need {permission}"


def _translate_silence(error: Exception, place: Place, what: str) -> StoreError:
    from botocore import exceptions as raised

    match error:
        case raised.NoCredentialsError() | raised.PartialCredentialsError():
            return AccessDenied(f"no credentials for {place}: set MINIO_ACCESS_KEY and MINIO_SECRET_KEY")
        case raised.ProfileNotFound() | raised.ConfigNotFound() | raised.ConfigParseError():
            return StoreMisconfigured(f"the AWS configuration of this machine is wrong: {error}")
        case raised.CredentialRetrievalError() | raised.TokenRetrievalError() | raised.SSOError():
            return AccessDenied(f"no credentials for {place}: they could not be fetched ({type(error).__name__})")
        case raised.SSLError() if "CERTIFICATE_VERIFY_FAILED" in str(error) or "WRONG_VERSION" in str(error):
            return StoreMisconfigured(f"{place} has no certificate that this machine trusts, or does not speak TLS")
        case raised.ParamValidationError() | raised.InvalidRegionError() | raised.NoRegionError():
            return StoreMisconfigured(f"{what} in {place} cannot be asked for: {error}")
    return StoreUnavailable(f"{place} did not answer {what} ({_explain_silence(error)})")


def _explain_silence(error: Exception) -> str:
    from botocore import exceptions as raised

    match error:
        case raised.ConnectTimeoutError():
            return "no connection in time"
        case raised.ReadTimeoutError():
            return "connected, but no answer in time"
        case raised.EndpointConnectionError():
            return "nothing listens there"
        case raised.IncompleteReadError() | raised.ResponseStreamingError() | raised.ConnectionClosedError():
            return "the connection broke"
    return type(error).__name__


def _read_region(error: "ClientError") -> str:
    header = _read_metadata(error).get("HTTPHeaders", {}).get("x-amz-bucket-region")
    named = header or error.response.get("Error", {}).get("Region")
    return f" ({str(named)[:40]})" if named else ""


def _read_metadata(error: "ClientError") -> dict[str, Any]:
    return dict(error.response.get("ResponseMetadata", {}))
