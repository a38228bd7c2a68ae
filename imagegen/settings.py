"""The settings of a run, read from the environment once and explained together when several are wrong.

The SDKs read their own base URLs, and the client of deployed runs reads Render's variables.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypeVar

from imagegen.errors import ConfigurationError
from imagegen.request.catalog import PROVIDERS

T = TypeVar("T")

LOG_FORMATS = ("text", "json")


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment's word on everything that can be set. ``repr`` leaves the secrets out.

    Money is in US dollars, times are in seconds unless a name says otherwise.
    """

    openai_api_key: str = field(default="", repr=False)
    google_api_key: str = field(default="", repr=False)
    openai_image_quality: str = "medium"
    """``low``, ``medium``, ``high`` or ``auto``; medium is a quarter of high's price and made for the web."""
    strict_models: bool = False
    enable_moderation: bool = False
    retry_unanswered: int = 3
    """Times that a call without an answer is sent again over the life of a request; each may cost a second picture."""
    retry_useless: int = 1
    """Times that a paid answer which cannot be used is followed by another call over the life of a request."""
    provider_timeout: float = 300.0
    """Total for one provider call: the slowest model's 95th percentile is about 280 s."""
    rate_limit_wait: float = 120.0
    """Seconds for which a leaf that was started alone waits out a provider's limits, which costs nothing."""
    provider_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Keys of the providers that have no field of their own here, by provider."""
    provider_pace: Mapping[str, int] = field(default_factory=dict)
    """Images per minute by provider: ``OPENAI_IMAGES_PER_MINUTE`` and its like."""
    offline_latency: float = 0.0

    require_shaping: bool = False
    """True: make no picture without FriBiDi, rather than draw it in another way under another name."""
    brands: Path = Path("brands")
    """The folder of the brands, deployed with the program: ``brands/<name>/brand.toml``."""
    store: str = ""
    """``--store``: a directory or ``s3://bucket``; empty: the bucket when one is named, else ``pictures``."""
    minio_endpoint: str = ""
    minio_access_key: str = field(default="", repr=False)
    minio_secret_key: str = field(default="", repr=False)
    minio_bucket: str = ""
    minio_region: str = ""
    minio_public_base_url: str = ""
    minio_public_read: bool = False
    url_life: timedelta = timedelta(days=7)
    originals_expire_days: int | None = None
    """The age in days at which a rule of the bucket removes originals; None: there is no such rule."""

    notify_url: str = field(default="", repr=False)
    """The address that is told of each batch's end; it may hold a credential, so that no message repeats it."""
    notify_secret: str = field(default="", repr=False)
    """The secret that signs what is told, ``whsec_`` and base64, or any text."""

    in_task_run: bool = False
    """True in a process that Render, or its local server, started for one run: leaves may outlive their batch."""
    on_render: bool = False
    """True on one of Render's own machines, whose disks are gone when a run ends."""

    log_format: str = "text"
    """The form of a worker's log: ``text`` for people or ``json`` for programs, one line an event."""

    max_images_per_batch: int = 50
    max_batch_cost_usd: float | None = None
    max_monthly_cost_usd: float | None = None
    """The most that all batches of a store may spend in one month (UTC); None: no limit."""
    max_in_flight: int = 50

    def images_per_minute(self, provider: str) -> int | None:
        """Return the cap on a provider's leaves started in a minute; None: no cap."""
        return self.provider_pace.get(provider)

    def find_key(self, provider: str) -> str:
        """Return a provider's key; an empty string when there is none."""
        own = {"openai": self.openai_api_key, "gemini": self.google_api_key}
        return own.get(provider) or self.provider_keys.get(provider, "")


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises ConfigurationError that names every wrong variable at once."""
    reader = _Reader(os.environ if environ is None else environ)
    keys = reader.read_provider_keys()
    settings = Settings(
        openai_api_key=keys.pop("openai", ""),
        google_api_key=keys.pop("gemini", ""),
        provider_keys=keys,
        openai_image_quality=reader.choice("OPENAI_IMAGE_QUALITY", ("low", "medium", "high", "auto"), "medium"),
        strict_models=reader.flag("STRICT_MODELS"),
        enable_moderation=reader.flag("ENABLE_MODERATION"),
        retry_unanswered=reader.whole("RETRY_UNANSWERED", 3, low=0, high=100),
        retry_useless=reader.whole("RETRY_USELESS", 1, low=0, high=100),
        provider_timeout=reader.number("PROVIDER_TIMEOUT_SECONDS", 300.0, low=0.1, high=420.0),
        rate_limit_wait=reader.number("RATE_LIMIT_WAIT_SECONDS", 120.0, low=0.0, high=120.0),
        provider_pace=reader.read_provider_pace(),
        offline_latency=reader.number("OFFLINE_LATENCY_SECONDS", 0.0, low=0.0, high=300.0),
        require_shaping=reader.flag("REQUIRE_SHAPING"),
        brands=Path(reader.text("BRANDS_DIR") or "brands"),
        store=reader.text("IMAGEGEN_STORE"),
        minio_endpoint=reader.text("MINIO_ENDPOINT"),
        minio_access_key=reader.text("MINIO_ACCESS_KEY"),
        minio_secret_key=reader.text("MINIO_SECRET_KEY"),
        minio_bucket=reader.text("MINIO_BUCKET"),
        minio_region=reader.text("MINIO_REGION"),
        minio_public_base_url=reader.text("MINIO_PUBLIC_BASE_URL"),
        minio_public_read=reader.flag("MINIO_PUBLIC_READ"),
        url_life=timedelta(seconds=reader.whole("URL_LIFE_SECONDS", 604_800, low=1, high=604_800)),
        originals_expire_days=reader.optional_whole("ORIGINALS_EXPIRE_DAYS"),
        notify_url=reader.text("NOTIFY_URL"),
        notify_secret=reader.text("NOTIFY_SECRET"),
        in_task_run=bool(reader.text("RENDER_SDK_MODE")),
        on_render=reader.flag("RENDER"),
        log_format=reader.choice("LOG_FORMAT", LOG_FORMATS, "text"),
        max_images_per_batch=reader.whole("MAX_IMAGES_PER_BATCH", 50, low=1, high=100_000),
        max_batch_cost_usd=reader.optional_number("MAX_BATCH_COST_USD"),
        max_monthly_cost_usd=reader.optional_number("MAX_MONTHLY_COST_USD"),
        max_in_flight=reader.whole("MAX_IN_FLIGHT", 50, low=1, high=1_000),
    )
    reader.raise_if_wrong()
    return settings


SECRETS = (
    *(variable for provider in PROVIDERS.values() for variable in provider.key_variables),
    *("MINIO_SECRET_KEY", "NOTIFY_SECRET", "NOTIFY_URL"),
)
"""The variables whose values no line of a log repeats."""


def find_log_format(environ: Mapping[str, str] | None = None) -> Literal["text", "json"]:
    """Return the form of the log, also where other settings are wrong, or this one: those are told in the log."""
    named = (os.environ if environ is None else environ).get("LOG_FORMAT", "").strip().lower()
    return "json" if named == "json" else "text"


class _Reader:
    """Reads variables and collects what is wrong with them. An empty variable counts as absent."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._wrong: list[str] = []

    def text(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def flag(self, name: str) -> bool:
        return self.choice(name, ("true", "false", "1", "0", "yes", "no", "on", "off"), "false") in (
            "true",
            "1",
            "yes",
            "on",
        )

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(name).lower() or default
        if value not in allowed:
            self._refuse(name, "one of " + ", ".join(allowed))
            return default
        return value

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        return self._parsed(name, int, default, f"a whole number from {low} to {high}", lambda n: low <= n <= high)

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        return self._parsed(name, float, default, f"a number from {low:g} to {high:g}", lambda n: low <= n <= high)

    def optional_whole(self, name: str) -> int | None:
        return self._parsed(name, int, None, "a whole number of at least 1", lambda n: n is None or n >= 1)

    def optional_number(self, name: str) -> float | None:
        return self._parsed(name, float, None, "a number of at least 0", lambda n: n is None or 0 <= n < float("inf"))

    def read_provider_keys(self) -> dict[str, str]:
        """Read the key of each provider in the catalogue from the first of its variables that is set."""
        names = {provider: entry.key_variables for provider, entry in PROVIDERS.items()}
        found = {provider: [self.text(variable) for variable in names[provider]] for provider in names}
        return {provider: next(filter(None, keys)) for provider, keys in found.items() if any(keys)}

    def read_provider_pace(self) -> dict[str, int]:
        """Read the cap on images per minute of each provider in the catalogue that has one."""
        pace = {provider: self.optional_whole(entry.pace_variable) for provider, entry in PROVIDERS.items()}
        return {provider: cap for provider, cap in pace.items() if cap is not None}

    def raise_if_wrong(self) -> None:
        if self._wrong:
            raise ConfigurationError("; ".join(self._wrong))

    def _parsed(
        self, name: str, parse: Callable[[str], T], default: T, expected: str, allowed: Callable[[T], bool]
    ) -> T:
        value = self.text(name)
        if not value:
            return default
        try:
            parsed = parse(value)
        except ValueError:
            self._refuse(name, expected)
            return default
        if not allowed(parsed):
            self._refuse(name, expected)
            return default
        return parsed

    def _refuse(self, name: str, expected: str) -> None:
        self._wrong.append(f"{name} must be {expected} (found {self.text(name)[:40]!r})")
