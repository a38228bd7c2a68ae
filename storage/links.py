"""Links into a bucket, as others see them."""

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
