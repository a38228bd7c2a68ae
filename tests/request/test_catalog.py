"""The models, their prices and their successors."""

from datetime import date, timedelta

import pytest

from imagegen.request import catalog
from imagegen.request.catalog import (
    MODELS,
    build_options,
    find,
    find_end,
    find_list_price,
    find_price,
    find_serving,
    resolve_id,
)
from imagegen.settings import Settings, from_environment


@pytest.mark.parametrize(
    ("asked", "served"),
    [("gpt-image-1", "gpt-image-2"), ("gemini-3-pro-image-preview", "gemini-3-pro-image")],
)
def test_a_retired_model_is_served_by_its_successor(asked: str, served: str) -> None:
    assert find_serving(MODELS[asked]) is MODELS[served]


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.id)
def test_every_entry_is_consistent(model: catalog.Model) -> None:
    assert find(model.id) == model
    width, height = model.size
    assert width > height >= 630
    assert width >= 1200
    if model.prices:
        assert all(0 < usd < 1 for usd in model.prices.values())
        assert model.price_source
        assert model.price_date
        assert model.tokens
    if model.retired_on:
        assert model.successor
        assert not model.prices
    if model.successor:
        successor = MODELS[model.successor]
        assert successor.provider == model.provider
        assert successor.retired_on is None
        assert successor.shuts_down_on is None


def test_the_seeds_models_were_retired_on_these_days() -> None:
    assert MODELS["gpt-image-1"].retired_on == date(2026, 10, 23)
    assert MODELS["gemini-3-pro-image-preview"].retired_on == date(2026, 6, 25)


def test_a_model_serves_itself_until_its_announced_end_and_its_successor_from_that_day_on() -> None:
    model = MODELS["gpt-image-1.5"]
    end = date(2026, 12, 1)
    before = end - timedelta(days=1)
    assert model.shuts_down_on == end
    assert (find_end(model, before), find_serving(model, before)) == (None, model)
    assert (find_end(model, end), find_serving(model, end)) == (end, MODELS["gpt-image-2.6-flare"])
    snapshot = find("gpt-image-1.5-2025-12-16")
    assert snapshot
    assert find_serving(snapshot, end) is MODELS["gpt-image-2.6-flare"]


def test_a_model_without_an_end_serves_itself_for_ever() -> None:
    assert find_serving(MODELS["gpt-image-2"], date(2099, 1, 1)) is MODELS["gpt-image-2"]


@pytest.mark.parametrize("quality", ["low", "medium", "high", "auto"])
@pytest.mark.parametrize("model", [model for model in MODELS.values() if model.tokens], ids=lambda model: model.id)
def test_every_model_with_token_prices_has_a_price_that_a_cap_can_be_held_to(
    model: catalog.Model, quality: str
) -> None:
    options = build_options(model, from_environment({"OPENAI_IMAGE_QUALITY": quality}))
    assert find_price(model, options)


@pytest.mark.parametrize(("quality", "usd"), [("low", 0.024), ("medium", 0.053), ("high", 0.053)])
def test_an_estimate_covers_the_highest_number_of_tokens_reported(quality: str, usd: float) -> None:
    tokens = {"low": 4 * 196, "medium": 4 * 439, "high": 1756}[quality]
    model = MODELS["gpt-image-2.6-flare"]
    assert model.tokens
    assert model.tokens.cost(text_in=0, text_out=0, image_out=tokens) <= model.prices[quality] == usd


@pytest.mark.parametrize(
    ("model_id", "provider"),
    [
        ("gpt-image-3", "openai"),
        ("chatgpt-image-next", "openai"),
        ("gemini-4-flash-image", "gemini"),
        ("nano-banana-pro-preview", "gemini"),
        ("gemini-nano-banana-3", "gemini"),
        ("gemini-4-flash-image:tuned/1", "gemini"),
    ],
)
def test_an_id_that_is_plainly_a_providers_works_at_an_unknown_price(model_id: str, provider: str) -> None:
    model = find(model_id)
    assert model
    assert (model.id, model.provider, model.price_usd) == (model_id, provider, None)
    assert find_serving(model) is model
    assert find_list_price(model_id, build_options(model, Settings())) is None


@pytest.mark.parametrize(
    "model_id",
    [
        *("", "gpt-image-", "gpt-5", "midjourney-7", "GPT-image-2", "stable-diffusion", "gemini-2.5-pro"),
        *("gemini-3-flash", "nano-banana-", "gpt-image-3\n", "gpt-image-\x1b[31m", "gpt-image-3[red]", "gpt-image-3 x"),
        *("gemini-image?key=1", "gpt-image-" + "x" * 100, "xgpt-image-3", "gpt-image-é"),
    ],
)
def test_an_id_of_nobodys_is_not_found(model_id: str) -> None:
    assert find(model_id) is None
    assert find_list_price(model_id, {}) is None


def test_a_snapshot_is_its_model_under_its_own_id() -> None:
    snapshot = find("gpt-image-2-2026-04-21")
    assert snapshot
    assert snapshot.id == "gpt-image-2-2026-04-21"
    assert snapshot.prices == MODELS["gpt-image-2"].prices
    retired = find("gpt-image-1-2025-04-23")
    assert retired
    assert find_serving(retired).id == "gpt-image-2"


@pytest.mark.parametrize(("quality", "usd"), [("low", 0.005), ("medium", 0.041), ("high", 0.165), ("auto", 0.165)])
def test_the_price_is_that_of_the_quality_asked_for(quality: str, usd: float | None) -> None:
    model = MODELS["gpt-image-2"]
    options = build_options(model, from_environment({"OPENAI_IMAGE_QUALITY": quality}))
    assert options["quality"] == quality
    assert find_price(model, options) == usd


def test_quality_is_openais_alone() -> None:
    model = MODELS["gemini-3-pro-image"]
    high = build_options(model, from_environment({"OPENAI_IMAGE_QUALITY": "high"}))
    assert high == build_options(model, Settings()) == {"aspect_ratio": "16:9"}
    assert find_price(model, high) == model.price_usd == 0.134


def test_tokens_are_priced_by_the_million() -> None:
    tokens = catalog.TokenPrices(text_in=2, text_out=12, image_out=120)
    assert tokens.cost(text_in=500_000, text_out=250_000, image_out=10_000) == pytest.approx(1 + 3 + 1.2)


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("GPT-Image-2", "gpt-image-2"),
        ("Dall-E-3", "dall-e-3"),
        ("GPT-IMAGE-2-2026-04-21", "gpt-image-2-2026-04-21"),
        ("gpt-image-Next", "gpt-image-Next"),
        ("Gemini-9-Image", "gemini-9-image"),
        ("gpt image 2", None),
        ("unheard-of", None),
    ],
)
def test_a_model_is_known_whatever_the_case_of_its_id(typed: str, known: str | None) -> None:
    assert resolve_id(typed) == known
