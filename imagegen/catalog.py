"""The models: who serves them, at which size and price, and what became of the retired ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Model:
    """A model as it is asked for.

    ``size`` is (width, height) in pixels as the provider makes it. ``price_usd`` is one picture's list price
    (None: unknown) as ``price_source`` gave it on ``price_date``. A retired model names its ``successor``.
    """

    id: str
    provider: str
    size: tuple[int, int]
    price_usd: float | None = None
    price_source: str = ""
    price_date: date | None = None
    retired_on: date | None = None
    successor: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


MODELS: dict[str, Model] = {
    m.id: m
    for m in (
        Model("gpt-image-1", "openai", (1536, 1024), retired_on=date(2026, 10, 23), successor="gpt-image-2"),
        Model("gpt-image-2", "openai", (1536, 1024), 0.041),
        Model("gemini-3-pro-image-preview", "gemini", (1376, 768), retired_on=date(2026, 6, 25), successor="gemini-3-pro-image"),
        Model("gemini-3-pro-image", "gemini", (1376, 768), 0.134),
    )
}


def find(model_id: str) -> Model | None:
    """The model by its id: the catalogue's entry, or one with an unknown price when a prefix makes its provider plain."""
    if model_id in MODELS:
        return MODELS[model_id]
    for prefix, provider in (("gpt-image-", "openai"), ("gemini-", "gemini")):
        if model_id.startswith(prefix):
            return Model(model_id, provider, (1536, 1024))
    return None


def serving(model: Model) -> Model:
    """The model that answers for ``model`` today: itself, or its successor when it is retired."""
    return MODELS[model.successor] if model.successor else model
