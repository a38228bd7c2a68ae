"""Each example, and the batch in the README, runs as it stands, offline."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from imagegen.request.prompts import STYLES
from tests.doubles.render.local_runs import run_batch, runtime_in

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(ROOT.glob("examples/*.json"))


def batches() -> dict[str, dict[str, Any]]:
    """Each batch by the name of the page or file that it stands in."""
    found = {path.name: json.loads(path.read_text()) for path in EXAMPLES}
    block = re.search(r"```json\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return {**found, "README.md": json.loads(block[1]) if block else {}}


@pytest.mark.parametrize("name", batches())
def test_every_pair_of_an_example_is_made_offline(name: str, tmp_path: Path) -> None:
    batch = batches()[name]
    result = run_batch(runtime_in(tmp_path), **batch, offline=True)
    assert result.summary.succeeded == len(batch["prompts"]) * len(batch["models"])


def test_the_page_of_examples_leads_to_each_of_them() -> None:
    page = (ROOT / "examples/README.md").read_text()
    assert {path.name for path in EXAMPLES} == set(re.findall(r"\]\(([\w.-]+\.json)\)", page))


def test_the_example_of_styles_has_every_style() -> None:
    assert [row["style"] for row in batches()["styles.json"]["prompts"]] == list(STYLES)
