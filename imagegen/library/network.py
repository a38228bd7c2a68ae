"""Links that open and clocks that agree: what one plain HTTP request finds out."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from imagegen.library.trials import Check
from storage import Store, StoreError, keys
from storage.endpoint import is_loopback
from storage.mediatypes import JPEG

_TIMEOUT = 10.0
"""Seconds."""
_AWS = "https://s3.amazonaws.com"
_SKEW_NOTED, _SKEW_REFUSED = 60.0, 900.0
"""Seconds between two clocks: worth a word; refused by S3, which takes no request signed 15 minutes off."""


def check_link(url: str, data: bytes, *, public: bool) -> Check:
    """Open a link to an object with these bytes. A ``public`` link need not open: the object is no picture."""
    kind = "public" if public else "presigned"
    if urlsplit(url).scheme == "file":
        return _check_file(Path(unquote(urlsplit(url).path)), data)
    try:
        with _open(Request(url)) as answer:  # noqa: S310 - the store's own link
            found = answer.read(len(data) + 1)
    except HTTPError as error:
        error.close()
        if public:
            message = f"a public link to a probe answered {error.code}, as it should where only pictures are public"
            return Check("link", "ok", message)
        return Check("link", "fail", f"a presigned link answered {error.code}: galleries will show no pictures")
    except (OSError, HTTPException) as error:
        return Check("link", "fail", f"a {kind} link does not open ({_reason(error)})")
    if found != data:
        return Check("link", "fail", f"a {kind} link opens something else: check MINIO_PUBLIC_BASE_URL or the proxy")
    lasting = (
        "" if public else "; it dies in a week at the latest (MINIO_PUBLIC_READ, MINIO_PUBLIC_BASE_URL: docs/stores.md)"
    )
    return Check("link", "ok", f"a {kind} link opens{lasting}")


def check_permanent_link(store: Store) -> Check:
    """Open the permanent link of a stored picture, or of one that is put there for a moment, without credentials."""
    try:
        with _lend_picture(store) as (key, data):
            url = store.url(key)
            reason = find_why_closed(url, data)
    except StoreError as error:
        return Check("permanent link", "fail", str(error))
    if reason:
        return Check("permanent link", "fail", f"{url} {reason}")
    where = (
        " on this computer: set MINIO_PUBLIC_BASE_URL to the address by which others reach it"
        if is_loopback(url)
        else ""
    )
    return Check("permanent link", "ok", f"a picture's link opens without credentials{where}")


def find_why_closed(url: str, data: bytes | None = None) -> str:
    """Say why a permanent link does not open for everybody; empty when it does, with ``data`` behind it if given."""
    try:
        with _open(Request(url)) as answer:  # noqa: S310 - the store's own link
            found = answer.read(keys.MAX_PICTURE) if data is not None else None
    except HTTPError as error:
        error.close()
        return _explain_status(error.code)
    except (OSError, HTTPException) as error:
        return f"does not open ({_reason(error)}): check MINIO_PUBLIC_BASE_URL, or MINIO_ENDPOINT without it"
    return "" if found == data else "opens something else: check MINIO_PUBLIC_BASE_URL or the proxy"


def _explain_status(status: int) -> str:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return (
            f"answers {status}: it is private. MINIO_PUBLIC_READ opens a bucket only when imagegen "
            "makes it: open this one yourself, or copy its batches into a new bucket (docs/stores.md). Without "
            "MINIO_PUBLIC_READ and MINIO_PUBLIC_BASE_URL links are signed, and open for a week"
        )
    return f"answers {status}: check MINIO_PUBLIC_BASE_URL, or MINIO_ENDPOINT without it"


@contextmanager
def _lend_picture(store: Store) -> Iterator[tuple[str, bytes]]:
    """Lend a stored picture and its bytes; where there is none, one of no meaning that is gone again afterwards."""
    for found in store.list(keys.IMAGES, limit=1).objects:
        yield found.key, store.get(found.key)
        return
    data = f"a trial of imagegen doctor, {secrets.token_hex(16)}".encode()
    key = keys.image(keys.content_hash(data))
    store.create(key, data, content_type=JPEG)
    try:
        yield key, data
    finally:
        store.delete(key)


def check_clock(endpoint: str) -> Check:
    """Compare this machine's clock with the server's Date header; without an endpoint with that of AWS."""
    url = endpoint or _AWS
    before = time.time()
    try:
        date = _date_of(url)
    except (OSError, HTTPException) as error:
        return Check("clock", "warn", f"{url} did not tell the time ({_reason(error)})")
    if date is None:
        return Check("clock", "warn", f"{url} sends no Date header, so that clocks cannot be compared")
    skew = max(before - date - 1, date - time.time(), 0.0)  # a Date is cut to whole seconds
    if skew > _SKEW_REFUSED:
        return Check("clock", "fail", f"this machine's clock is {skew:.0f} s off the server's: set it; S3 allows 900 s")
    if skew > _SKEW_NOTED:
        return Check("clock", "warn", f"this machine's clock is {skew:.0f} s off the server's: set it")
    return Check("clock", "ok", f"this machine's clock agrees with the server's to {max(skew, 1):.0f} s")


def _check_file(path: Path, data: bytes) -> Check:
    try:
        found = path.read_bytes()
    except OSError as error:
        return Check("link", "fail", f"a file link does not open: {error.strerror}")
    if found != data:
        return Check("link", "fail", "a file link opens something else")
    return Check("link", "ok", "a file link opens")


def _date_of(url: str) -> float | None:
    try:
        with _open(Request(url, method="HEAD")) as answer:  # noqa: S310 - the endpoint is http(s), as settings check
            date = answer.headers.get("Date")
    except HTTPError as refused:
        with refused:
            date = refused.headers.get("Date")
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None


def _open(request: Request):  # type: ignore[no-untyped-def]  # noqa: ANN202 - urllib names no type
    handlers = [ProxyHandler({})] if is_loopback(request.full_url) else []
    return build_opener(*handlers).open(request, timeout=_TIMEOUT)


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", "") or error) or type(error).__name__
