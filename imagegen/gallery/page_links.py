"""A page's links: the origins of its pictures, the links' expiry, and what the page holds itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from storage.links import read_expiry

if TYPE_CHECKING:
    from datetime import datetime


class PageLinks:
    """Makes links for keys, and remembers their origins and their earliest expiry.

    ``hold`` turns a thumbnail's key into a ``data:`` URL, or into an empty string for one that the page does not hold.
    A page that has it is *sealed*: its links need not open where the page does.
    """

    def __init__(self, link: Callable[[str], str], hold: Callable[[str], str] | None = None) -> None:
        self._link = link
        self._hold = hold
        self.held = self.linked = 0
        """The thumbnails that the page holds, and those that it only links to."""
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
    def sealed(self) -> bool:
        """Tell if links go into attributes of their own, from which the script takes them where they open."""
        return self._hold is not None

    def show(self, key: str) -> dict[str, str]:
        """The attributes that show a thumbnail."""
        inside = self._hold(key) if self._hold else ""
        self.held += bool(inside)
        self.linked += not inside
        return {"src": inside} if inside else {"data_src" if self.sealed else "src": self(key)}

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
