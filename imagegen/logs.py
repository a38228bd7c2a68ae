"""The log: one line for each event, as text or as JSON, with the ids of the run that it belongs to.

Events are made here and go nowhere unless ``to_stdout`` was called, which a worker does: what `imagegen run` shows on a
terminal is not a log. A text of a request or of a provider can forge neither a line nor a field.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Literal

from imagegen.errors import BatchFailed, ConfigurationError, Failure, RequestError
from imagegen.formatting import one_line
from storage import StoreError, StoreUnavailable

Format = Literal["text", "json"]
LONGEST = 2_000
"""Characters of a value that a line shows."""
DEEPEST = 6
"""Functions that a line names in the place of a traceback."""

LEAST_SECRET = 8
"""Characters of a secret that is left out; a shorter one is part of too many words."""

_SIGNED = re.compile(r"(https?://[^\s?\"']+)\?[^\s\"']*X-Amz-[^\s\"']*", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=://)[^\s/@\"']+@")
_secrets: list[str] = []
_WORD = re.compile(r"[\w.:/@+-]+", re.ASCII)
_ROOTS = {"imagegen": logging.INFO, "storage": logging.INFO, "render": logging.WARNING}
"""The loggers above all others that a worker has, and from which level on they are heard."""
_events = logging.getLogger("imagegen.events")
# Without a handler of its own, Python would print its warnings into the live view of a batch that runs on a terminal.
_events.addHandler(logging.NullHandler())
_out: list[logging.Handler] = []
_ids: dict[str, str] = {}
"""The ids of the one run of this worker process, in each of its lines."""


def event(name: str, message: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Log an event. ``message`` says it in words; a field that is None or empty is left out."""
    if _events.isEnabledFor(level):
        _events.log(level, "%s", message, extra={"event": name, "fields": fields})


def identify(**ids: str) -> None:
    """Put ids into every further line of this process, also of its threads. A process has one run in a worker only."""
    if _out:
        _ids.update({name: value for name, value in ids.items() if value})


def to_stdout(form: Format) -> None:
    """Send the log to standard output, a line per record, flushed: the local Render server kills a finished worker."""
    if _out:
        return
    handler = logging.StreamHandler(sys.stdout)
    _out.append(handler)
    handler.setFormatter(Json() if form == "json" else Text())
    handler.addFilter(_play_down_told)
    for name, level in _ROOTS.items():
        root = logging.getLogger(name)
        root.addHandler(handler)
        root.setLevel(level)
        root.propagate = False


def _play_down_told(record: logging.LogRecord) -> bool:
    """Take the level from a line with which Render's SDK tells once more of an error that a line has told of."""
    if record.name.startswith("render.") and was_told(sys.exception()):
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


class Text(logging.Formatter):
    """Lines for people: the time, then ``name=value``. A value that is not one plain word is written as in JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        head, fields = _read(record)
        if head["event"] == "step":
            del head["message"]  # its fields say the same
        time = head.pop("time")
        return " ".join([time, *(f"{name}={_quote(value)}" for name, value in (head | fields).items())])


class Json(logging.Formatter):
    """Lines for programs: one JSON object each, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        head, fields = _read(record)
        return json.dumps(head | fields)


def _read(record: logging.LogRecord) -> tuple[dict[str, str], dict[str, Any]]:
    """Return what every line has, and the fields of this one."""
    head = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname,
        "event": getattr(record, "event", "note"),
        "message": _clean(record.getMessage()),
    }
    if record.exc_info and record.exc_info[0]:
        head["exception"] = record.exc_info[0].__name__
    fields: Mapping[str, Any] = _ids | getattr(record, "fields", {})
    return head, {name: _clean(value) for name, value in fields.items() if value is not None and value != ""}


def _clean(value: Any) -> Any:
    """Return numbers as they are, and everything else as text on one line."""
    if isinstance(value, float):
        return round(value, 6)
    return value if isinstance(value, bool | int) else shorten(str(value))


def shorten(text: str) -> str:
    """Return a text on one line, without what opens anything, cut where it is too long for a log."""
    text = one_line(text)
    for secret in _secrets:
        text = text.replace(secret, "…")
    return _LOGIN.sub("…@", _SIGNED.sub(r"\1?…", text))[:LONGEST]


def conceal(secrets: Iterable[str]) -> None:
    """Leave these secrets, and what of them follows a prefix, out of every further line."""
    parts = {part for secret in secrets for part in (secret, secret.removeprefix("whsec_"))}
    _secrets[:] = sorted((part for part in parts if len(part) >= LEAST_SECRET), key=len, reverse=True)


def _quote(value: Any) -> str:
    text = str(value)
    return text if _WORD.fullmatch(text) else json.dumps(text, ensure_ascii=False)


_TOLD = "imagegen_told"


def mark_told(error: BaseException) -> None:
    """Remember that a line has told of this error, so that no second one does."""
    setattr(error, _TOLD, True)


def was_told(error: BaseException | None) -> bool:
    """Tell if a line has told of this error."""
    return hasattr(error, _TOLD)


@contextmanager
def telling(task: str) -> Iterator[None]:
    """Log the error that ends a task, unless a line has told of it already."""
    try:
        yield
    except Exception as error:
        if not was_told(error):
            level, kind, message = _judge(error)
            event(
                "task_failed", message, level=level, task=task, kind=kind, reason=describe(error), at=find_place(error)
            )
            mark_told(error)
        raise


def describe(error: Exception) -> str:
    """Say what went wrong: our own errors explain themselves, any other is named as well."""
    own = isinstance(error, (Failure, RequestError, ConfigurationError, BatchFailed, StoreError))
    return str(error) if own else f"{type(error).__name__}: {error}"


def find_place(error: Exception) -> str:
    """Return the functions in which an error came up that is none of ours, the innermost last; empty for ours."""
    if describe(error) == str(error):
        return ""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    return " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)


def _judge(error: Exception) -> tuple[int, str, str]:
    """Return the level, the kind and the headline of an error that ended a task."""
    match error:
        case RequestError():
            return logging.WARNING, "request", "the request is wrong; its sender can mend it"
        case BatchFailed():
            return logging.INFO, "batch_failed", "no picture of the batch could be made; each reason has its own line"
        case StoreUnavailable():
            said = "the store did not answer; another attempt follows, if any is left"
            return logging.ERROR, "storage_unavailable", said
        case ConfigurationError():
            return logging.ERROR, "configuration", "a setting is wrong; nothing was spent"
        case StoreError():
            return logging.ERROR, "storage", "the store cannot be used as it is"
        case _:
            return logging.ERROR, "unexpected", "the task failed for a reason that nobody foresaw"
