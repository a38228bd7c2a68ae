"""A page's links: the origins of its pictures and the links' expiry."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from storage.links import read_expiry

if TYPE_CHECKING:
    from datetime import datetime


class PageLinks:
    """Makes links for keys, and remembers their origins and their earliest expiry."""

    def __init__(self, link: Callable[[str], str]) -> None:
        self._link = link
        self._sources: set[str] = set()
        self.expires_at: datetime | None = None
        """The earliest expiry of the links made so far; None when none of them expires."""

    def __call__(self, key: str) -> str:
        """The link for a key."""
        url = self._link(key)
        if url.startswith("data:"):
            return url
        self._sources.add(csp_source(url))
        self.expires_at = min(filter(None, (self.expires_at, read_expiry(url))), default=None)
        return url

    @property
    def sources(self) -> str:
        """The Content-Security-Policy sources that the links made so far need, and no more.

        ``data:`` is always among them: the page's own icon is one.
        """
        return " ".join(sorted(self._sources | {"data:"}))


def csp_source(url: str) -> str:
    """The Content-Security-Policy source that allows ``url``."""
    parts = urlsplit(url)
    if parts.netloc and parts.scheme != "file":
        return f"{parts.scheme}://{parts.netloc}"
    # Relative links have to work from a directory too, where 'self' is an origin that not every browser matches.
    return f"{parts.scheme}:" if parts.scheme else "'self' file:"


def from_page(key: str) -> str:
    """The link to ``key`` from a page stored at ``batches/<id>/index.html``: works wherever the store is served."""
    return f"../../{key}"
