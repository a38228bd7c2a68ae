"""An account's pace, shared by the batches that ask it at the same time.

Four times a minute, and when it meets a limit, each of them says in one small object of the store that it is there,
which models it asks and which limits it has met, and reads what the others say. Who has been silent for two minutes is
gone, so a batch that was killed slows nobody down for long. This is a courtesy and no lock: where the store does not
answer, or takes no such object, each batch goes on by what it heard last.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from imagegen.paying.pace.pacing import Pace
from storage import ObjectNotFound, Store, StoreError, Version, keys
from storage.mediatypes import JSON

FEW = 5
"""Pictures of one model that a batch asks for without a word: what the slowest account lets through in a minute."""
BEAT, SILENCE = 0.25, 2.0
"""Minutes between two words of a batch, and of silence after which it is gone."""
LOOKS = 15
"""Looks between two words at what has been learned meanwhile."""
TRIES = 5
"""Attempts at one word while others speak at the same moment."""
LEAVING = 10.0
"""Seconds that the end of a batch waits until it has said that it is gone; silence says it as well."""

_log = logging.getLogger(__name__)


class _Word(BaseModel):
    """The last word of a batch, at a time in epoch seconds: the limits per minute of the models that it asks.

    A limit is null while the batch has met none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    at: float
    limits: Mapping[str, Annotated[int, Field(ge=1)] | None]


class _Register(BaseModel):
    """The last words of all batches, by their runs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    runs: Mapping[str, _Word] = Field(default_factory=dict)


class Sharing:
    """One batch's presence, from entering to leaving the context, kept up by a thread of its own.

    ``paces`` are those of the models that it asks, by model; they are told how many share them, and the lowest limit
    that any of them has met. ``minute`` is a minute in seconds, ``clock`` gives epoch seconds.
    """

    def __init__(
        self,
        store: Store,
        run_id: str,
        paces: Mapping[str, Pace],
        *,
        minute: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._paces = paces
        self._minute = minute
        self._clock = clock
        self._said: Mapping[str, int | None] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_up, name="sharing", daemon=True)

    def __enter__(self) -> None:
        if self._paces:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._paces:
            self._thread.join(LEAVING)

    def speak(self) -> None:
        """Say what this batch asks and has met, and heed what the others say. No store stops it."""
        limits = self._find_limits()
        self._said = limits
        self._speak_and_listen(_Word(at=self._clock(), limits=limits))

    def _keep_up(self) -> None:
        while not self._over.is_set():
            self.speak()
            self._wait()
        self._speak_and_listen(None)

    def _wait(self) -> None:
        """Wait until it is time for the next word: at once when a limit was met, before others meet it."""
        for _ in range(LOOKS):
            if self._over.wait(self._minute * BEAT / LOOKS) or self._find_limits() != self._said:
                return

    def _find_limits(self) -> dict[str, int | None]:
        return {model: pace.per_minute for model, pace in self._paces.items()}

    def _speak_and_listen(self, word: _Word | None) -> None:
        try:
            others = self._say(word)
        except StoreError as error:
            _log.debug("the batches that share an account were not heard: %s", error)
            return
        for model, pace in self._paces.items():
            heard = [other.limits[model] for other in others if model in other.limits]
            pace.parties = 1 + len(heard)
            for limit in filter(None, heard):
                pace.note_limit(limit)

    def _say(self, word: _Word | None) -> list[_Word]:
        """Write this batch's word, or that it is gone (None); return those of the others. Raises StoreError."""
        others: dict[str, _Word] = {}
        for _ in range(TRIES):
            register, version = self._read()
            others = self._select_living(register)
            spoken = _Register(runs=others | ({self._run_id: word} if word else {}))
            if self._write(spoken.model_dump_json().encode(), version):
                break
        return list(others.values())

    def _read(self) -> tuple[_Register, Version | None]:
        try:
            found = self._store.read(keys.PACE)
        except ObjectNotFound:
            return _Register(), None
        return _parse(found.data), found.version

    def _write(self, data: bytes, version: Version | None) -> bool:
        """Write the register where nobody else was faster; tell if so."""
        if version is None:
            return self._store.create(keys.PACE, data, content_type=JSON) is not None
        return self._store.swap(keys.PACE, data, version=version, content_type=JSON) is not None

    def _select_living(self, register: _Register) -> dict[str, _Word]:
        """Return the others that were heard of lately. A clock that is far ahead makes nobody immortal."""
        now, silence = self._clock(), self._minute * SILENCE
        return {
            run: word for run, word in register.runs.items() if run != self._run_id and abs(now - word.at) <= silence
        }


def _parse(data: bytes) -> _Register:
    """Read the register; a damaged one counts as empty, and the next word replaces it."""
    try:
        return _Register.model_validate_json(data)
    except ValidationError:
        return _Register()
