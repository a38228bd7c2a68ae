"""The look at prompts before anything is spent on them, when ``ENABLE_MODERATION`` is on."""

from collections.abc import Sequence

from imagegen.errors import PermanentFailure
from imagegen.making.plan import Planned
from imagegen.providers import moderation
from imagegen.settings import Settings


def find_flagged(unpaid: Sequence[Planned], settings: Settings) -> dict[str, str]:
    """Return the reason for each request hash whose prompt is flagged; asks about each prompt once.

    Raises ConfigurationError when the key is missing or refused, PassingFailure when there is no answer now.
    """
    asked = [item for item in unpaid if not item.leaf.offline]
    if not (settings.enable_moderation and asked):
        return {}
    reasons = moderation.flag_prompts(list(dict.fromkeys(item.request.prompt for item in asked)), settings)
    return {item.request_hash: reasons[item.request.prompt] for item in asked if item.request.prompt in reasons}


def refuse_flagged(planned: Planned, settings: Settings) -> None:
    """Raise PermanentFailure("moderation") when the prompt is flagged."""
    for reason in find_flagged([planned], settings).values():
        raise PermanentFailure("moderation", reason)
