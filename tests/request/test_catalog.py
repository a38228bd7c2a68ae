"""The models, their prices and their successors."""

from datetime import date

import pytest

from imagegen.request import catalog
from imagegen.request.catalog import MODELS, build_options, find, find_list_price, find_price, find_serving, resolve_id
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


def test_a_live_model_with_an_announced_end_still_serves_itself() -> None:
    model = MODELS["gpt-image-1.5"]
    assert model.shuts_down_on == date(2026, 12, 1)
    assert find_serving(model) is model


@pytest.mark.parametrize(
    ("model_id", "provider"),
    [
        ("gpt-image-3", "openai"),
        ("chatgpt-image-next", "openai"),
        ("gemini-4-flash-image", "gemini"),
        ("nano-banana-pro-preview", "gemini"),
    ],
)
def test_an_id_that_is_plainly_a_providers_works_at_an_unknown_price(model_id: str, provider: str) -> None:
    model = find(model_id)
    assert model
    assert (model.id, model.provider, model.price_usd) == (model_id, provider, None)
    assert find_serving(model) is model
    assert find_list_price(model_id, build_options(model, Settings())) is None


@pytest.mark.parametrize("model_id", ["", "gpt-image-", "gpt-5", "midjourney-7", "GPT-image-2", "stable-diffusion"])
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


@pytest.mark.parametrize(("quality", "usd"), [("low", 0.005), ("medium", 0.041), ("high", 0.165), ("auto", None)])
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
