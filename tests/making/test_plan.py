"""A pair's plan: what is asked of whom, under which hashes, at what price; and the keys that it needs."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from imagegen.errors import ConfigurationError, RequestError
from imagegen.making import plan as planning
from imagegen.making import prepare as preparation
from imagegen.making.plan import plan, require_keys
from imagegen.making.prepare import require_drawable
from imagegen.overlay.compose import Design, renderer
from imagegen.request import batch as batches
from imagegen.request.batch import Batch, Leaf, canonical
from imagegen.request.prompts import picture_prompt
from imagegen.settings import Settings

BRANDS = Path("brands")
LEAF = Leaf("a fox", "gpt-image-2", "neon", "bottom-bar", "inter", "for a blog", "at night", "A title", variant=2)
PROMPT = picture_prompt("a fox", style="neon", context="for a blog", extra_prompt="at night")


def hash_of(value: object) -> str:
    return sha256(canonical(value)).hexdigest()


def test_the_request_hash_names_all_that_is_paid_for_and_nothing_else() -> None:
    planned = plan(LEAF, Settings())
    request = planned.request
    paid_for = {
        "provider": "openai",
        "model": "gpt-image-2",
        "prompt": PROMPT,
        "size": [1536, 1024],
        "options": dict(request.options),
        "variant": 2,
    }
    assert planned.request_hash == hash_of(paid_for)
    assert (request.model, request.prompt, request.size, request.variant) == ("gpt-image-2", PROMPT, (1536, 1024), 2)
    assert (planned.leaf, planned.provider, planned.served_by) == (LEAF, "openai", "gpt-image-2")
    assert dict(request.options)["quality"] == "medium"


def test_the_leaf_hash_names_the_request_and_all_that_decides_the_pixels() -> None:
    planned = plan(LEAF, Settings())
    look = {"title": "A title", "template": "bottom-bar", "font": "inter", "renderer": renderer()}
    assert planned.leaf_hash == hash_of({"request": planned.request_hash, **look})


def test_another_endpoint_is_another_purchase_for_all_but_stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    offline = replace(LEAF, offline=True)
    before = plan(offline, Settings()).request_hash
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    planned = plan(LEAF, Settings())
    paid_for = {
        "provider": "openai",
        "model": "gpt-image-2",
        "prompt": PROMPT,
        "size": [1536, 1024],
        "options": dict(planned.request.options),
        "variant": 2,
    }
    assert planned.request_hash == hash_of(paid_for | {"endpoint": "http://127.0.0.1:9/v1"})
    assert plan(offline, Settings()).request_hash == before


def test_a_stand_in_is_painted_in_the_style_and_costs_nothing() -> None:
    planned = plan(replace(LEAF, offline=True), Settings())
    assert (planned.provider, dict(planned.request.options), planned.price_usd) == ("offline", {"style": "neon"}, 0.0)
    painted = {
        "provider": "offline",
        "model": "gpt-image-2",
        "prompt": PROMPT,
        "size": [1536, 1024],
        "options": {"style": "neon"},
        "variant": 2,
    }
    assert planned.request_hash == hash_of(painted)


def test_the_price_is_the_list_price_of_the_quality_that_is_asked_for() -> None:
    prices = [plan(LEAF, Settings(openai_image_quality=quality)).price_usd for quality in ("low", "medium", "high")]
    assert prices == sorted({price for price in prices if price})


def test_a_model_that_nobody_knows_is_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        plan(replace(LEAF, model="no-such-model"), Settings())
    assert str(caught.value) == "'no-such-model' is not a known model"


def test_every_missing_key_is_named_at_once_with_a_model_that_needs_it() -> None:
    models = ("gpt-image-2", "gemini-nano-banana-2.1")
    pairs = [plan(replace(LEAF, model=model), Settings()) for model in models]
    with pytest.raises(ConfigurationError) as caught:
        require_keys(pairs, Settings())
    assert str(caught.value) == (
        "OPENAI_API_KEY is not set, and 'gpt-image-2' needs it; "
        "GOOGLE_API_KEY (or GEMINI_API_KEY) is not set, and 'gemini-nano-banana-2.1' needs it. "
        "Set it, or add --offline to paint stand-in pictures without any key."
    )
    require_keys(pairs, Settings(openai_api_key="a", google_api_key="b"))
    require_keys([plan(replace(LEAF, offline=True), Settings())], Settings())


def batch_of(*prompts: object) -> Batch:
    request = [list(prompts), ["gpt-image-2", "gemini-nano-banana-2.1"], "neon", "bottom-bar", "inter"]
    return batches.read(request, max_images=100)


def test_titles_that_cannot_be_drawn_are_named_by_field_with_the_reason() -> None:
    batch = batch_of("a fox", "\U00012000 fox", {"prompt": "a fox", "title": "𓀀"}, {"prompt": "𓀀", "title": "Ægir"})
    with pytest.raises(RequestError) as caught:
        require_drawable(batch, BRANDS)
    assert [problem.field for problem in caught.value.problems] == ["prompts[1].prompt", "prompts[2].title"]
    assert caught.value.problems[0].expected == (
        "without a title of its own the prompt is drawn, but no font here has a glyph for '\U00012000' (U+12000): "
        "take it out, or replace it"
    )
    require_drawable(batch_of("a fox", {"prompt": "𓀀", "title": "Ægir"}), BRANDS)


def test_many_titles_that_cannot_be_drawn_are_counted_and_each_is_looked_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, str]] = []

    def refuse(design: Design) -> dict[str, str]:
        asked.append((design.title, design.font))
        return {"title": "it cannot be drawn"}

    monkeypatch.setattr(preparation, "check_texts", refuse)
    row = {"prompt": "b", "title": "𓀀"}
    with pytest.raises(RequestError) as caught:
        require_drawable(batch_of(*[row] * 40, {**row, "font": "lora"}), BRANDS)
    assert asked == [("𓀀", "inter"), ("𓀀", "lora")]
    assert (len(caught.value.problems), caught.value.problems[-1].expected) == (21, "and 21 more problems like these")


DECISIVE: dict[str, Any] = {
    "theme": "dark",
    "kicker": "News",
    "subtitle": "More",
    "byline": "Ada",
    "highlight": "title",
    "sizes": ("og", "square"),
    "scale": 2,
    "format": ("webp",),
    "language": "de",
}


@pytest.mark.parametrize("field", DECISIVE)
def test_each_part_of_a_look_makes_another_picture_of_the_same_purchase(field: str) -> None:
    before, after = plan(LEAF, Settings()), plan(replace(LEAF, **{field: DECISIVE[field]}), Settings())
    look = {"title": "A title", "template": "bottom-bar", "font": "inter", "renderer": renderer()}
    assert after.request_hash == before.request_hash
    assert after.leaf_hash == hash_of({"request": before.request_hash, **look, field: DECISIVE[field]})


FORMER = [("31af6b5d1155e97f", "34ea1a0c6a702fae"), ("11ab69e8549d9d6d", "4bc97652e92831ef")]
"""The beginnings of the request and leaf hashes that the version before brands and sizes computed."""


def test_a_batch_of_the_former_version_keeps_its_hashes_but_for_the_renderer_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "renderer", lambda: "fixed")
    rows = ["A red fox", {"prompt": "A lighthouse", "title": "At *work*? 2 * 2", "focus": "left", "font": "lora"}]
    former = [rows, ["gpt-image-2"], "neon", "bottom-bar", "inter", "for a blog", "at night", 3, True]
    planned = [plan(leaf, Settings()) for leaf in batches.read(former, max_images=9).distinct()]
    assert [(item.request_hash[:16], item.leaf_hash[:16]) for item in planned] == FORMER


def test_auto_is_the_theme_of_who_has_no_brand() -> None:
    assert plan(replace(LEAF, theme="auto"), Settings()).leaf_hash == plan(LEAF, Settings()).leaf_hash


def write_brand(folder: Path, text: str) -> Settings:
    (folder / "acme").mkdir(exist_ok=True)
    (folder / "acme" / "brand.toml").write_text(text)
    return Settings(brands=folder)


def test_a_brand_s_content_is_a_part_of_the_leaf_hash_and_its_name_is_not(tmp_path: Path) -> None:
    leaf = replace(LEAF, brand="acme")
    first = plan(leaf, write_brand(tmp_path, 'byline = "One"\n'))
    second = plan(leaf, write_brand(tmp_path, 'byline = "Two"\n'))
    assert first.request_hash == second.request_hash == plan(LEAF, Settings()).request_hash
    assert len({first.leaf_hash, second.leaf_hash, plan(LEAF, Settings()).leaf_hash}) == 3
    assert first.brand
    assert first.brand.byline == "One"
    (tmp_path / "acme").rename(tmp_path / "other")
    assert plan(replace(leaf, brand="other"), Settings(brands=tmp_path)).leaf_hash == second.leaf_hash


def test_every_text_that_cannot_be_drawn_is_named_by_its_field(tmp_path: Path) -> None:
    write_brand(tmp_path, "")
    row = {"prompt": "a fox", "kicker": "𓀀", "subtitle": "fine", "byline": "𓀀"}
    batch = batches.read([[row], ["gpt-image-2"], "neon", "bottom-bar", "inter"], max_images=9)
    with pytest.raises(RequestError) as caught:
        require_drawable(batch, tmp_path)
    assert [problem.field for problem in caught.value.problems] == ["prompts[0].kicker", "prompts[0].byline"]


def test_an_original_is_decoded_for_the_largest_size_that_is_asked_for() -> None:
    sides = {("og",): 1200, ("square",): 1080, ("og", "story"): 1920, ("1600x900", "og"): 1600}
    for sizes, side in sides.items():
        assert plan(replace(LEAF, sizes=sizes), Settings()).least_side == side
    assert plan(replace(LEAF, scale=2), Settings()).least_side == 2400
