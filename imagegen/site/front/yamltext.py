"""YAML front matter as text: read, and changed at the places that its parser names."""

import re
from typing import Any

from imagegen.site.front.values import Path, Unfit, Value, quote

Node = Any
"""A node of PyYAML, whose types lack half of what it has: ``id``, ``flow_style``, ``value``, marks."""
MAX_ALIASES = 20
"""Aliases in one front matter. Each can double what the ones before it stand for; a post has one or two."""
_PLAIN = re.compile(r"[A-Za-z./][A-Za-z0-9._/-]*\.(?:jpg|png|webp|avif)")
"""Addresses that mean themselves without quotes."""
_NULL = "tag:yaml.org,2002:null"


def read(block: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values, and the scalars at the top as they are written. Raises Unfit."""
    import yaml

    root = _compose(block)
    if root is None:
        return {}, {}
    if "*" in block and sum(isinstance(event, yaml.AliasEvent) for event in yaml.parse(block)) > MAX_ALIASES:
        raise Unfit(f"its front matter has more than {MAX_ALIASES} aliases")
    try:
        values = yaml.load(block, yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError, TypeError) as error:
        raise Unfit(f"its front matter is no YAML: {_explain(error)}") from None
    if not isinstance(values, dict):
        raise Unfit("its front matter is no list of keys and values")
    raw: dict[str, str] = {}
    for key, value in root.value:
        if key.value in raw and key.id == "scalar":
            raise Unfit(f"its front matter has the key {key.value} twice")
        if key.id == "scalar":
            raw[key.value] = value.value if value.id == "scalar" and value.tag != _NULL else ""
    return values, raw


def put(block: str, path: Path, value: Value, newline: str) -> str:
    """Return the block with one value set. Raises Unfit where the way in which it is written does not allow it."""
    root = _compose(block)
    if root is None:
        return _append(block, _lines(path, value, "", newline), newline)
    if root.flow_style:
        raise Unfit("its front matter is written in braces, which is not changed")
    entry = _find(root, path[0])
    if entry is None:
        indent = " " * (root.value[0][0].start_mark.column if root.value else 0)
        return _append(block, _lines(path, value, indent, newline), newline)
    return _put_below(block, entry, path, value, newline)


def _put_below(block: str, entry: tuple[Node, Node], path: Path, value: Value, newline: str) -> str:
    key, node = entry
    if node.start_mark.index < key.end_mark.index:
        raise Unfit(f"{path[0]} is an alias of something else, which is not changed")
    if len(path) == 1:
        return _replace(block, node, value, newline)
    if node.id == "scalar" and node.tag == _NULL:
        indent = " " * (key.start_mark.column + 2)
        return _insert_line(block, node.end_mark.index, _lines(path[1:], value, indent, newline), newline)
    if node.id != "mapping":
        raise Unfit(f"{path[0]} holds something else already")
    inner = _find(node, path[1])
    if inner is not None:
        return _put_below(block, inner, path[1:], value, newline)
    if node.flow_style:
        at = _end_of(node.value[-1][1]) if node.value else node.start_mark.index + 1
        comma = ", " if node.value else ""
        return f"{block[:at]}{comma}{path[1]}: {_write(value)}{block[at:]}"
    indent = " " * node.value[0][0].start_mark.column
    return _insert_line(block, _end_of(node), _lines(path[1:], value, indent, newline), newline)


def _replace(block: str, node: Node, value: Value, newline: str) -> str:
    if isinstance(value, list) and node.id == "sequence" and len(node.value) == len(value) == 1:
        return _replace(block, node.value[0], value[0], newline)
    if node.id != "scalar" and not node.flow_style:
        raise Unfit("its cover's field holds something else already")
    start, end = node.start_mark.index, node.end_mark.index
    text = _write(value, like=block[start : start + 1])
    if start == end:
        text = f" {text}"  # right after a colon
    elif block[end - 1 : end] == "\n":
        text += newline
    return block[:start] + text + block[end:]


def _append(block: str, lines: str, newline: str) -> str:
    return block + ("" if not block or block.endswith("\n") else newline) + lines


def _insert_line(block: str, at: int, lines: str, newline: str) -> str:
    """Insert lines after the line in which ``at`` lies, or before the one that begins there."""
    if at and block[at - 1] == "\n":
        return block[:at] + lines + block[at:]
    end = block.find("\n", at)
    return _append(block, lines, newline) if end < 0 else block[: end + 1] + lines + block[end + 1 :]


def _lines(path: Path, value: Value, indent: str, newline: str) -> str:
    heads = "".join(f"{indent}{'  ' * depth}{key}:{newline}" for depth, key in enumerate(path[:-1]))
    return f"{heads}{indent}{'  ' * (len(path) - 1)}{path[-1]}: {_write(value)}{newline}"


def _write(value: Value, *, like: str = "") -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_write, value))}]"
    if isinstance(value, (bool, int)):
        return str(value).lower()
    if like == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return value if like != '"' and _PLAIN.fullmatch(value) else quote(value)


def _find(node: Node, name: str) -> tuple[Node, Node] | None:
    return next(((key, value) for key, value in node.value if key.id == "scalar" and key.value == name), None)


def _end_of(node: Node) -> int:
    """Return the place right after a node's last character; a block's own end lies after comments that follow it."""
    while node.id != "scalar" and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if node.id == "mapping" else last
    return int(node.end_mark.index)


def _compose(block: str) -> Node | None:
    import yaml

    try:
        root = yaml.compose(block, yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unfit(f"its front matter is no YAML: {_explain(error)}") from None
    if root is None:
        return None
    if not isinstance(root, yaml.MappingNode):
        raise Unfit("its front matter is no list of keys and values")
    return root


def _explain(error: Exception) -> str:
    """Return what is wrong in one line, with the line of the file, of which the first one is the fence."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 2}: {what}" if mark else what
