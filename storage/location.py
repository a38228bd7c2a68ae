"""The store that the settings mean, or everything that is wrong with them."""

import logging
import re
from pathlib import Path

from storage import endpoint as addresses
from storage.store import Store, StoreMisconfigured

DEFAULT_DIRECTORY = "pictures"
_S3 = "s3://"
_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(//?)?|s3(//)", re.IGNORECASE)
"""An address's scheme, however it is misspelt. A drive's single letter is no scheme."""

_log = logging.getLogger(__name__)


def open_store(
    *,
    location: str = "",
    endpoint: str = "",
    access_key: str = "",
    secret_key: str = "",
    bucket: str = "",
    region: str = "",
    public_base_url: str = "",
    public_read: bool = False,
    ephemeral: bool = False,
) -> Store:
    """Open the store at ``location``: a directory or ``s3://bucket``; empty: ``bucket`` if named, else ``pictures``.

    A directory needs nothing else, and on an ``ephemeral`` machine, whose disk is gone when the run ends, it is
    refused. Nothing is read, written or connected to yet. Raises StoreMisconfigured with all that is wrong.
    """
    location = location.strip()
    if addresses.may_hold_secret(bucket) or (_SCHEME.match(location) and addresses.may_hold_secret(location)):
        raise StoreMisconfigured(
            "the store's address holds a user name, a password or a query, and is not repeated here: write "
            "s3://my-bucket or a path, and give the keys as MINIO_ACCESS_KEY and MINIO_SECRET_KEY"
        )
    named = _choose_bucket(location, bucket)
    if named is None and (location or not (endpoint or access_key or secret_key)):
        return _open_directory(location or DEFAULT_DIRECTORY, ephemeral=ephemeral)
    problems = [
        *_find_bucket_problems(named),
        *_find_key_problems(access_key, secret_key),
        *(p for p in (endpoint and addresses.find_problem("MINIO_ENDPOINT", endpoint),) if p),
        *(p for p in (public_base_url and addresses.find_problem("MINIO_PUBLIC_BASE_URL", public_base_url),) if p),
    ]
    if problems or named is None:
        raise StoreMisconfigured("; ".join(problems))
    if addresses.is_exposed(endpoint):
        _log.warning("MINIO_ENDPOINT is http:// to another host: pictures cross the network unencrypted; use https://")
    from storage.s3.store import S3Store

    return S3Store(
        named,
        endpoint=endpoint,
        access_key=access_key,
        secret_key=secret_key,
        region=region,
        public_base_url=public_base_url,
        public_read=public_read,
    )


def _choose_bucket(location: str, bucket: str) -> str | None:
    """Return the bucket that is meant; None when it is a directory, or when none is named."""
    if location.startswith(_S3):
        return location.removeprefix(_S3).removesuffix("/")
    return bucket or None if not location else None


def _open_directory(location: str, *, ephemeral: bool) -> Store:
    if found := _SCHEME.match(location):
        shown, meant = location[:80], _suggest((found[1] or "s3").lower(), location[found.end() :][:80], found[2])
        raise StoreMisconfigured(f"the store {shown!r} is neither a directory nor s3://bucket: {meant}")
    if ephemeral:
        raise StoreMisconfigured(
            f"the store is the directory {location!r}, but this machine's disk is gone when the run ends, and the "
            "pictures that were paid for with it: set MINIO_BUCKET (and MINIO_ENDPOINT, MINIO_ACCESS_KEY, "
            "MINIO_SECRET_KEY for MinIO)"
        )
    from storage.directory import DirectoryStore

    try:
        return DirectoryStore(Path(location).expanduser())
    except RuntimeError:
        raise StoreMisconfigured(
            f"the store {location[:80]!r} starts with the home directory of a user who does not exist here; "
            "write ./~… for a directory of that name"
        ) from None
    except FileNotFoundError:
        raise StoreMisconfigured("the current directory has been deleted; change to another one") from None


def _suggest(scheme: str, rest: str, slashes: str | None) -> str:
    """Return what to write instead of a place that looks like an address."""
    if scheme.startswith("s3"):
        return f"write s3://{rest.strip('/').split('/')[0] or 'my-bucket'}"
    if scheme.startswith("http"):
        return "write s3://my-bucket, and the server's address in MINIO_ENDPOINT"
    if scheme == "file":
        return f"write {'/' if slashes == '/' else ''}{rest or 'a path'}"
    return "write s3://my-bucket or a path" + ("" if slashes else f" (./{scheme}:{rest} is a path)")


def _find_bucket_problems(name: str | None) -> list[str]:
    if name is None:
        return ["MINIO_BUCKET is missing: the other MINIO_ settings say that pictures go to a bucket, not to which"]
    if not name:
        return ["the store s3:// names no bucket: write s3://my-bucket"]
    if "/" in name:
        return [f"the store s3://{name[:80]} is more than a bucket: write s3://{name.split('/')[0][:63]}"]
    if not _BUCKET.fullmatch(name) or addresses.is_ip(name):
        return [f"{name[:80]!r} cannot be a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens"]
    return []


def _find_key_problems(access_key: str, secret_key: str) -> list[str]:
    if access_key and not secret_key:
        return ["MINIO_SECRET_KEY is missing beside MINIO_ACCESS_KEY"]
    if secret_key and not access_key:
        return ["MINIO_ACCESS_KEY is missing beside MINIO_SECRET_KEY"]
    return []
