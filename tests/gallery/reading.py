"""Reads a page as a browser's parser would, as far as these tests ask."""

from collections.abc import Iterator
from html.parser import HTMLParser


class Page(HTMLParser):
    """The elements of a page, in order, as (name, attributes), and all of its text outside script and style."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._inside = ""
        self.feed(page.decode())

    @property
    def text(self) -> str:
        """The page's text with single spaces."""
        return " ".join(" ".join(self.words).split())

    def all(self, name: str, class_: str = "") -> Iterator[dict[str, str]]:
        """The attributes of each element of this name and class."""
        for found, attributes in self.elements:
            if found == name and (not class_ or class_ in attributes.get("class", "").split()):
                yield attributes

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside not in {"script", "style"}:
            self.words.append(data)
