"""Rows from YAML, with their lines. Texts stay as they are written: no title turns into a date, a number or a no."""

from typing import TYPE_CHECKING, Any

import yaml

from imagegen.request.tables.rows import Table, convert
from imagegen.request.validation import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.nodes import Node

_NULL = "tag:yaml.org,2002:null"
_FLAGS = {"true": True, "false": False}


class _Loader(yaml.SafeLoader):
    """Refuses aliases: a few lines of them stand for more than any memory holds."""

    def compose_node(self, parent: "Node | None", index: int) -> "Node | None":
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # its stubs leave it out
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not read; write the value out", mark)
        found: Node | None = super().compose_node(parent, index)
        return found


def read_yaml(table: Table, text: str) -> None:
    """Read a list of prompts, or a batch by name with its prompts."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or getattr(error, "reason", None) or "a mistake"
        table.complain(mark.line + 1 if mark else 0, f"expected YAML; {why}")
        return
    except RecursionError:
        table.complain(0, "expected a list of prompts; this is nested too deeply")
        return
    if isinstance(root, yaml.SequenceNode):
        _add_rows(table, root)
    elif isinstance(root, yaml.MappingNode):
        _read_batch(table, root)
    elif root is not None:
        table.complain(_line(root), "expected a list of prompts, or an object with prompts", shorten(str(root.value)))


def _read_batch(table: Table, root: yaml.MappingNode) -> None:
    prompts = None
    for name, node in _list_items(table, root):
        if name == "prompts":
            prompts = node
        else:
            table.shared_lines[name] = _line(node)
            table.shared[name] = _share(table, name, node)
    if isinstance(prompts, yaml.SequenceNode):
        _add_rows(table, prompts)
    else:
        table.complain(_line(prompts or root), "expected a list of prompts, under 'prompts'")


def _share(table: Table, name: str, node: "Node") -> Any:
    """Return a value that holds for the whole batch."""
    value = _read(table, name, node)
    if name == "models" and isinstance(value, str):
        return [value]
    if name == "offline" and isinstance(value, str):
        return _FLAGS.get(value.casefold(), value)
    if name == "max_cost_usd" and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _add_rows(table: Table, rows: yaml.SequenceNode) -> None:
    for node in rows.value:
        table.rows.append((_line(node), _read(table, "", node)))


def _read(table: Table, name: str, node: "Node") -> Any:
    if isinstance(node, yaml.MappingNode):
        items = {key: _read(table, key, each) for key, each in _list_items(table, node)}
        return {key: value for key, value in items.items() if value is not None}
    if isinstance(node, yaml.SequenceNode):
        listed = [_read(table, "", each) for each in node.value]
        return ",".join(map(str, listed)) if name == "focus" else listed
    return None if node.tag == _NULL else convert(name, node.value)


def _list_items(table: Table, node: yaml.MappingNode) -> "Iterator[tuple[str, Node]]":
    seen = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            table.complain(_line(key), "expected a field's name")
        elif key.value in seen:
            table.complain(_line(key), "each field once", of=shorten(key.value).strip('"'))
        else:
            seen.add(key.value)
            yield key.value, value


def _line(node: "Node") -> int:
    return int(node.start_mark.line) + 1
