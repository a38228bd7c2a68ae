"""``imagegen plan``, as it is typed: what the sizes keep of the originals."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imagegen.overlay.decoding import Picture
from imagegen.overlay.design import Design, Output
from imagegen.overlay.render import render
from imagegen.overlay.subject.finding import Area, Subject
from imagegen.pictures import measure_fits
from tests.doubles.render.local_runs import LOOK
from tests.workflows.commands.conftest import Typed

MODELS = ["gpt-image-2", "gemini-3-pro-image"]


def write(folder: Path, **values: Any) -> str:
    path = folder / "batch.json"
    look = dict(zip(("style", "template", "font"), LOOK, strict=True))
    path.write_text(json.dumps({"prompts": ["a", "b"], "models": MODELS, **look, **values}))
    return str(path)


def test_the_usual_size_is_no_matter(typed: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("plan", write(tmp_path, format="webp")) == 0
    assert "kept" not in capsys.readouterr().out
    assert typed("plan", write(tmp_path), "--json") == 0
    assert json.loads(capsys.readouterr().out)["sizes"] == []


def test_each_size_says_how_much_it_keeps_and_which_is_enlarged(
    typed: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("plan", write(tmp_path, template="plain", sizes=["og", "story"])) == 0
    lines = [line.split() for line in capsys.readouterr().out.partition("\nsize")[2].splitlines()[1:]]
    assert [line[:5] for line in lines] == [
        ["og", "1200×630", "gpt-image-2", "(1536×1024)", "79%"],
        ["story", "1080×1920", "gpt-image-2", "(1536×1024)", "38%"],
        ["og", "1200×630", "gemini-3-pro-image", "(1376×768)", "94%"],
        ["story", "1080×1920", "gemini-3-pro-image", "(1376×768)", "31%"],
    ]
    assert [" ".join(line[5:]) for line in lines] == [
        "",
        "enlarged 1.88 times, so less sharp",
        "",
        "enlarged 2.50 times, so less sharp",
    ]


@pytest.mark.parametrize("template", ["bottom-bar", "left-panel", "right-panel", "split", "plain"])
def test_at_least_what_a_size_keeps_is_seen_beside_the_texts_and_no_more_enlarged(template: str) -> None:
    design, original = Design("Why fan-out beats sequential generation", template, "inter"), (1536, 1024)
    picture = Picture(Image.new("RGB", original, "#888"), *original, "PNG")
    subject = Subject((Area(0.45, 0.45, 0.55, 0.55),), goes_on=False)
    for fit in measure_fits(design, Output(("og", "square", "story", "wide")), original):
        at = render(picture, design, fit.size, subject=subject).placement
        left, top, right, bottom = at.source
        assert (right - left) * (bottom - top) / (1536 * 1024) >= 0.98 * fit.kept
        assert max(at.zoom, 1.0) <= 1.02 * fit.enlarged


def test_each_template_of_a_batch_is_told_of(typed: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompts = ["a", {"prompt": "b", "template": "split"}]
    assert typed("plan", write(tmp_path, prompts=prompts, models=MODELS[:1], template="plain", sizes=["story"])) == 0
    told = capsys.readouterr().out.partition("\nsize")[2]
    assert "story in plain  1080×1920" in told
    assert "story in split  1080×1920" in told
    assert "38%   enlarged 1.88" in told
    assert "65%   enlarged 1.08" in told


def test_a_scale_that_the_original_has_no_pixels_for_is_told(
    typed: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("plan", write(tmp_path, sizes=["og", "600x400"], scale=2), "--json") == 0
    sizes = json.loads(capsys.readouterr().out)["sizes"]
    told = {(one["model"], one["size"]): (one["width"], one["too_small_for_scale"]) for one in sizes}
    assert told["gpt-image-2", "og"] == (1200, True)
    assert told["gpt-image-2", "600x400"] == (1200, False)
    assert told["gemini-3-pro-image", "600x400"] == (600, True)
    assert {one["enlarged"] for one in sizes} == {1.0}


def test_a_size_of_the_original_s_own_shape_keeps_it_all() -> None:
    (fit,) = measure_fits(Design("A title", "plain", "inter"), Output(("1536x1024",)), (1536, 1024))
    assert (fit.kept, fit.enlarged) == (1.0, 1.0)


def test_the_plan_s_figures_add_up_where_pairs_are_equal(
    typed: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("plan", write(tmp_path, prompts=["A fox", "A fox", "A hen"])) == 0
    told = capsys.readouterr().out.splitlines()[-1]
    assert told.startswith("6 pictures (2 of them equal another one): 0 stored, 0 to compose from stored originals, 4 ")
