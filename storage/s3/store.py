"""The S3 store: AWS, MinIO and whatever else speaks S3 at an endpoint. One bucket, one client a process.

Every write carries a SHA-256 that the server checks, and every call is repeated within one bounded policy while its
failure is a passing one. No exception of botocore's gets out.
"""

import base64
import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import quote

import tenacity

from storage import headers, keys
from storage.s3 import bucket as s3_bucket
from storage.s3 import client as s3_client
from storage.s3 import conditional as s3_conditional
from storage.s3 import errors as s3_errors
from storage.s3 import probe as s3_probe
from storage.store import (
    URL_LIFE,
    AccessDenied,
    Conditions,
    ObjectInfo,
    ObjectNotFound,
    Page,
    StoreError,
    StoreMisconfigured,
    StoreUnavailable,
    Version,
    Versioned,
)

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

T = TypeVar("T")

ATTEMPTS = 6
PATIENCE = 60.0
"""Seconds after which no further attempt is begun; the one that is under way has its own timeouts."""

_log = logging.getLogger(__name__)


class S3Store:
    """Objects in one bucket, which is created, private, by the first write when it is absent.

    ``endpoint``, ``access_key``, ``secret_key`` and ``region`` may be empty: AWS, its credential chain and region.
    ``public_base_url`` is what links start with instead of being presigned. ``public_read`` opens the pictures of a
    bucket that this store creates to everybody, and their links are its plain addresses; a bucket that was there is
    never changed. Timeouts are in seconds.
    """

    def __init__(
        self,
        bucket: str,
        *,
        endpoint: str = "",
        access_key: str = "",
        secret_key: str = "",
        region: str = "",
        public_base_url: str = "",
        public_read: bool = False,
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        patience: float = PATIENCE,
    ) -> None:
        self._bucket = bucket
        self._place = s3_errors.Place(bucket, endpoint or "AWS S3")
        self._public_base_url = public_base_url.rstrip("/")
        self._public_read = public_read
        self._endpoint = endpoint.rstrip("/")
        self._patience = patience
        self._connect: Callable[[], S3Client] = lambda: s3_client.connect(
            endpoint=endpoint,
            access_key=access_key,
            secret_key=secret_key,
            region=region,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
        )
        self._connected: S3Client | None = None
        self._connecting = threading.Lock()
        self._making_bucket = threading.Lock()
        self._bucket_made = False
        self._writer = s3_conditional.ConditionalWriter(str(self._place))
        self._probing = threading.Lock()
        self._probed = False

    @property
    def location(self) -> str:
        """``s3://bucket``."""
        return f"s3://{self._bucket}"

    def require_writable(self, *, room: int = 0) -> None:
        """Ask nothing: a bucket that refuses says so to the first request, which a batch makes before it spends."""

    def create(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Version | None:
        """Store a new object and return its version; return None when the key is taken."""
        request = self._describe_put(key, data, content_type) | {"Metadata": headers.encode_metadata(metadata or {})}
        return self._call_writing(key, self._writer.prepare_create(request))

    def swap(self, key: str, data: bytes, *, version: Version, content_type: str) -> Version | None:
        """Replace an object that still has ``version`` and return the new version; else return None."""
        swap = self._writer.prepare_swap(self._describe_put(key, data, content_type), version)
        try:
            return self._call("s3:PutObject", key, swap)
        except s3_errors.BucketMissing:
            return None

    def replace(self, key: str, data: bytes, *, content_type: str) -> None:
        """Store a mutable object over whatever is there."""
        request = self._describe_put(key, data, content_type)
        self._call_writing(key, lambda client: client.put_object(**request))

    def read(self, key: str) -> Versioned:
        """Return the object's bytes and their version. Raises ObjectNotFound."""
        return self._fetch(key)[0]

    def get(self, key: str) -> bytes:
        """Return the object's bytes. Raises ObjectNotFound."""
        return self._fetch(key)[0].data

    def head(self, key: str) -> ObjectInfo:
        """Return what the server knows of the object. Raises ObjectNotFound."""

        def look(client: "S3Client") -> ObjectInfo:
            found = client.head_object(**self._describe_object(key))
            self._check_whole(found, "ContentLength", "LastModified")
            return ObjectInfo(
                key,
                found["ContentLength"],
                found["LastModified"].astimezone(UTC),
                found.get("ContentType", ""),
                found.get("CacheControl", ""),
                s3_conditional.read_metadata(found),
            )

        return self._call_reading(key, look)

    def list(self, prefix: str, *, after: str | None = None, limit: int = 1000) -> Page:
        """List objects whose keys start with ``prefix``, in key order, at most ``limit`` after ``after``."""
        asked: Any = {"Bucket": self._bucket, "Prefix": prefix, "MaxKeys": limit}
        if after:
            asked["StartAfter"] = after

        def ask(client: "S3Client") -> Any:
            answer = client.list_objects_v2(**asked)
            self._check_whole(answer, "IsTruncated")
            return answer

        try:
            answer = self._call("s3:ListBucket", "", ask)
        except s3_errors.BucketMissing:
            return Page((), None)
        listed = answer.get("Contents", [])
        objects = (ObjectInfo(item["Key"], item["Size"], item["LastModified"].astimezone(UTC)) for item in listed)
        return Page(
            tuple(info for info in objects if keys.is_key(info.key)),
            listed[-1]["Key"] if listed and answer["IsTruncated"] else None,
        )

    def delete(self, key: str) -> None:
        """Remove an object; removing what is not there is fine."""
        try:
            self._call("s3:DeleteObject", key, lambda client: client.delete_object(**self._describe_object(key)))
        except s3_errors.BucketMissing:
            return

    def find_conditions(self) -> Conditions:
        """Find out, once a process, which conditional writes the server honours; see ``Store.find_conditions``.

        Credentials that may not write probes leave it open: the conditions are then taken to be honoured.
        """
        with self._probing:
            if not self._probed:
                try:
                    self._writer.set_conditions(s3_probe.find_out(self, self._fetch, self._writer))
                except AccessDenied as error:
                    _log.warning("could not find out if %s honours conditional writes: %s", self._place, error)
                self._probed = True
            return self._writer.conditions

    def url(self, key: str, *, life: timedelta = URL_LIFE) -> str:
        """Return a permanent link when there is a public base URL or the bucket is open, else a presigned one.

        Nothing is asked. Presigned links die with temporary credentials, whatever their ``life``.
        """
        if self._public_base_url:
            return f"{self._public_base_url}/{quote(keys.check(key))}"
        if self._public_read and keys.is_public(keys.check(key)):
            return f"{self._endpoint or self._get_client().meta.endpoint_url}/{self._bucket}/{key}"
        if not timedelta(0) < life <= URL_LIFE:
            raise StoreMisconfigured(f"a link cannot live for {life}: at most {URL_LIFE.days} days")
        seconds, asked = int(life.total_seconds()), self._describe_object(key)
        return self._call(
            "s3:GetObject",
            key,
            lambda client: client.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds),
        )

    def _fetch(self, key: str) -> tuple[Versioned, str]:
        """Return an object, and the Server header of the answer."""

        def fetch(client: "S3Client") -> tuple[Versioned, str]:
            answer = client.get_object(**self._describe_object(key))
            with closing(answer["Body"]) as body:
                self._check_whole(answer, "ContentLength", "ETag")
                keys.check_size(key, answer["ContentLength"])
                return Versioned(body.read(), Version(answer["ETag"])), s3_conditional.read_server(answer)

        return self._call_reading(key, fetch)

    def _check_whole(self, answer: Mapping[str, object], *expected: str) -> None:
        """Refuse an answer whose headers broke off, which HTTP libraries take for a short one."""
        if missing := [name for name in expected if name not in answer]:
            raise StoreUnavailable(f"{self._place} broke off its answer before {missing[0]}")

    def _describe_object(self, key: str) -> Any:
        return {"Bucket": self._bucket, "Key": keys.check(key)}

    def _describe_put(self, key: str, data: bytes, content_type: str) -> Any:
        return self._describe_object(key) | {
            "Body": data,
            "ContentType": content_type,
            "CacheControl": headers.cache_control(key),
            "ChecksumSHA256": base64.b64encode(hashlib.sha256(data).digest()).decode(),
        }

    def _call_reading(self, key: str, call: "Callable[[S3Client], T]") -> T:
        try:
            return self._call("s3:GetObject", key, call)
        except (ObjectNotFound, s3_errors.BucketMissing) as error:
            raise ObjectNotFound(f"there is no {key} in {self._place}") from error

    def _call_writing(self, key: str, call: "Callable[[S3Client], T]") -> T:
        try:
            return self._call("s3:PutObject", key, call)
        except s3_errors.BucketMissing:
            self._make_bucket()
            return self._call("s3:PutObject", key, call)

    def _make_bucket(self) -> None:
        with self._making_bucket:
            if self._bucket_made:
                return
            created = self._call("s3:CreateBucket", "", lambda client: s3_bucket.create(client, self._bucket))
            self._bucket_made = True
            if created and self._public_read:
                self._open_pictures()

    def _open_pictures(self) -> None:
        try:
            self._call("s3:PutBucketPolicy", "", lambda client: s3_bucket.open_pictures(client, self._bucket))
        except StoreError as error:
            _log.warning("the new %s stays private: %s", self._place, error)

    def _get_client(self) -> "S3Client":
        with self._connecting:
            if self._connected is None:
                self._connected = self._connect()
            return self._connected

    def _call(self, permission: str, key: str, call: "Callable[[S3Client], T]") -> T:
        """Make a request, again while the failure is a passing one, and raise only the store's errors."""

        def once() -> T:
            try:
                return call(self._get_client())
            except s3_errors.library_errors() as error:
                raise s3_errors.translate(error, self._place, permission, key) from error

        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(StoreUnavailable),
            wait=tenacity.wait_random_exponential(multiplier=0.25, max=5),
            stop=tenacity.stop_after_attempt(ATTEMPTS) | tenacity.stop_after_delay(self._patience),
            retry_error_callback=_give_up,
        )(once)


def _give_up(state: tenacity.RetryCallState) -> NoReturn:
    error = state.outcome.exception() if state.outcome else None
    spent = state.seconds_since_start or 0.0
    raise StoreUnavailable(f"{error}; gave up after {state.attempt_number} attempts in {spent:.0f} s") from error
