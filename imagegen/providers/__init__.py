"""The provider contract, and how a provider is loaded.

A provider turns one request into one picture with exactly one request to its service. It never waits and never
repeats a request: whether there is another one is decided by its caller. A provider is one module here, named by its
id, with the functions ``connect(settings)``, ``find_missing_key(settings)`` and ``endpoint(settings)``, and its entries
in ``imagegen/request/catalog.py``. ``settings.find_key(id)`` is its key.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol, cast

from imagegen.settings import Settings


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """A request for one picture: everything here, and nothing else, decides what is paid for.

    ``size`` is (width, height) in pixels as the model makes it; ``options`` are the provider's own generation
    options (such as ``quality``); ``variant`` numbers the pictures asked for with otherwise equal requests.
    """

    model: str
    prompt: str
    size: tuple[int, int]
    options: Mapping[str, str]
    variant: int = 0


@dataclass(frozen=True, slots=True)
class Generated:
    """A provider's answer: the picture's bytes, untouched, and their cost in US dollars (None: unknown)."""

    data: bytes
    cost_usd: float | None


class Provider(Protocol):
    """A maker of pictures."""

    def generate(self, request: PictureRequest) -> Generated:
        """Make one picture with one request; never wait, never repeat.

        Raises PassingFailure (try again, no sooner than its ``retry_after``), RateLimited (the same, with the limit),
        Unanswered (try again, may have been charged) or PermanentFailure. Safe to call from several threads. The
        bytes are not yet checked to be a picture.
        """
        ...


def connect(name: str, settings: Settings) -> Provider:
    """Import the provider's SDK and build its client: the slow part of a leaf's start, done once per process.

    ``name`` is ``offline`` or the provider of a model in the catalogue. Raises ConfigurationError when the
    provider's key is missing.
    """
    return cast("Provider", _load_module(name).connect(settings))


def find_missing_key(name: str, settings: Settings) -> str:
    """Return the variable to put the provider's key in; empty when the key is there or not needed. Loads no SDK."""
    return str(_load_module(name).find_missing_key(settings))


def endpoint(name: str, settings: Settings) -> str:
    """Return the base URL that the provider's requests go to; empty when it is the provider's own. Loads no SDK.

    It is normalised, and holds no secret. Raises ConfigurationError, without repeating it, when it could.
    """
    return str(_load_module(name).endpoint(settings))


def _load_module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}")
