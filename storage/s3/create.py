"""Creating an object in a bucket so that of all racing writers exactly one learns that it did.

A write is conditional (``If-None-Match: *``). A lost one is told from an own one that was answered twice by a token
in the object's metadata, so that the promise holds even when a connection breaks after the server has stored the
object, or when a proxy repeats the request.

A server that refuses conditions is asked before each write instead (head, then put); so is one that ignores them,
which shows at a process's first write. Such a server cannot promise one winner: of racing writers, and at that first
write, the last one's bytes stay. What is named by its content is right all the same.
"""

import logging
import secrets
from typing import TYPE_CHECKING, Any

from storage import headers
from storage.s3 import errors as s3_errors
from storage.store import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.exceptions import ClientError
    from types_boto3_s3.client import S3Client
    from types_boto3_s3.type_defs import HeadObjectOutputTypeDef, PutObjectOutputTypeDef

_TOKEN = "upload"  # noqa: S105 - a metadata name
_HONEST = ("AmazonS3", "MinIO", "SeaweedFS")
"""Servers, by their Server header, that are known to honour conditions; finding out costs others one request."""

_log = logging.getLogger(__name__)


class Creator:
    """Creates objects on one server, and remembers for the process whether it honours conditional writes."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._honours: bool | None = None

    def creation(self, request: Any) -> "Callable[[S3Client], bool]":
        """A creation as a call that may be repeated; ``request`` is a PutObject with ``Metadata``."""
        token = secrets.token_hex(8)
        marked = request | {"Metadata": request["Metadata"] | {_TOKEN: token}}
        return lambda client: self._create(client, marked, token)

    def _create(self, client: "S3Client", request: Any, token: str) -> bool:
        if self._honours is False:
            return _create_if_absent(client, request, token)
        try:
            answer = client.put_object(IfNoneMatch="*", **request)
        except _client_error() as error:
            if s3_errors.condition_refused(error):
                self._remember("refuses")
                return _create_if_absent(client, request, token)
            if not s3_errors.key_taken(error):
                raise
            self._honours = True
            return self._is_ours(client, request, token)
        if self._honours is None:
            self._find_out(client, request, answer)
        return True

    def _is_ours(self, client: "S3Client", request: Any, token: str) -> bool:
        """Whether the object in the way was stored by an earlier attempt of this very creation."""
        found = _found(client, request)
        if found is None:
            raise StoreUnavailable(f"{self._place} says that {request['Key']} is there, and that it is not")
        return _token(found) == token

    def _find_out(self, client: "S3Client", request: Any, answer: "PutObjectOutputTypeDef") -> None:
        """Learn whether conditions count, by writing the same bytes under the same key once more."""
        server = answer["ResponseMetadata"]["HTTPHeaders"].get("server", "")
        if server.startswith(_HONEST):
            self._honours = True
            return
        try:
            client.put_object(IfNoneMatch="*", **request)
        except _client_error() as error:
            if not s3_errors.key_taken(error):
                raise
            self._honours = True
        else:
            self._remember("ignores")

    def _remember(self, does: str) -> None:
        self._honours = False
        _log.warning("%s %s conditional writes: two runs at once may both pay for the same picture", self._place, does)


def described(found: "HeadObjectOutputTypeDef") -> dict[str, str]:
    """An object's metadata as it was given."""
    metadata = headers.decoded(found["Metadata"])
    metadata.pop(_TOKEN, None)
    return metadata


def _create_if_absent(client: "S3Client", request: Any, token: str) -> bool:
    if found := _found(client, request):
        return _token(found) == token
    client.put_object(**request)
    return True


def _found(client: "S3Client", request: Any) -> "HeadObjectOutputTypeDef | None":
    try:
        return client.head_object(Bucket=request["Bucket"], Key=request["Key"])
    except _client_error() as error:
        if s3_errors.status(error) == s3_errors.NOT_FOUND:
            return None
        raise


def _token(found: "HeadObjectOutputTypeDef") -> str | None:
    return headers.decoded(found["Metadata"]).get(_TOKEN)


def _client_error() -> "type[ClientError]":
    from botocore.exceptions import ClientError

    return ClientError
