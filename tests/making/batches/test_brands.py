"""A brand gives the tasks what it gives a batch file: what is left out is the brand's."""

from pathlib import Path
from typing import Any

import pytest

from imagegen.making.runtime import Runtime
from imagegen.request import batch
from imagegen.results import LeafResult
from tests.doubles.render.local_runs import run_batch, run_leaf, runtime_in

LOOK: dict[str, Any] = {"style": "neon", "offline": True, "brand": "acme"}


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    (tmp_path / "brands/acme").mkdir(parents=True)
    text = 'template = "left-panel"\nbyline = "acme.example"\n'
    (tmp_path / "brands/acme/brand.toml").write_text(text)
    return runtime_in(tmp_path / "pictures", brands=tmp_path / "brands")


def make_batch(runtime: Runtime, **values: Any) -> LeafResult:
    (leaf,) = run_batch(runtime, ["a"], ["gpt-image-2"], font="lora", **LOOK, **values).leaves()
    return leaf


def make_one(runtime: Runtime, **values: Any) -> LeafResult:
    return run_leaf(runtime, "a", "gpt-image-2", font="lora", **LOOK, **values)


@pytest.mark.parametrize("values", [{}, {"byline": ""}, {"byline": "own"}], ids=["left out", "empty", "own"])
def test_a_task_makes_the_very_picture_that_the_batch_file_asks_for(values: dict[str, Any], runtime: Runtime) -> None:
    asked = {"prompts": ["a"], "models": ["gpt-image-2"], "font": "lora", **LOOK, **values}
    (wanted,) = batch.read(asked, max_images=1, brands=runtime.settings.brands).distinct()
    for leaf in (make_batch(runtime, **values), make_one(runtime, **values)):
        assert (leaf.byline, leaf.template) == (wanted.byline, "left-panel")
        assert leaf.error is None
    assert wanted.byline == values.get("byline", "acme.example")
