"""A look at the prompts before anything is spent: OpenAI's moderation endpoint, which is free."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from imagegen.errors import ConfigurationError, PassingFailure, Unanswered
from imagegen.providers.failures import classify
from imagegen.providers.openai import SERVICE, build_client, describe_error
from imagegen.settings import Settings

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types import Moderation

MODEL = "omni-moderation-latest"
RETRIES = 3
"""A question that costs nothing may be asked again, so the SDK's own retries do it."""
TIMEOUT = 20.0
"""Seconds for one answer, which usually takes well under one."""
AT_ONCE = 8


def flag_prompts(prompts: Iterable[str], settings: Settings) -> dict[str, str]:
    """The prompts that the endpoint objects to, each with the reason in plain words. Each is asked about once.

    Raises ConfigurationError when the key is missing or refused, PassingFailure when there is no answer now.
    """
    distinct = list(dict.fromkeys(prompts))
    sdk = build_client(settings).with_options(max_retries=RETRIES, timeout=TIMEOUT)
    with ThreadPoolExecutor(AT_ONCE, "moderation") as pool:
        verdicts = pool.map(lambda prompt: _verdict(sdk, prompt, settings), distinct)
        return {prompt: reason for prompt, reason in zip(distinct, verdicts, strict=True) if reason}


def _verdict(sdk: "OpenAI", prompt: str, settings: Settings) -> str:
    """Give the reason for which the prompt is flagged; empty when it is not."""
    try:
        results = sdk.moderations.create(model=MODEL, input=prompt).results
        return "; ".join(_reason(result) for result in results if result.flagged)
    except Exception as error:  # noqa: BLE001 - the providers' table sorts every exception of the SDK
        report = describe_error(error)
    problem = classify(SERVICE, report, model=MODEL, secret=settings.find_key(SERVICE.id))
    if isinstance(problem, PassingFailure):
        why = "there was no answer that can be read" if isinstance(problem, Unanswered) else str(problem)
        raise PassingFailure("moderation_unavailable", f"the prompts were not checked, so nothing was paid for: {why}")
    raise ConfigurationError(f"ENABLE_MODERATION is on, but the prompts cannot be checked: {problem}")


def _reason(result: "Moderation") -> str:
    categories = result.categories.to_dict() if result.categories else {}
    hits = ", ".join(sorted(name for name, hit in categories.items() if hit is True)) or "no category named"
    return f"OpenAI's moderation flags this prompt ({hits}), so nothing was spent on it: change its wording or context"
