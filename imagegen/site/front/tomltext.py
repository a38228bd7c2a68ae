"""TOML front matter as text: read, and changed at the places of its statements."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from imagegen.site.front.values import Path, Unfit, Value, quote

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEY = re.compile(rf"({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*")
_PIECE = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})' r"|'''.*?'''(?:'{0,2})" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'|#[^\n]*|.",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A line of TOML that says something: a table's header (with no key), or a key with its value.

    ``start`` to ``end`` are its lines, ``value`` to ``value_end`` its value alone.
    """

    table: Path
    key: Path
    start: int
    value: int
    value_end: int
    end: int


def read(block: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values, and the scalars at the top as text. Raises Unfit."""
    try:
        values = tomllib.loads(block)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else _in_the_file(str(error))
        raise Unfit(f"its front matter is no TOML: {why}") from None
    return values, {key: "" if isinstance(value, (dict, list)) else str(value) for key, value in values.items()}


def put(block: str, path: Path, value: Value, newline: str) -> str:
    """Return the block with one value set. Raises Unfit where the way in which it is written does not allow it."""
    if len(path) > 2:  # noqa: PLR2004 - a table and a key
        raise Unfit(f"{'.'.join(path)} lies too deep in a table")
    statements = list(_scan(block))
    same = [one for one in statements if one.key and one.table + one.key == path]
    if same:
        return block[: same[0].value] + _write(value) + block[same[0].value_end :]
    line = f"{path[-1]} = {_write(value)}{newline}"
    if len(path) == 1:
        return _insert_at_top(block, statements, line)
    table = [one for one in statements if one.table == path[:1]]
    if table:
        return _insert(block, table[-1].end, line, newline)
    inline = [one for one in statements if not one.table and one.key == path[:1]]
    if inline:
        return _put_inline(block, inline[0], path[1], _write(value))
    dotted = [one for one in statements if not one.table and one.key[:1] == path[:1]]
    if dotted:
        return _insert(block, dotted[-1].end, f"{path[0]}.{line}", newline)
    return _insert(block, len(block), f"[{path[0]}]{newline}{line}", newline)


def _insert_at_top(block: str, statements: list[Statement], line: str) -> str:
    """Insert a line after the last one that belongs to no table."""
    top = [one for one in statements if not one.table]
    at = top[-1].end if top else statements[0].start if statements else len(block)
    return block[:at] + line + block[at:]


def _insert(block: str, at: int, lines: str, newline: str) -> str:
    before = block[:at]
    return before + ("" if not before or before.endswith("\n") else newline) + lines + block[at:]


def _put_inline(block: str, statement: Statement, name: str, text: str) -> str:
    """Set a value in a table that stands in braces on one line."""
    if block[statement.value] != "{":
        raise Unfit(f"{statement.key[0]} holds something else already")
    at = statement.value + 1
    while (blank := re.compile(r"[\s,]*").match(block, at)) and (key := _KEY.match(block, blank.end())):
        value = _skip(block, key.end(), "= \t")
        at = _end_of_value(block, value, ",}\n")
        if _read_key(key[1]) == (name,):
            return block[:value] + text + block[at:]
    before = block[: statement.value_end - 1].rstrip()
    comma = " " if before.endswith("{") else ", "
    return f"{before}{comma}{name} = {text} }}{block[statement.value_end :]}"


def _write(value: Value) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_write, value))}]"
    return quote(value) if isinstance(value, str) else str(value).lower()


def _scan(block: str) -> Iterator[Statement]:
    """Yield the statements of valid TOML, in order."""
    at, table = 0, Path()
    while True:
        blank = _BLANK.match(block, at)
        at = blank.end() if blank else at
        if at >= len(block):
            return
        start = block.rfind("\n", 0, at) + 1
        if block[at] == "[":
            end = _end_of_line(block, at)
            table = _read_header(block[at:end])
            yield Statement(table, (), start, at, end, end)
        else:
            key = _KEY.match(block, at)
            if key is None:
                raise Unfit("its front matter is written in a way that is not changed")
            value = _skip(block, key.end(), "= \t")
            value_end = _end_of_value(block, value, "\n")
            end = _end_of_line(block, value_end)
            yield Statement(table, _read_key(key[1]), start, value, value_end, end)
        at = end


def _end_of_line(block: str, at: int) -> int:
    end = block.find("\n", at)
    return len(block) if end < 0 else end + 1


def _skip(block: str, at: int, characters: str) -> int:
    while block[at : at + 1] and block[at] in characters:
        at += 1
    return at


def _end_of_value(block: str, at: int, stops: str) -> int:
    """Return the place right after a value, which ends before one of ``stops`` or a comment."""
    depth, last = 0, at
    for piece in _PIECE.finditer(block, at):
        text = piece[0]
        if not depth and (text in stops or text.startswith("#")):
            break
        depth += (text in "[{") - (text in "]}")
        if not text.isspace():
            last = piece.end()
    return last


def _read_header(line: str) -> Path:
    """Return a table's path; that of a list of tables ends in an empty name, which no key has here."""
    listed = line.startswith("[[")
    key = _KEY.match(line.lstrip("[ \t"))
    path = _read_key(key[1]) if key else ()
    return (*path, "") if listed else path


def _read_key(text: str) -> Path:
    value: Any = tomllib.loads(f"{text} = 0")
    path = []
    while isinstance(value, dict):
        name, value = next(iter(value.items()))
        path.append(name)
    return tuple(path)


def _in_the_file(message: str) -> str:
    """Return the parser's message with the line of the file, of which the first one is the fence."""
    return re.sub(r"line (\d+)", lambda found: f"line {int(found[1]) + 1}", message)
