"""The models: their providers, sizes and prices, and the successors of the retired ones.

Prices rot: each says where it was read and when. The cost of a finished picture comes from the tokens that its
provider reports, at the token prices here; the list price stands in where no tokens are reported.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Protocol

LANDSCAPE = (1536, 1024)
"""OpenAI's landscape size: the one that every model takes and every price list names."""
WIDE = (1376, 768)
"""Gemini's size for 16:9 at its standard resolution, 1K."""

_DEFAULT_QUALITY = "medium"
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}")
"""An id that can stand in an address, a message and a log line as it is."""


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """US dollars per million tokens."""

    text_in: float
    text_out: float
    image_out: float

    def cost(self, *, text_in: int, text_out: int, image_out: int) -> float:
        """Return the cost of these tokens in US dollars."""
        return (text_in * self.text_in + text_out * self.text_out + image_out * self.image_out) / 1_000_000


@dataclass(frozen=True, slots=True)
class Model:
    """A model as it is asked for.

    ``size`` is (width, height) in pixels as the provider makes it. ``prices`` are list prices of one picture of
    that size in US dollars, by quality (``""`` where the provider has no such choice), as ``price_source`` gave
    them on ``price_date``. A retired model names its ``successor``; a live one may have an announced end in
    ``shuts_down_on`` and the provider's advice in ``successor``.
    """

    id: str
    provider: str
    size: tuple[int, int]
    prices: Mapping[str, float] = field(default_factory=dict)
    price_source: str = ""
    price_date: date | None = None
    tokens: TokenPrices | None = None
    retired_on: date | None = None
    shuts_down_on: date | None = None
    successor: str | None = None

    @property
    def price_usd(self) -> float | None:
        """One picture's list price at the default quality (None: unknown)."""
        return self.prices.get(_DEFAULT_QUALITY, self.prices.get(""))


class PictureSettings(Protocol):
    """The settings that decide a picture's generation options."""

    @property
    def openai_image_quality(self) -> str:
        """``low``, ``medium``, ``high`` or ``auto``."""
        ...


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """A provider in the catalogue: the size of its pictures and the form of its image models' ids.

    ``ids`` matches an id that is not in the catalogue from its beginning to its end. ``options`` turns the settings
    into the provider's generation options for a picture. The provider's key stands in the first of ``key_variables``
    that is set, its cap on images per minute in ``pace_variable``.
    """

    size: tuple[int, int]
    ids: re.Pattern[str]
    options: Callable[[PictureSettings], Mapping[str, str]]
    key_variables: tuple[str, ...]
    pace_variable: str


PROVIDERS: dict[str, ProviderEntry] = {
    "openai": ProviderEntry(
        LANDSCAPE,
        re.compile(r"(?:gpt-image-|chatgpt-image).+"),
        # JPEG at OpenAI's full quality: a fraction of a PNG's bytes to wait for, decode and keep. Nothing that is lost
        # shows in a JPEG of 1200x630.
        lambda settings: {"quality": settings.openai_image_quality, "output_format": "jpeg"},
        key_variables=("OPENAI_API_KEY",),
        pace_variable="OPENAI_IMAGES_PER_MINUTE",
    ),
    "gemini": ProviderEntry(
        WIDE,
        re.compile(r"gemini-.*(?:image|nano-banana).*|nano-banana-.+"),  # Gemini's text models have neither word
        lambda _settings: {"aspect_ratio": "16:9"},
        key_variables=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        pace_variable="GEMINI_IMAGES_PER_MINUTE",
    ),
}


def _openai(model_id: str, prices: Mapping[str, float], source: str, read: date) -> Model:
    tokens = TokenPrices(text_in=5, text_out=30, image_out=30)
    return Model(model_id, "openai", LANDSCAPE, prices, source, read, tokens)


def _gemini(model_id: str, price: float, tokens: TokenPrices) -> Model:
    return Model(model_id, "gemini", WIDE, {"": price}, _GEMINI_PRICES, date(2026, 10, 14), tokens)


def _retired(model_id: str, provider: str, since: date, successor: str) -> Model:
    return Model(model_id, provider, PROVIDERS[provider].size, retired_on=since, successor=successor)


_GEMINI_PRICES = "ai.google.dev/gemini-api/docs/pricing, at 1K"
_OPENAI_PRICES = "developers.openai.com/api/docs/guides/image-generation, at 1536x1024"
_OPENAI_TOKENS = "developers.openai.com/api/docs/pricing, for the tokens of 1024x1024"
_DERIVED = "upper estimate from docs.laozhang.ai's token counts, at 1024x1024"
_LITELLM = "LiteLLM's model price map, at 1536x1024"

_2_5 = {"low": 0.006, "medium": 0.013, "high": 0.053}
_2_6 = {"low": 0.024, "medium": 0.053, "high": 0.053}
"""Upper estimates: low and medium take three to four times the tokens of 2.5 (docs.laozhang.ai, read on 2026-11-05),
here four times its 196 and 439 tokens, at 30 dollars a million; high and above take as many as those of 2.5."""
_MINI = {"low": 0.006, "medium": 0.015, "high": 0.052}
"""High stands in OpenAI's list alone, as aifreeapi.com quoted it on 2026-03-27 for both of the larger sizes."""
_DECEMBER = date(2026, 12, 1)

MODELS: dict[str, Model] = {
    model.id: model
    for model in (
        _openai("gpt-image-2", {"low": 0.005, "medium": 0.041, "high": 0.165}, _OPENAI_PRICES, date(2026, 5, 6)),
        _openai("gpt-image-2.5-flare", _2_5, _OPENAI_TOKENS, date(2026, 9, 26)),
        _openai("gpt-image-2.5-sunburst", _2_5, _OPENAI_TOKENS, date(2026, 9, 26)),
        _openai("gpt-image-2.6-flare", _2_6, _DERIVED, date(2026, 11, 5)),
        _openai("gpt-image-2.6-sunburst", _2_6, _DERIVED, date(2026, 11, 5)),
        replace(
            _openai("gpt-image-1.5", {"low": 0.013, "medium": 0.05, "high": 0.2}, _LITELLM, date(2026, 11, 23)),
            tokens=TokenPrices(text_in=5, text_out=32, image_out=32),
            shuts_down_on=_DECEMBER,
            successor="gpt-image-2.6-flare",
        ),
        replace(
            _openai("gpt-image-1-mini", _MINI, _LITELLM, date(2026, 11, 23)),
            tokens=TokenPrices(text_in=2, text_out=8, image_out=8),
            shuts_down_on=_DECEMBER,
            successor="gpt-image-2.6-flare",
        ),
        Model("chatgpt-image-latest", "openai", LANDSCAPE, shuts_down_on=_DECEMBER, successor="gpt-image-2.6-flare"),
        _gemini("gemini-nano-banana-2.1", 0.0336, TokenPrices(text_in=1.5, text_out=7.5, image_out=30)),
        _gemini("gemini-3-pro-image", 0.134, TokenPrices(text_in=2, text_out=12, image_out=120)),
        _gemini("gemini-3.1-flash-lite-image", 0.0336, TokenPrices(text_in=0.25, text_out=1.5, image_out=30)),
        replace(
            _gemini("gemini-3.1-flash-image", 0.067, TokenPrices(text_in=0.5, text_out=3, image_out=60)),
            successor="gemini-nano-banana-2.1",  # deprecated on 2026-10-06, no end announced
        ),
        replace(
            _gemini("gemini-2.5-flash-image", 0.039, TokenPrices(text_in=0.3, text_out=2.5, image_out=30)),
            size=(1344, 768),
            shuts_down_on=date(2027, 3, 15),
            successor="gemini-3.1-flash-lite-image",
        ),
        # Successors as developers.openai.com/api/docs/deprecations and the models' own pages name them.
        _retired("gpt-image-1", "openai", date(2026, 10, 23), "gpt-image-2"),
        _retired("dall-e-3", "openai", date(2026, 5, 12), "gpt-image-2.5-sunburst"),
        _retired("dall-e-2", "openai", date(2026, 5, 12), "gpt-image-2.5-sunburst"),
        # Successors as ai.google.dev/gemini-api/docs/deprecations names them; where that is gemini-3.1-flash-image,
        # the successor that Google names for it in turn, since it is deprecated and reported gone.
        _retired("gemini-3-pro-image-preview", "gemini", date(2026, 6, 25), "gemini-3-pro-image"),
        _retired("gemini-3.1-flash-image-preview", "gemini", date(2026, 6, 25), "gemini-nano-banana-2.1"),
        _retired("imagen-4.0-generate-001", "gemini", date(2026, 8, 17), "gemini-nano-banana-2.1"),
        _retired("imagen-4.0-fast-generate-001", "gemini", date(2026, 8, 17), "gemini-nano-banana-2.1"),
        _retired("imagen-4.0-ultra-generate-001", "gemini", date(2026, 8, 17), "gemini-nano-banana-2.1"),
    )
}


def find(model_id: str) -> Model | None:
    """Find a model by its id; None when no provider is known to serve it.

    An id with a date behind it is a snapshot of the model without. An id that is not in the catalogue, but has the
    form of a provider's image models, is that provider's, at an unknown price.
    """
    if not _ID.fullmatch(model_id):
        return None
    if known := _find_listed(model_id):
        return replace(known, id=model_id)
    for provider, entry in PROVIDERS.items():
        if entry.ids.fullmatch(model_id):
            return Model(model_id, provider, entry.size)
    return None


def resolve_id(typed: str) -> str | None:
    """Return the id that ``find`` knows, whatever the case of ``typed``; None when there is none.

    An id outside the catalogue that begins like a provider's stays as it is typed: only the provider knows its case.
    """
    lower = typed.casefold()
    if _find_listed(lower):
        return lower
    return next((model_id for model_id in (typed, lower) if find(model_id)), None)


def _find_listed(model_id: str) -> Model | None:
    return MODELS.get(model_id) or MODELS.get(_SNAPSHOT.sub("", model_id))


def find_end(model: Model, on: date | None = None) -> date | None:
    """Return the day on which a model was retired, as of ``on`` (None: today in UTC); None while it is served."""
    if model.retired_on:
        return model.retired_on
    end = model.shuts_down_on
    return end if end and end <= (on or datetime.now(UTC).date()) else None


def find_serving(model: Model, on: date | None = None) -> Model:
    """Find the model that answers for ``model`` on a day: itself, or its successor when it is retired by then.

    ``on`` is the day (None: today in UTC).
    """
    return MODELS[model.successor] if model.successor and find_end(model, on) else model


def build_options(model: Model, settings: PictureSettings) -> Mapping[str, str]:
    """Build the provider's generation options for a picture: with the size they decide what is paid for."""
    entry = PROVIDERS.get(model.provider)
    return entry.options(settings) if entry else {}


def find_price(model: Model, options: Mapping[str, str]) -> float | None:
    """Find the list price of one picture with these options, in US dollars; None when it is unknown.

    Where the provider chooses the quality itself (``auto``), it is the highest price, so that a cap holds.
    """
    quality = options.get("quality", "")
    return max(model.prices.values(), default=None) if quality == "auto" else model.prices.get(quality)


def find_list_price(model_id: str, options: Mapping[str, str]) -> float | None:
    """Find the list price by the id of a model."""
    model = find(model_id)
    return find_price(model, options) if model else None
