"""Scripted events: a batch that runs as a test directs, with the events that an engine would send."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from imagegen.request import batch as batches
from imagegen.request.batch import Batch, Leaf
from imagegen.results import LeafResult
from tests.doubles.batches import failed, leaf
from workflows.events import AttemptFailed, Event, LeafCompleted, LeafPostponed, RunFinished, RunStarted

MODELS = ("gpt-image-2", "gemini-3-pro-image")


def request(prompts: int | list[str] = 2, models: tuple[str, ...] = MODELS) -> Batch:
    """A batch of these prompts, or of as many, named ``prompt 0``, ``prompt 1``, …"""
    named = [f"prompt {number}" for number in range(prompts)] if isinstance(prompts, int) else prompts
    value = {
        "prompts": named,
        "models": list(models),
        "style": "photorealistic",
        "template": "bottom-bar",
        "font": "inter",
    }
    return batches.read(value, max_images=10_000)


class ScriptedEvents:
    """Sends events to ``listener``. ``now`` is the time of the next one, in seconds since the batch began."""

    def __init__(self, listener: Callable[[Event], None], *, begin: float = 1_000.0) -> None:
        self.now = 0.0
        self._listener = listener
        self._begin = begin

    def start_root(self) -> None:
        """Begin ``generateBatch``."""
        self._listener(RunStarted("root", None, "generateBatch", {}, 1, self._time()))

    def end_root(self, error: str | None = None) -> None:
        """End ``generateBatch``."""
        self._listener(RunFinished("root", error, cancelled=False, at=self._time()))

    def start(self, pair: Leaf, attempt: int = 1) -> None:
        """Begin an attempt of a pair's run."""
        inputs = asdict(pair) | {"grant": {"found": "nothing", "allowance_usd": None}}
        self._listener(RunStarted(_name(pair), "root", "generateImage", inputs, attempt, self._time()))

    def fail_attempt(
        self, pair: Leaf, attempt: int = 1, *, retry_in: float = 4.0, error: str = "503 overloaded"
    ) -> None:
        """Fail an attempt that will be repeated."""
        self._listener(AttemptFailed(_name(pair), attempt, 4, error, retry_in, self._time()))

    def end(self, pair: Leaf, error: str | None = None, *, cancelled: bool = False) -> None:
        """End a pair's run."""
        self._listener(RunFinished(_name(pair), error, cancelled, self._time()))

    def complete(self, pair: Leaf, **changes: Any) -> LeafResult:
        """Complete a pair with a picture."""
        return self._send_result(pair, leaf(pair.prompt, pair.model, **({"title": pair.title} | changes)))

    def refuse(self, pair: Leaf, **changes: Any) -> LeafResult:
        """Complete a pair without a picture."""
        return self._send_result(pair, failed(pair.prompt, pair.model, **({"title": pair.title} | changes)))

    def postpone(self, pair: Leaf, seconds: float, **changes: Any) -> None:
        """Let the provider tell a pair to wait."""
        result = failed(pair.prompt, pair.model, **({"title": pair.title, "kind": "rate_limited"} | changes))
        self._listener(LeafPostponed(pair, result, seconds, self._time()))

    def _send_result(self, pair: Leaf, result: LeafResult) -> LeafResult:
        self._listener(LeafCompleted(pair, result, self._time()))
        return result

    def _time(self) -> float:
        return self._begin + self.now


def _name(pair: Leaf) -> str:
    return f"run of {pair}"
