"""A leaf's whole process, from its start to the picture in the store, through the worker protocol.

The fake provider and the S3 server are processes of their own, so that the process measured is alone. What it
is measured against is the least that any program pays which uses the same libraries: importing them.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from benchmarks import processes, stores
from benchmarks.figures import Figure, Scale, in_turns, median, milliseconds, paired
from benchmarks.processes import Life
from benchmarks.standins import LARGE, MODELS, PROVIDERS, Standin, standin

LATENCY = 2.0
"""Seconds that the slow fake server takes."""
LIMIT_SENT, LIMIT_HIDDEN, LIMIT_AT_ONCE = 1.25, 0.6, 0.95
LIMIT_PEAK, LIMIT_PEAK_LARGE = 110.0, 300.0
"""Megabytes."""
TYPICAL = 25.0
"""Seconds that a medium-quality picture takes a provider."""
STARTER_CPUS, STARTER_USD_PER_HOUR = 0.5, 0.05
"""The ``starter`` plan, billed by the second: Render's price list of November 2026."""

_SDK = {
    "openai": "import render; from openai import OpenAI; OpenAI(api_key='x')",
    "gemini": "import render; from google.genai import Client; Client(api_key='x')",
}
_ALL = "import openai, google.genai, boto3, PIL.Image"

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Made:
    """A process, and when its request had reached the provider, in seconds after its start."""

    life: Life
    sent: float


def measure(scale: Scale) -> Iterator[Figure]:
    """Each provider with each kind of store, without latency and with ``LATENCY``."""
    with ExitStack() as stack:
        kinds: dict[str, Mapping[str, str]] = {
            "directory": {"IMAGEGEN_STORE": str(stack.enter_context(stores.directory()))},
            "S3": stores.variables(stack.enter_context(stores.s3())),
        }
        latency = LATENCY / 10 if scale.small else LATENCY
        for provider in PROVIDERS[:1] if scale.small else PROVIDERS:
            at_once = stack.enter_context(standin(provider))
            slow = stack.enter_context(standin(provider, latency=latency))
            yield from _provider(provider, (at_once, slow), latency, kinds, scale)
            if not scale.small:
                large = stack.enter_context(standin(provider, picture=LARGE))
                peaks = [_leaf(provider, large, kinds["S3"]).life.peak for _ in range(3)]
                yield Figure(f"{provider}: peak memory with a {LARGE}", median(peaks), "MB", LIMIT_PEAK_LARGE)


def registration(scale: Scale) -> Iterator[Figure]:
    """From a process's start to its tasks registered, against ``import render`` alone.

    Render's local server waits for it before every run.
    """
    lives = in_turns({"bare": lambda: processes.bare("import render"), "worker": lambda: processes.register({})}, scale)
    registered = [life.ready for life in lives["worker"]]
    yield milliseconds("start → registered", median(registered))
    yield paired("start → registered ÷ bare 'import render'", registered, [life.ready for life in lives["bare"]])
    yield milliseconds("whole process", median([life.wall for life in lives["worker"]]))
    yield milliseconds("CPU", median([life.cpu for life in lives["worker"]]))
    yield Figure("peak memory", median([life.peak for life in lives["worker"]]), "MB")


def _provider(
    provider: str,
    standing: tuple[Standin, Standin],
    latency: float,
    kinds: Mapping[str, Mapping[str, str]],
    scale: Scale,
) -> Iterator[Figure]:
    cases: dict[str, Callable[[], Made]] = {
        "sdk": partial(_bare, _SDK[provider]),
        "all": partial(_bare, _ALL),
    }
    for kind, variables in kinds.items():
        cases[f"{kind} at once"] = partial(_leaf, provider, standing[0], variables)
        cases[f"{kind} slow"] = partial(_leaf, provider, standing[1], variables)
    made = in_turns(cases, scale)
    sdk = [one.life.ready for one in made["sdk"]]
    everything = [one.life.wall for one in made["all"]]
    yield milliseconds(f"{provider}: bare render + SDK + client, start → ready", median(sdk))
    yield milliseconds("bare openai + google.genai + boto3 + Pillow, whole process", median(everything))
    for kind in kinds:
        name = f"{provider}, {kind}"
        quick, late = made[f"{kind} at once"], made[f"{kind} slow"]
        sent = [one.sent for one in quick]
        stored = [one.life.ready for one in quick]
        hidden = [one.life.ready - latency for one in late]
        cpu = [one.life.cpu for one in quick]
        yield milliseconds(f"{name}: start → request sent", median(sent))
        yield paired(f"{name}: start → request sent ÷ bare SDK", sent, sdk, LIMIT_SENT)
        yield milliseconds(f"{name}: start → stored, 0 s provider", median(stored))
        yield paired(f"{name}: start → stored, 0 s provider ÷ bare imports", stored, everything, LIMIT_AT_ONCE)
        yield milliseconds(f"{name}: start → stored, {latency:g} s provider, less that", median(hidden))
        yield paired(f"{name}: the same ÷ bare imports", hidden, everything, LIMIT_HIDDEN)
        yield milliseconds(f"{name}: whole process, 0 s provider", median([one.life.wall for one in quick]))
        yield milliseconds(f"{name}: CPU", median(cpu))
        yield paired(f"{name}: CPU ÷ bare imports", cpu, [one.life.cpu for one in made["all"]])
        yield Figure(f"{name}: peak memory", max(one.life.peak for one in quick + late), "MB", LIMIT_PEAK)
        yield from _instance(name, median(cpu))


def _instance(name: str, cpu: float) -> Iterator[Figure]:
    """Estimate the cost of a picture on the ``starter`` plan: all of the CPU time is taken to delay, at half a CPU."""
    seconds = TYPICAL + cpu / STARTER_CPUS
    yield Figure(f"{name}: instance seconds a picture, {TYPICAL:.0f} s provider", seconds, "s")
    yield Figure(f"{name}: starter plan, 1,000 pictures", 1000 * seconds * STARTER_USD_PER_HOUR / 3600, "USD")


def _bare(code: str) -> Made:
    life = processes.bare(code)
    return Made(life, life.ready)


def _leaf(provider: str, standing: Standin, store: Mapping[str, str]) -> Made:
    """A fresh leaf, as a batch starts it."""
    inputs = {
        "prompt": f"Object storage as the source of truth, take {next(_numbers)}",
        "model": MODELS[provider],
        "style": "photorealistic",
        "template": "bottom-bar",
        "font": "inter",
        "grant": {"found": "nothing", "allowance_usd": None},
    }
    life = processes.run("generateImage", inputs, {**standing.environment, **store})
    return Made(life, standing.called_at() - life.started)
