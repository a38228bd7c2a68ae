"""Brands in a request: what is unknown is told with the rest, what they give may be left out."""

from pathlib import Path
from typing import Any

import pytest

from imagegen.errors import RequestError
from imagegen.request import batch
from imagegen.request.batch import Batch

BARE = {"models": ["gpt-image-2"], "style": "photorealistic"}
LOOK = {"template": "bottom-bar", "font": "inter"}


@pytest.fixture
def brands(tmp_path: Path) -> Path:
    """A folder with a brand that gives all, one that gives nothing and a broken one."""
    texts = {
        "acme": 'template = "left-panel"\nfont = "lora"\ntheme = "dark"\nbyline = "acme.example"\n',
        "plain": "",
        "broken": "colour = 1\nshape = 2\n",
    }
    for name, text in texts.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "brand.toml").write_text(text)
    return tmp_path


def read(brands: Path | None, *rows: Any, **values: Any) -> Batch:
    return batch.read({"prompts": list(rows), **BARE, **values}, max_images=9, brands=brands)


def problems(brands: Path | None, *rows: Any, **values: Any) -> dict[str, str]:
    with pytest.raises(RequestError) as caught:
        read(brands, *rows, **values)
    return {problem.field: str(problem) for problem in caught.value.problems}


def test_a_brand_gives_the_template_and_the_font_that_a_batch_leaves_out(brands: Path) -> None:
    made = read(brands, "a", brand="acme")
    assert (made.template, made.font) == ("left-panel", "brand")
    (leaf,) = made.distinct()
    assert (leaf.brand, leaf.template, leaf.font) == ("acme", "left-panel", "brand")


def test_what_is_asked_for_wins_over_the_brand(brands: Path) -> None:
    (leaf,) = read(brands, "a", brand="acme", **LOOK).distinct()
    assert (leaf.template, leaf.font) == ("bottom-bar", "inter")


def test_a_row_has_a_brand_of_its_own(brands: Path) -> None:
    own, none = read(brands, {"prompt": "a", "brand": "acme"}, "b", **LOOK).distinct()
    assert (own.brand, own.template, own.font, none.brand) == ("acme", "bottom-bar", "inter", "")
    rows = ({"prompt": "a", "brand": "acme"}, {"prompt": "b", "brand": "plain", "template": "center-box"})
    own, other = read(brands, *rows, font="inter").distinct()
    assert (own.template, own.font, other.template) == ("left-panel", "inter", "center-box")


def test_a_row_without_the_batch_s_brand_has_nothing_of_it(brands: Path) -> None:
    plain, none = {"prompt": "a", "brand": "plain", **LOOK}, {"prompt": "a", "brand": "", **LOOK}
    rows = ("a", plain, none, {**none, "byline": "own"}, {"prompt": "a", "brand": "acme"})
    first, second, third, fourth, last = (leaf for (leaf,) in read(brands, *rows, brand="acme").leaves)
    assert [leaf.byline for leaf in (second, third, fourth)] == ["", "", "own"]
    assert (first.byline, first.font, first.template) == ("acme.example", "brand", "left-panel")
    assert last == first


@pytest.mark.parametrize("other", ["", "plain"])
def test_a_row_without_the_batch_s_brand_says_what_that_gave(other: str, brands: Path) -> None:
    required = "is required: the batch's comes from its brand, which is not this row's"
    assert problems(brands, "a", {"prompt": "a", "brand": other}, brand="acme") == {
        f"prompts[1].{name}": f"prompts[1].{name}: {required}" for name in LOOK
    }
    assert problems(brands, {"prompt": "a", "brand": other, "font": "lora"}, brand="acme").keys() == {
        "prompts[0].template"
    }


def test_what_a_broken_brand_may_give_is_not_asked_for(brands: Path) -> None:
    assert all("broken/brand.toml" in field for field in problems(brands, "a", brand="broken"))
    assert problems(brands, "a", brand="Other").keys() == {"brand"}


@pytest.mark.parametrize(
    ("brand", "told"), [("nobody", {"brand"}), ("Other", {"brand"}), ("", {"template", "font"}), (5, {"brand"})]
)
def test_a_pair_that_leaves_its_look_open_is_told_once(brand: Any, told: set[str], brands: Path) -> None:
    given = {"prompt": "a", "model": "gpt-image-2", "style": "neon", "template": "", "font": "", "brand": brand}
    with pytest.raises(RequestError) as caught:
        batch.read_leaf(given, brands=brands)
    fields = [problem.field for problem in caught.value.problems]
    assert (set(fields), len(fields)) == (told, len(told))


def test_without_a_brand_that_gives_them_they_are_required(brands: Path) -> None:
    for values in ({}, {"brand": "plain"}):
        found = problems(brands, "a", **values)
        assert found == {"template": "template: is required", "font": "font: is required"}


def test_a_pair_takes_them_from_its_brand_too(brands: Path) -> None:
    given = {"prompt": "a", "model": "gpt-image-2", "style": "neon", "brand": "acme"}
    leaf = batch.read_leaf(given, brands=brands)
    assert (leaf.template, leaf.font, leaf.title) == ("left-panel", "brand", "a")
    with pytest.raises(RequestError, match="template: is required"):
        batch.read_leaf(given | {"brand": ""}, brands=brands)


def test_unknown_and_broken_brands_are_told_with_all_else_each_once(brands: Path) -> None:
    rows = [{"prompt": "a", "brand": "nobody"}, {"prompt": "b", "brand": "nobody"}, {"prompt": "c", "brand": "broken"}]
    found = problems(brands, *rows, **LOOK, theme="blue")
    assert "acme, broken, plain" in found["prompts[0].brand"]
    assert "theme" in found
    assert "prompts[1].brand" not in found
    assert sum("broken/brand.toml" in field for field in found) == 2


def test_the_brand_s_font_needs_a_brand_with_a_font(brands: Path) -> None:
    asked = LOOK | {"font": "brand"}
    assert read(brands, "a", brand="acme", **asked).font == "brand"
    for brand in ("plain", ""):
        assert "prompts[0].font" in problems(brands, "a", brand=brand, **asked)


def test_who_only_reads_a_request_again_needs_no_brand() -> None:
    (leaf,) = read(None, "a", brand="acme").distinct()
    assert (leaf.brand, leaf.template, leaf.font) == ("acme", "", "")
    (leaf,) = read(None, "a", brand="acme", template="left-panel", font="brand").distinct()
    assert leaf.font == "brand"
