"""Front matter: found, read, and changed in some keys while every other byte stays as it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imagegen.site.front import tomltext, yamltext
from imagegen.site.front.values import Path, Unfit, Value, equal, look_up, spell

MAX_FRONT_MATTER = 64_000
"""Characters of front matter: a hundred times what a post has, and read within a second."""
_OPENING = re.compile(r"(---|\+\+\+)([^\r\n]*)(\r\n|\n|\Z)")
_NEARLY = re.compile(r"[ \t\r\n]*(?:---[ \t]*(?:\r?\n|\r)[\w\"' ]+:|---\r)")
"""Nearly an opening: some generators read it."""
_CLOSING = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*\r?$", re.MULTILINE),
}
_READERS = {"---": yamltext, "+++": tomltext}
_BOM = b"\xef\xbb\xbf"


class NoFrontMatter(Unfit):
    """A file without front matter: a page, and no post."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A file in parts: what stands before the front matter, the front matter itself, what follows it.

    ``values`` is what it says; ``raw`` has the scalars at its top as they are written, so that a title of ``1.10``
    stays one. ``folded``: the case of keys does not count.
    """

    fence: str
    before: str
    block: str
    after: str
    newline: str
    values: Mapping[str, Any]
    raw: Mapping[str, str]
    bom: bool = False
    folded: bool = False

    def find(self, path: Path) -> Any:
        """Return the value at a path; None when there is none."""
        return look_up(self.values, self._spell(path))

    def find_param(self, key: str) -> Any:
        """Return a value at the top, or below ``params`` where that counts as the top; None when there is none."""
        value = self.find((key,))
        return self.find(("params", key)) if value is None and self.folded else value

    def find_raw(self, key: str) -> str:
        """Return a scalar at the top as it is written; empty when there is none."""
        return self.raw.get(self._spell((key,))[0], "")

    def _spell(self, path: Path) -> Path:
        return spell(self.values, path) if self.folded else path

    def change(self, changes: Mapping[Path, Value]) -> bytes:
        """Return the whole file with some values set. Raises Unfit when that cannot be done without touching others.

        The result is read again before it is returned: it says what it said before, and the changes.
        """
        block, changes = self.block, {self._spell(path): value for path, value in changes.items()}
        for path, value in changes.items():
            block = _READERS[self.fence].put(block, path, value, self.newline)
        try:
            values, _ = _READERS[self.fence].read(block)
        except Unfit:
            values = {}
        if not equal(_with(self.values, changes), values):
            raise Unfit(
                f"{'.'.join(next(iter(changes)))} cannot be set without changing something else; set it by hand"
            )
        return (_BOM if self.bom else b"") + (self.before + block + self.after).encode()


def read(data: bytes, *, toml: bool = True, folded: bool = False) -> FrontMatter:
    """Find and read the front matter of a file. Raises NoFrontMatter, and Unfit with the reason in words.

    Without ``toml`` three plus signs open none. ``folded``: the case of keys does not count.
    """
    try:
        text = data.removeprefix(_BOM).decode()
    except UnicodeDecodeError:
        raise Unfit("it is not in UTF-8") from None
    opening = _OPENING.match(text)
    if opening is None or (opening[1] == "+++" and not toml):
        if _NEARLY.match(text):
            raise Unfit("its front matter does not begin with a line --- at the very top, or its lines end in CR alone")
        raise NoFrontMatter("it has no front matter")
    fence, rest, newline = opening.groups()
    if rest.strip():
        if rest.strip() in ("json", "js", "javascript", "toml", "yaml"):
            raise Unfit(f"its front matter opens with {(fence + rest).strip()}, which is not read")
        if rest.strip().startswith("#"):
            raise Unfit("a comment stands behind the line that opens its front matter, which is not read")
        raise NoFrontMatter("it has no front matter")
    closing = _CLOSING[fence].search(text, opening.end())
    if closing is None:
        raise Unfit(f"its front matter is not closed by a line {fence}")
    block = text[opening.end() : closing.start()]
    if len(block) > MAX_FRONT_MATTER:
        raise Unfit(f"its front matter has more than {MAX_FRONT_MATTER:,} characters")
    values, raw = _READERS[fence].read(block)
    if folded and len({key.casefold() for key in raw}) < len(raw):
        raise Unfit("its front matter has a key twice, in small letters and in capitals")
    before, after = text[: opening.end()], text[closing.start() :]
    return FrontMatter(fence, before, block, after, newline or "\n", values, raw, data.startswith(_BOM), folded)


def _with(values: Mapping[str, Any], changes: Mapping[Path, Value]) -> dict[str, Any]:
    """Return a copy of the values with the changes in it; what is not on the way to a change is shared."""
    changed = dict(values)
    for path, value in changes.items():
        table = changed
        for key in path[:-1]:
            inner = table.get(key)
            table[key] = dict(inner) if isinstance(inner, Mapping) else {}
            table = table[key]
        table[path[-1]] = value
    return changed
