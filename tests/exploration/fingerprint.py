"""Fingerprints of stopped code: two parties that stand at one line with equal variables do the same from there on.

A fingerprint names each frame between the party's start and its operation, by function, instruction and variables. No
frame keeps a value anywhere else while it waits for an operation: none stands inside an expression that has another
value at hand already.
"""

import threading
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import FrameType, FunctionType, MethodType

from greenlet import greenlet

from imagegen.paying.claims import Claim

_IDLE = {"wait", "started"}
"""Variables of ``acquire`` that only serve its deadline; there is none here."""
_OURS = str(Path(__file__).parents[2])
_LOCK = type(threading.Lock())


def fingerprint(party: greenlet) -> Hashable:
    """Describe where a stopped party stands."""
    frames = []
    frame: FrameType | None = party.gr_frame
    while frame:
        if not frame.f_code.co_filename.startswith(_OURS):  # passes values on and keeps none
            frame = frame.f_back
            continue
        variables = {name: value for name, value in frame.f_locals.items() if name not in _IDLE}
        frames.append((frame.f_code.co_qualname, frame.f_lasti, _plain(variables)))
        frame = frame.f_back
    return tuple(frames)


def _plain(value: object) -> Hashable:
    """Return a value that is equal for equal contents. Raises TypeError rather than overlook anything."""
    match value:
        case None | bool() | int() | float() | str() | bytes():
            plain: Hashable = value
        case tuple() | list():
            plain = tuple(_plain(each) for each in value)
        case dict():
            plain = tuple((name, _plain(each)) for name, each in sorted(value.items()))
        case BaseException():
            plain = (type(value).__name__, str(value))
        case FunctionType():
            plain = (value.__qualname__, tuple(_plain(cell.cell_contents) for cell in value.__closure__ or ()))
        case MethodType() | type():
            plain = value.__qualname__
        case Claim():
            plain = _plain(vars(value))
        case _:
            plain = _plain_object(value)
    return plain


def _plain_object(value: object) -> Hashable:
    if is_dataclass(value) and not isinstance(value, type):
        return type(value).__name__, tuple(_plain(getattr(value, each.name)) for each in fields(value))
    if isinstance(value, _LOCK):
        return value.locked()
    if described := getattr(value, "fingerprint", None):
        return _plain(described())
    raise TypeError(f"{type(value).__name__} is not known to fingerprints")
