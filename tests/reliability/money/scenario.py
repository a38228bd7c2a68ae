"""The scenario of a money seed: a small batch, its terms, what each answer is like, and where a leaf is killed.

Every decision is drawn from the seed and from what it is about, never from the order in which threads come by.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from tests.reliability.faults import MODELS


class Kind(StrEnum):
    """The kind of a provider's answer."""

    GOOD = "a picture"
    CORRUPT = "corrupt picture"
    CUT_PICTURE = "truncated picture"
    TINY = "picture of one pixel"
    NO_BASE64 = "text that is no base64"
    NO_PICTURE = "no picture, tokens reported"
    NO_PICTURE_NO_TOKENS = "no picture, no tokens reported"
    NO_JSON = "garbage in place of JSON"
    LATE = "timeout"
    DROPPED = "dropped connection"
    CUT_ANSWER = "truncated answer"
    GATEWAY_TIMEOUT = "504"
    LIMITED = "429"
    LIMITED_WITH_WAIT = "429 with a wait"
    BUSY_WITH_WAIT = "503 with a wait"
    SERVER_ERROR = "500"
    GATEWAY_TIMEOUT_WITH_WAIT = "504 with a wait"
    NO_PICTURE_WITH_WAIT = "no picture, tokens reported, a wait"


PAID = frozenset(
    {Kind.GOOD, Kind.CORRUPT, Kind.CUT_PICTURE, Kind.TINY, Kind.NO_BASE64, Kind.NO_PICTURE, Kind.NO_PICTURE_WITH_WAIT},
)
"""Answered with bytes and charged."""
POSSIBLE = frozenset(
    {
        Kind.NO_PICTURE_NO_TOKENS,
        Kind.NO_JSON,
        Kind.LATE,
        Kind.DROPPED,
        Kind.CUT_ANSWER,
        Kind.GATEWAY_TIMEOUT,
        Kind.GATEWAY_TIMEOUT_WITH_WAIT,
    }
)
"""Sent, and nobody knows if it is charged."""
REFUSED = frozenset({Kind.LIMITED, Kind.LIMITED_WITH_WAIT, Kind.BUSY_WITH_WAIT, Kind.SERVER_ERROR})
"""Not served, and not charged."""
USELESS = (PAID - {Kind.GOOD}) | {Kind.NO_PICTURE_NO_TOKENS}
"""Answers that use RETRY_USELESS up."""
KEPT = USELESS | {Kind.NO_JSON}
"""Answers whose bytes are kept under ``rejected/``."""
WITH_WAIT = frozenset(
    {Kind.LIMITED_WITH_WAIT, Kind.BUSY_WITH_WAIT, Kind.GATEWAY_TIMEOUT_WITH_WAIT, Kind.NO_PICTURE_WITH_WAIT}
)

Kill = StrEnum("Kill", ["BEFORE_CALL", "AFTER_CALL", "BEFORE_STORE", "AFTER_STORE"])
CAPS = ("none", "none", "exact", "exact", "and a half", "double", "ample", "one call", "two calls")


@dataclass(frozen=True)
class Scenario:
    """One seed's batch, terms and answers."""

    seed: int

    @cached_property
    def batch(self) -> dict[str, Any]:
        """Two to six pairs; often some share a request, by another title or by a retired model's successor."""
        dice = self._dice("batch")
        models = dice.sample(MODELS, dice.choice((1, 1, 2)))
        prompts: list[Any] = [f"Subject {self.seed}.{n}" for n in range(dice.choice((1, 2, 3)))]
        while len(prompts) * len(models) < 2 or (len(prompts) * len(models) <= 4 and dice.random() < 0.3):
            prompts.append({"prompt": prompts[0], "title": f"Title {len(prompts)} of it"})
        return {
            "prompts": prompts[: 6 // len(models)],
            "models": models,
            "style": "photorealistic",
            "template": "bottom-bar",
            "font": "inter",
        }

    @cached_property
    def impatient(self) -> bool:
        """Tell if answers may come too late, which costs the time limit each."""
        return self._dice("impatient").random() < 0.12

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The budgets of the request's life, and the patience of a leaf that was started alone."""
        dice = self._dice("settings")
        return {
            "retry_unanswered": dice.choice((0, 1, 3)),
            "retry_useless": dice.choice((0, 1, 1, 3)),
            "rate_limit_wait": dice.choice((0.0, 0.1, 5.0)),
            "max_in_flight": dice.choice((1, 2, 4)),
        }

    @cached_property
    def acts(self) -> tuple[str, ...]:
        """The runs with faults, in order: one leaf alone, the batch, the batch twice at once."""
        dice = self._dice("acts")
        first = ["alone"] if dice.random() < 0.25 else []
        return (*first, dice.choice(("batch", "batch", "batch", "twins")), *(["batch"] if dice.random() < 0.5 else []))

    def draw_cap(self, act: int, prices: Sequence[float]) -> float | None:
        """Draw a run's cap from the list prices of the requests that the batch has."""
        total = sum(prices)
        caps: dict[str, float | None] = {
            "none": None,
            "exact": total,
            "and a half": 1.5 * total,
            "double": 2 * total,
            "ample": 20 * total,
            "one call": max(prices),
            "two calls": 2 * min(prices),
        }
        cap = caps[self._dice(f"cap {act}").choice(CAPS)]
        return cap and round(cap, 6)

    def draw_answer(self, model: str, prompt: str, number: int) -> Kind:
        """Draw the kind of answer that the ``number``-th call (from 1) for a request gets."""
        dice = self._dice(f"{model} {prompt} {number}")
        if dice.random() >= self._rate:
            return Kind.GOOD
        return dice.choice([kind for kind in self._kinds if self.impatient or kind is not Kind.LATE] or [Kind.TINY])

    def draw_wait(self, model: str, prompt: str, number: int) -> float:
        """Draw the seconds that a refusal asks to wait."""
        return self._dice(f"wait {model} {prompt} {number}").choice((0.02, 0.05, 0.09, 0.4))

    def draw_kill(self, model: str, prompt: str, number: int) -> Kill | None:
        """Draw if the leaf is killed around its ``number``-th call (from 1) for a request."""
        if self._dice("kills").random() >= 0.3:
            return None
        dice = self._dice(f"kill {model} {prompt} {number}")
        return dice.choice(list(Kill)) if dice.random() < 0.3 else None

    @cached_property
    def _rate(self) -> float:
        return self._dice("rate").choice((0.0, 0.3, 0.6, 0.85))

    @cached_property
    def _kinds(self) -> list[Kind]:
        """What goes wrong in this seed: everything, or a few kinds again and again."""
        dice = self._dice("kinds")
        kinds: list[Kind] = [kind for kind in Kind if kind is not Kind.GOOD]
        return kinds if dice.random() < 0.4 else dice.sample(kinds, 3)

    def _dice(self, about: str) -> random.Random:
        return random.Random(f"money {self.seed} {about}")
