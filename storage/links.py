"""Links into a bucket, as others see them: how long they open, and what makes links that last."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit


def read_expiry(url: str) -> datetime | None:
    """The expiry of a presigned link (temporary credentials may end it sooner); None for other links."""
    query = parse_qs(urlsplit(url).query)
    try:
        signed = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return signed + timedelta(seconds=int(query["X-Amz-Expires"][0]))
    except KeyError:
        return None


def tell_expiry(url: str) -> str:
    """Say when a link into this bucket dies, and what to do about it; nothing for links that last."""
    expiry = read_expiry(url)
    if expiry is None:
        return ""
    return (
        f"signed, they die on {expiry:%Y-%m-%d} at {expiry:%H:%M} UTC; for links that last set "
        "MINIO_PUBLIC_READ=true before the bucket is made, or MINIO_PUBLIC_BASE_URL (docs/stores.md)"
    )
