"""Conditional writes to a bucket: of all racing writers exactly one learns that it won.

``create`` sends ``If-None-Match: *`` and ``swap`` sends ``If-Match: <ETag>``. A token in the object's metadata tells
a lost race from a write of our own whose answer was lost or that a proxy repeated.

For a server that does not honour a condition, the object is looked at before each write. Such a server cannot promise
one winner: of writers that race, the last one's bytes stay. What is named by its content is right all the same.
"""

import dataclasses
import logging
import secrets
from typing import TYPE_CHECKING, Any

from storage import headers
from storage.s3 import errors as s3_errors
from storage.store import Conditions, StoreUnavailable, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.exceptions import ClientError
    from types_boto3_s3.client import S3Client
    from types_boto3_s3.type_defs import HeadObjectOutputTypeDef

    Write = Callable[[S3Client], Version | None]

_TOKEN = "upload"  # noqa: S105 - a metadata name

_log = logging.getLogger(__name__)


class ConditionalWriter:
    """Creates and swaps objects on one server, by what is known of the conditions that it honours.

    ``conditions`` are taken to be honoured until the server refuses one or ``set_conditions`` says otherwise.
    ``server`` is the Server header of the last write's answer.
    """

    def __init__(self, place: str) -> None:
        self.conditions = Conditions(create=True, replace=True)
        self.server = ""
        self._place = place
        self._warned = False

    def prepare_create(self, request: Any) -> "Write":
        """Return a call that creates an object and may be repeated; ``request`` is a PutObject with ``Metadata``.

        The call returns the new object's version, or None when the key is taken.
        """
        marked, token = _mark(request)
        return lambda client: self._create(client, marked, token)

    def prepare_swap(self, request: Any, version: Version) -> "Write":
        """Return a call that replaces an object which still has ``version``; the call may be repeated.

        The call returns the new version, or None when the object has another version or is gone.
        """
        marked, token = _mark(request)
        return lambda client: self._swap(client, marked, version, token)

    def set_conditions(self, found: Conditions) -> None:
        """Go by ``found`` from now on, and warn once when a condition is not honoured."""
        self.conditions = found
        ignored = [
            header
            for header, honoured in (("If-None-Match", found.create), ("If-Match", found.replace))
            if not honoured
        ]
        if ignored and not self._warned:
            self._warned = True
            _log.warning(
                "%s does not honour conditional writes (%s): two runs at once may both pay for the same picture",
                self._place,
                ", ".join(ignored),
            )

    def _create(self, client: "S3Client", request: Any, token: str) -> Version | None:
        if not self.conditions.create:
            return self._create_if_absent(client, request, token)
        try:
            return self._put(client, request | {"IfNoneMatch": "*"})
        except _client_error() as error:
            if s3_errors.condition_refused(error):
                self.set_conditions(dataclasses.replace(self.conditions, create=False))
                return self._create_if_absent(client, request, token)
            if not s3_errors.condition_failed(error):
                raise
        found = _look(client, request)
        if found is None:
            raise StoreUnavailable(f"{self._place} says that {request['Key']} is there, and that it is not")
        return self._read_version(found) if _read_token(found) == token else None

    def _create_if_absent(self, client: "S3Client", request: Any, token: str) -> Version | None:
        if found := _look(client, request):
            return self._read_version(found) if _read_token(found) == token else None
        return self._put(client, request)

    def _swap(self, client: "S3Client", request: Any, version: Version, token: str) -> Version | None:
        if not self.conditions.replace:
            return self._swap_if_unchanged(client, request, version, token)
        try:
            return self._put(client, request | {"IfMatch": version})
        except _client_error() as error:
            if s3_errors.condition_refused(error):
                self.set_conditions(dataclasses.replace(self.conditions, replace=False))
                return self._swap_if_unchanged(client, request, version, token)
            if not (s3_errors.condition_failed(error) or s3_errors.object_missing(error)):
                raise
        found = _look(client, request)
        if found is None:
            return None
        if _read_token(found) != token and self._read_version(found) == version:
            raise StoreUnavailable(f"{self._place} says that {request['Key']} was changed, and that it was not")
        return self._read_version(found) if _read_token(found) == token else None

    def _swap_if_unchanged(self, client: "S3Client", request: Any, version: Version, token: str) -> Version | None:
        found = _look(client, request)
        if found and _read_token(found) == token:
            return self._read_version(found)
        if found is None or self._read_version(found) != version:
            return None
        return self._put(client, request)

    def _put(self, client: "S3Client", request: Any) -> Version:
        answer = client.put_object(**request)
        self.server = read_server(answer)
        return self._read_version(answer)

    def _read_version(self, answer: "Mapping[str, Any]") -> Version:
        if not answer.get("ETag"):
            raise StoreUnavailable(f"{self._place} broke off its answer before ETag")
        return Version(answer["ETag"])


def read_metadata(found: "HeadObjectOutputTypeDef") -> dict[str, str]:
    """Return an object's metadata as it was given."""
    metadata = headers.decode_metadata(found["Metadata"])
    metadata.pop(_TOKEN, None)
    return metadata


def read_server(answer: "Mapping[str, Any]") -> str:
    """Return the Server header of an answer, empty when there is none."""
    return str(answer["ResponseMetadata"].get("HTTPHeaders", {}).get("server", ""))[:200]


def _mark(request: Any) -> tuple[Any, str]:
    token = secrets.token_hex(8)
    return request | {"Metadata": request.get("Metadata", {}) | {_TOKEN: token}}, token


def _look(client: "S3Client", request: Any) -> "HeadObjectOutputTypeDef | None":
    try:
        return client.head_object(Bucket=request["Bucket"], Key=request["Key"])
    except _client_error() as error:
        if s3_errors.status(error) == s3_errors.NOT_FOUND:
            return None
        raise


def _read_token(found: "HeadObjectOutputTypeDef") -> str | None:
    return headers.decode_metadata(found["Metadata"]).get(_TOKEN)


def _client_error() -> "type[ClientError]":
    from botocore.exceptions import ClientError

    return ClientError
