"""Tables of prompts: CSV, JSON Lines, YAML and plain text as a batch by name, with every problem at its line.

A table says what its rows hold and where each stands; whether that is a valid request, the request's own validation
says (``build_batch``).
"""

import csv
import io
import json
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from imagegen.errors import Problem, RequestError
from imagegen.formatting import one_line
from imagegen.request.batch import Batch
from imagegen.request.batchfile import MAX_FILE
from imagegen.request.filekind import guess_kind
from imagegen.request.tables.rows import ROW_FIELDS, Table, convert, name_column
from imagegen.request.validation import MORE, build_error, describe_unknown, shorten

DELIMITERS = ",;\t|"
DEFAULTS_FILE = "imagegen.toml"
"""The file of the project's defaults, as a place of problems."""
_ROW = re.compile(r"prompts\[(\d+)\]\.?")
_LINE_END = re.compile(r"\r\n|\r|\n")


def read_table(path: Path) -> Table:
    """Return the rows of a table file, read as its ending says. Raises RequestError for a file that is no table."""
    table = Table(one_line(str(path))[:200])
    read = READERS.get(path.suffix.lower())
    if read is None:
        _reject(table, f"expected a table that ends in {', '.join(READERS)}")
    text = _decode(table, path, _load(table, path))
    read(table, text)
    if not table.rows and not table.problems:
        table.complain(0, "expected at least one row; the file has none")
    return table


def build_batch(
    table: Table,
    options: Mapping[str, Any],
    fill: Callable[[dict[str, Any]], dict[str, Any]],
    check: Callable[[dict[str, Any]], Batch],
) -> dict[str, Any]:
    """Return a table as a batch by name; ``options`` come before what the file says of the batch.

    ``fill`` adds the project's defaults for what both leave open, ``check`` is the request's validation. Raises
    RequestError with all problems of the table and of the request, each at its line.
    """
    said = {name: value for name, value in table.shared.items() if value is not None}
    said |= {name: value for name, value in options.items() if value}
    shared = fill(said)
    names = [name for name in ("models", *Batch.model_fields) if name in shared and name != "prompts"]
    unknown = [name for name in shared if name not in Batch.model_fields]
    batch = {"prompts": [row for _, row in table.rows], **{name: shared[name] for name in (*names, *unknown)}}
    problems, more = list(table.problems), 0
    try:
        if table.rows:
            check(batch)
    except RequestError as error:
        listed = [problem for problem in error.problems if problem.field != MORE]
        more = error.count - len(listed)
        problems += [_place(problem, table, options, said) for problem in listed]
    if problems:
        raise build_error(sorted(problems, key=partial(_find_line, table)), len(problems) + more)
    return batch


def _find_line(table: Table, problem: Problem) -> int:
    found = re.match(rf"{re.escape(table.name)}:(\d+)", problem.field)
    return int(found[1]) if found else 0


def _place(problem: Problem, table: Table, options: Mapping[str, Any], said: Mapping[str, Any]) -> Problem:
    """Return a problem of the batch as one of the table: with the line instead of the number of the prompt."""
    found = _ROW.match(problem.field)
    name = problem.field.partition(".")[0].partition("[")[0]
    if found:
        line, name = table.rows[int(found[1])][0], problem.field[found.end() :]
    else:
        line = 0 if options.get(name) else table.shared_lines.get(name, 0)
    if not found and not line and name in Batch.model_fields:
        place = OPTIONS.get(name, name) if name in said else f"{DEFAULTS_FILE}: batch.{name}"
        return Problem(place, problem.value, problem.expected)
    place = f"{table.name}:{line}" if line else table.name
    return Problem(f"{place}: {name}" if name else place, problem.value, problem.expected)


OPTIONS = {
    "models": "--model",
    "style": "--style",
    "template": "--template",
    "font": "--font",
    "context": "--context",
    "brand": "--brand",
}
"""The options that say what is the same for all rows, by their fields."""


def _load(table: Table, path: Path) -> bytes:
    try:
        found = path.stat()
        if found.st_size > MAX_FILE:
            _reject(table, f"expected a file of at most {MAX_FILE:,} bytes")
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            _reject(table, "expected a table in a plain file; this is none")  # reading it could wait for ever
        return path.read_bytes()
    except FileNotFoundError:
        _reject(table, "expected a table; there is none at this path")
    except IsADirectoryError:
        _reject(table, "expected a table; this is a directory")
    except OSError as error:
        _reject(table, f"expected a readable file ({error.strerror})")


def _decode(table: Table, path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        kind = guess_kind(Path(path.stem), data) if data[:2] in {b"PK", b"\xff\xfe", b"\xfe\xff"} else ""
        seems = f"; this seems to be {kind}" if kind else f"; line {line} is not (save the file as UTF-8)"
        _reject(table, f"expected text in UTF-8{seems}")


def _reject(table: Table, expected: str) -> NoReturn:
    raise RequestError((Problem(table.name, "", expected),))


def _read_text(table: Table, text: str) -> None:
    """Read a prompt from each line; blank lines and those that begin with # are left out."""
    for line, prompt in enumerate(_LINE_END.split(text), 1):
        if prompt.strip() and not prompt.lstrip().startswith("#"):
            table.rows.append((line, prompt.strip()))


def _read_json_lines(table: Table, text: str) -> None:
    for line, value in enumerate(_LINE_END.split(text), 1):
        if not value.strip():
            continue
        try:
            table.rows.append((line, json.loads(value, parse_constant=_refuse_constant)))
        except RecursionError:
            table.complain(line, "expected a prompt or an object; this is nested too deeply")
        except ValueError as error:
            why = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
            table.complain(line, f"expected JSON, a prompt or an object on each line; {why}", shorten(value.strip()))


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _read_csv(table: Table, text: str) -> None:
    records = _split_records(table, text, _sniff(text))
    try:
        line, header = next(records)
    except StopIteration:
        return
    names = [name_column(cell) for cell in header]
    for at, name in enumerate(names):
        if name and name not in ROW_FIELDS:
            hint = "; models are the same for all rows: --model" if name in {"model", "models"} else ""
            table.complain(line, describe_unknown(name, ROW_FIELDS) + hint, shorten(header[at].strip()), "header")
        elif name and name in names[:at]:
            table.complain(line, "each column once", shorten(header[at].strip()), "header")
    if "prompt" not in names:
        table.complain(line, "a column 'prompt' is required; the first line names the columns", of="header")
    if not table.problems:
        table.rows += _read_records(table, names, records)


def _read_records(
    table: Table, names: list[str], records: Iterable[tuple[int, list[str]]]
) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, cells in records:
        spare = [cell for at, cell in enumerate(cells) if cell.strip() and (at >= len(names) or not names[at])]
        if spare:
            expected = f"a name in the header for each value; it names {len([n for n in names if n])}"
            table.complain(line, expected, shorten(spare[0]))
        given = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name and cell.strip()}
        yield line, {name: convert(name, cell) for name, cell in given.items()}


def _sniff(text: str) -> str:
    """Return the delimiter with which the first line names the most fields, a comma when none does."""
    first = next((line for line in _LINE_END.split(text) if line.strip()), "")

    def count_known(delimiter: str) -> int:
        cells = next(csv.reader([first[: csv.field_size_limit()]], delimiter=delimiter), [])
        return sum(name_column(cell) in ROW_FIELDS for cell in cells)

    return max(DELIMITERS, key=count_known)


def _split_records(table: Table, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank, with the line where it begins; note where the quotes go wrong."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        if str(error).startswith("field larger"):
            table.complain(line, f"expected at most {csv.field_size_limit():,} characters in a value")
            return
        table.complain(line, f"expected quotes that are closed, and doubled inside a value ({error})")


def _read_yaml(table: Table, text: str) -> None:
    from imagegen.request.tables.yamlrows import read_yaml

    read_yaml(table, text)


READERS: dict[str, Callable[[Table, str], None]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".yaml": _read_yaml,
    ".yml": _read_yaml,
    ".txt": _read_text,
}
"""The reader of a file, by its ending."""
