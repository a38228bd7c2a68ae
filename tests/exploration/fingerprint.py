"""Fingerprints of stopped code: two parties that stand at one line with equal variables do the same from there on.

A fingerprint names each frame between the party's start and its operation, by function, instruction and variables. No
frame keeps a value anywhere else while it waits for an operation: none stands inside an expression that has another
value at hand already.
"""

import threading
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from types import FrameType, FunctionType, MethodType

from greenlet import greenlet  # type: ignore[import-untyped]

from imagegen.paying.claims import Claim
from tests.exploration.operations import AskingStore

_IDLE = {"wait", "started"}
"""Variables of ``acquire`` that only serve its deadline; there is none here."""
_LOCK = type(threading.Lock())


def fingerprint(party: greenlet) -> Hashable:
    """Describe where a stopped party stands."""
    frames = []
    frame: FrameType | None = party.gr_frame
    while frame:
        variables = {name: value for name, value in frame.f_locals.items() if name not in _IDLE}
        frames.append((frame.f_code.co_qualname, frame.f_lasti, _plain(variables)))
        frame = frame.f_back
    return tuple(frames)


def _plain(value: object) -> Hashable:  # noqa: PLR0911 - a line for each kind
    """Return a value that is equal for equal contents. Raises TypeError rather than overlook anything."""
    match value:
        case None | bool() | int() | float() | str() | bytes():
            return value
        case tuple() | list():
            return tuple(_plain(each) for each in value)
        case dict():
            return tuple((name, _plain(each)) for name, each in sorted(value.items()))
        case BaseException():
            return (type(value).__name__, str(value))
        case FunctionType():
            return (value.__qualname__, tuple(_plain(cell.cell_contents) for cell in value.__closure__ or ()))
        case MethodType():
            return value.__qualname__
        case Claim():
            return _plain(vars(value))
        case AskingStore():
            return "store"
    return _plain_object(value)


def _plain_object(value: object) -> Hashable:
    if isinstance(value, type):
        return value.__qualname__
    if is_dataclass(value):
        if isinstance(value, Hashable):
            return value
        return tuple((each.name, _plain(getattr(value, each.name))) for each in fields(value))
    if isinstance(value, _LOCK):
        return value.locked()
    if described := getattr(value, "fingerprint", None):
        return _plain(described())
    raise TypeError(f"{type(value).__name__} is not known to fingerprints")
