"""The tools of one process: its settings, its store, its providers — each made once, when first needed."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import TypeVar

from imagegen import providers
from imagegen.paying.claims import Lease
from imagegen.paying.pace.pacing import ALONE, MINUTE, PATIENCE, Lane, Pace
from imagegen.providers import Provider
from imagegen.providers.imports import without
from imagegen.settings import Settings, from_environment
from storage import Store
from storage.location import open_store

T = TypeVar("T")

_UNUSED = ("aiohttp", "httpx", "PIL.Image")
"""Modules that the SDKs import when they are there: a second and a third HTTP client, and pictures to send. They take a
fifth of a leaf's CPU time before its request leaves."""


ATTEMPT_SECONDS = 900.0
"""The timeout of ``generateImage``: see LEAF_TIMEOUT_SECONDS in workflows/app.py."""
ATTEMPTS = 4
"""Attempts at a leaf's run, its first one among them: see the Retry of ``generateImage`` there."""


class Runtime:
    """Settings, store and providers of one process (or of one test). Safe to share between threads.

    ``pause`` is the sleep of the leaves, in seconds. ``lease`` holds the times of the claims' protocol,
    ``attempt_seconds`` is the time that the platform gives one attempt at a leaf, and ``minute``, ``alone`` and
    ``patience`` are the times of the lanes (see ``pacing``).
    """

    def __init__(
        self,
        settings: Settings,
        *,
        pause: Callable[[float], None] = time.sleep,
        lease: Lease = Lease(),  # noqa: B008 - frozen
        attempt_seconds: float = ATTEMPT_SECONDS,
        minute: float = MINUTE,
        alone: float = ALONE,
        patience: float = PATIENCE,
    ) -> None:
        self.settings = settings
        self.pause = pause
        self.lease = lease
        self.attempt_seconds = attempt_seconds
        self.minute = minute
        self.alone = alone
        self.patience = patience
        self.called: set[str] = set()
        """Providers that were asked in this process."""
        self._paces: dict[str, Pace] = {}
        self._lock = threading.Lock()
        self._providers: dict[str, Provider] = {}

    @cached_property
    def store(self) -> Store:
        """The store that the settings name. Raises StoreMisconfigured."""
        s = self.settings
        return open_store(
            location=s.store,
            endpoint=s.minio_endpoint,
            access_key=s.minio_access_key,
            secret_key=s.minio_secret_key,
            bucket=s.minio_bucket,
            region=s.minio_region,
            public_base_url=s.minio_public_base_url,
            public_read=s.minio_public_read,
            ephemeral=s.on_render,
        )

    def provider(self, name: str) -> Provider:
        """The provider's one client. Raises ConfigurationError when its key is missing."""
        with self._lock:
            if name not in self._providers:
                with without(*_UNUSED):
                    self._providers[name] = providers.connect(name, self.settings)
            return self._providers[name]

    def find_pace(self, provider: str, model: str) -> Pace:
        """Return the known pace of the provider's account for a model: the same object each time."""
        return self._paces.setdefault(model, Pace(self.settings.images_per_minute(provider)))

    def open_lane(self, provider: str, model: str) -> Lane[T]:
        """Build a lane for one of a provider's models, or, for an empty provider, one that keeps no pace."""
        return Lane(
            pace=self.find_pace(provider, model) if provider else None,
            alone=self.alone if provider else 0.0,
            minute=self.minute,
            patience=self.patience,
        )


_in_use: ContextVar[Runtime | None] = ContextVar("runtime", default=None)
_of_process: list[Runtime] = []
_first_use = threading.Lock()


def current() -> Runtime:
    """The runtime given by ``using``, else the process's own, read from the environment at first use."""
    if given := _in_use.get():
        return given
    with _first_use:
        if not _of_process:
            _of_process.append(Runtime(from_environment()))
        return _of_process[0]


@contextmanager
def using(runtime: Runtime) -> Iterator[Runtime]:
    """Make ``runtime`` the current one, for this task and the threads that it starts with its context."""
    token = _in_use.set(runtime)
    try:
        yield runtime
    finally:
        _in_use.reset(token)
