"""The scenario of a seed: a small batch, and the faults of its provider calls and store operations.

Every decision is drawn from the seed and from what it is about (a request and how often it was asked for, a key and
how often it was used), never from the order in which threads come by: the same seed gives the same faults.
"""

import random
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

MODELS = ("gpt-image-2", "gpt-image-1", "gemini-3-pro-image", "imagen-4.0-generate-001")
"""Live and retired ones of both providers."""


class ProviderFault(StrEnum):
    """The fault of a call to a provider."""

    RATE_LIMITED = "429"
    RATE_LIMITED_WITH_WAIT = "429 with a wait"
    SERVER_ERROR = "500"
    OVERLOADED = "503"
    LATE = "timeout"
    DROPPED = "dropped connection"
    CUT_ANSWER = "truncated answer"
    CUT_PICTURE = "truncated picture"
    CORRUPT_PICTURE = "corrupt picture"
    NO_PICTURE = "no picture"


FREE = frozenset(
    {
        ProviderFault.RATE_LIMITED,
        ProviderFault.RATE_LIMITED_WITH_WAIT,
        ProviderFault.SERVER_ERROR,
        ProviderFault.OVERLOADED,
        ProviderFault.NO_PICTURE,
    }
)
"""Faults that no provider charges for."""


class StoreFault(StrEnum):
    """The fault of a store operation that the store's own retries could not save."""

    BEFORE = "unavailable, nothing done"
    AFTER = "done, but the answer was lost"


@dataclass(frozen=True)
class Scenario:
    """One seed's batch and faults."""

    seed: int

    @cached_property
    def batch(self) -> dict[str, Any]:
        """Two to four pairs, by name; sometimes two of them share a request."""
        dice = self._dice("batch")
        models = dice.sample(MODELS, dice.choice((1, 2)))
        prompts: list[Any] = [f"Subject {self.seed}.{n}" for n in range(dice.choice((1, 2)) if len(models) == 2 else 2)]
        if dice.random() < 0.2:
            prompts.append({"prompt": prompts[0], "title": "Another title for it"})
        return {
            "prompts": prompts[: 4 // len(models)],
            "models": models,
            "style": "photorealistic",
            "template": dice.choice(("bottom-bar", "left-panel")),
            "font": "inter",
        }

    @cached_property
    def provider_rate(self) -> float:
        """The share of provider calls that go wrong."""
        return self._dice("provider rate").choice((0.0, 0.15, 0.4, 0.7))

    @cached_property
    def store_rate(self) -> float:
        """The share of store operations that go wrong."""
        return self._dice("store rate").choice((0.0, 0.05, 0.15, 0.3) if self.provider_rate else (0.05, 0.15, 0.3))

    @cached_property
    def impatient(self) -> bool:
        """True when answers may come too late: those cost the time limit, so not every scenario has them."""
        return self._dice("impatient").random() < 0.15

    @cached_property
    def no_originals(self) -> bool:
        """True when no original can be stored during the first run."""
        return self._dice("outage").random() < 0.05

    @cached_property
    def clock_jumps(self) -> bool:
        """True when the wall clock jumps during the first run."""
        return self._dice("clock").random() < 0.2

    def provider(self, model: str, prompt: str, number: int) -> ProviderFault | None:
        """The fault that the ``number``-th call (from 1) for a request meets."""
        dice = self._dice(f"{model} {prompt} {number}")
        if dice.random() >= self.provider_rate:
            return None
        return dice.choice([f for f in ProviderFault if self.impatient or f is not ProviderFault.LATE])

    def store(self, operation: str, key: str, number: int) -> StoreFault | None:
        """The fault that the ``number``-th such operation (from 1) on a key meets."""
        if self.no_originals and operation == "create" and key.startswith("originals/"):
            return StoreFault.BEFORE
        dice = self._dice(f"{operation} {key} {number}")
        if dice.random() >= self.store_rate:
            return None
        return dice.choice(list(StoreFault)) if operation in ("create", "replace", "delete") else StoreFault.BEFORE

    def corrupted(self, picture: bytes, number: int) -> bytes:
        """A picture with its start overwritten, which no decoder takes."""
        return self._dice(f"corrupt {number}").randbytes(32) + picture[32:]

    def _dice(self, about: str) -> random.Random:
        return random.Random(f"{self.seed} {about}")
