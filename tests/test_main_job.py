"""The main job, as its user does it: the command line in an empty environment."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imagegen.results import BatchResult
from tests.measuring import COVERAGE

ROOT = Path(__file__).parents[1]
SEED = ROOT / "batch.json"


def imagegen(*arguments: str | Path, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(cwd)}
    return subprocess.run(
        [sys.executable, "-m", "workflows.cli", *map(str, arguments)],
        cwd=cwd,
        env=COVERAGE | bare | (env or {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def objects(store: Path) -> dict[str, str]:
    """Each object's key and the hash of its bytes."""
    files = [path for path in store.rglob("*") if path.is_file()]
    return {str(path.relative_to(store)): sha256(path.read_bytes()).hexdigest() for path in files}


def under(keys: Sequence[str], prefix: str) -> list[str]:
    return [key for key in keys if key.startswith(prefix)]


def test_ten_pictures_are_made_offline_and_a_second_run_leaves_every_byte_as_it_was(tmp_path: Path) -> None:
    first = imagegen("run", SEED, "--offline", "--json", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    result = BatchResult.parse(first.stdout.encode())
    assert (result.status, result.summary.generated, result.summary.reused) == ("complete", 10, 0)
    store = tmp_path / "pictures"
    made = objects(store)
    keys = list(made)
    for prefix in ("images/", "thumbnails/", "originals/", "results/"):
        assert len(under(keys, prefix)) == 10
    assert {Path(key).name for key in under(keys, "batches/")} == {"batch.json", "index.html"}
    page = (store / result.gallery_key).read_text()
    for leaf in result.leaves():
        assert leaf.offline
        assert leaf.image
        assert leaf.thumbnail
        assert made[leaf.image.key] == leaf.image.sha256
        assert Path(leaf.thumbnail.key).name in page
        for picture, size in ((leaf.image, (1200, 630)), (leaf.thumbnail, (400, 210))):
            image = Image.open(BytesIO((store / picture.key).read_bytes()))
            assert (image.format, image.size) == ("JPEG", size)

    second = imagegen("run", SEED, "--offline", "--json", cwd=tmp_path)
    assert second.returncode == 0, second.stderr
    summary = json.loads(second.stdout)["summary"]
    assert (summary["generated"], summary["reused"], summary["paid_calls"]) == (0, 10, 0)
    assert objects(store) == made


def test_the_manifest_is_what_was_printed_but_for_links_that_expire(tmp_path: Path) -> None:
    done = imagegen("run", SEED, "--offline", "--json", cwd=tmp_path)
    printed = json.loads(done.stdout)
    stored = json.loads((tmp_path / "pictures" / printed["manifest_key"]).read_text())

    def without_links(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: "" if k in ("url", "gallery_url") else without_links(v) for k, v in value.items()}
        return [without_links(item) for item in value] if isinstance(value, list) else value

    assert stored == without_links(printed)
    assert printed["gallery_url"].startswith("file://")


def test_one_prompt_and_one_model_give_the_same_shape(tmp_path: Path) -> None:
    batch = tmp_path / "one.json"
    batch.write_text(json.dumps([["One"], ["gpt-image-2"], "neon", "left-panel", "lora"]))
    result = json.loads(imagegen("run", batch, "--offline", "--json", cwd=tmp_path).stdout)
    assert len(result["images"]) == len(result["images"][0]) == 1


def test_another_template_composes_anew_from_the_stored_originals(tmp_path: Path) -> None:
    imagegen("run", SEED, "--offline", cwd=tmp_path)
    batch = tmp_path / "again.json"
    batch.write_text(SEED.read_text().replace("bottom-bar", "center-box"))
    result = json.loads(imagegen("run", batch, "--offline", "--json", cwd=tmp_path).stdout)
    assert result["summary"]["reused"] == 10
    assert len(list((tmp_path / "pictures" / "originals").iterdir())) == 10
    assert len(list((tmp_path / "pictures" / "images").iterdir())) == 20


def test_a_variant_is_another_picture(tmp_path: Path) -> None:
    imagegen("run", SEED, "--offline", cwd=tmp_path)
    again = imagegen("run", SEED, "--offline", "--variant", "1", "--json", cwd=tmp_path)
    assert json.loads(again.stdout)["summary"]["generated"] == 10


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[]", "prompts: is required"),
        ("{}", "prompts: is required"),
        ("[[], []]", "prompts: at least one"),
        ("not json", "in JSON"),
        (json.dumps([[f"p{n}" for n in range(51)], ["gpt-image-2"], "neon", "bottom-bar", "inter"]), "at most 50"),
        (json.dumps([["a"], ["gpt-image-2"], "neon", "bottom-bar", "arial"]), "font: one of the fonts: inter"),
        (json.dumps([[5], ["gpt-image-2"], "neon", "bottom-bar", "inter"]), "prompts[0]: a string"),
        (json.dumps([["x" * 10_000], ["gpt-image-2"], "neon", "bottom-bar", "inter"]), "at most 300 characters"),
        (json.dumps([["   "], ["gpt-image-2"], "neon", "bottom-bar", "inter"]), "not a space"),
        (json.dumps({"promts": ["a"], "models": ["gpt-image-2"]}), "did you mean 'prompts'"),
        (json.dumps(["a", ["gpt-image-2"], "neon", "bottom-bar", "inter"]), "prompts: a list"),
    ],
)
def test_a_wrong_batch_is_one_readable_message_and_nothing_is_stored(
    tmp_path: Path, content: str, expected: str
) -> None:
    (tmp_path / "batch.json").write_text(content)
    done = imagegen("run", "batch.json", "--offline", cwd=tmp_path)
    assert done.returncode == 2
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize("path", ["missing.json", "."])
def test_a_missing_file_and_a_directory_are_one_readable_message(tmp_path: Path, path: str) -> None:
    done = imagegen("run", path, "--offline", cwd=tmp_path)
    assert done.returncode == 2
    assert "expected a batch file" in done.stderr


def test_without_a_key_nothing_is_started_and_nothing_is_painted(tmp_path: Path) -> None:
    done = imagegen("run", SEED, cwd=tmp_path)
    assert done.returncode == 2
    assert "GOOGLE_API_KEY" in done.stderr
    assert "OPENAI_API_KEY" in done.stderr
    assert "--offline" in done.stderr
    assert not (tmp_path / "pictures").exists()


def test_the_plan_says_what_is_stored_and_what_the_rest_would_cost_and_stores_nothing(tmp_path: Path) -> None:
    plan = json.loads(imagegen("plan", SEED, "--json", cwd=tmp_path).stdout)
    assert not (tmp_path / "pictures").exists()
    assert plan["summary"]["to_generate"] == 10
    assert plan["summary"]["cost_usd"] == pytest.approx(sum(pair["cost_usd"] for pair in plan["pairs"]))
    assert {(pair["model"], pair["served_by"]) for pair in plan["pairs"]} == {
        ("gemini-3-pro-image-preview", "gemini-3-pro-image"),
        ("gpt-image-1", "gpt-image-2"),
    }
    imagegen("run", SEED, "--offline", cwd=tmp_path)
    stored = json.loads(imagegen("plan", SEED, "--offline", "--json", cwd=tmp_path).stdout)
    assert stored["summary"]["stored"] == 10


def test_a_cost_cap_refuses_before_anything_is_spent(tmp_path: Path) -> None:
    keys = {"OPENAI_API_KEY": "sk-x", "GOOGLE_API_KEY": "g-x"}
    done = imagegen("run", SEED, "--max-cost", "0.5", cwd=tmp_path, env=keys)
    assert done.returncode == 2
    assert "more than the cap of $0.50" in done.stderr
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize("section", ["models", "styles", "templates", "fonts"])
def test_the_catalog_lists_what_can_be_asked_for(tmp_path: Path, section: str) -> None:
    listed = json.loads(imagegen("catalog", section, "--json", cwd=tmp_path).stdout)
    assert [section] == list(listed)
    counts = {"styles": 12, "templates": 9, "fonts": 18}
    assert len(listed[section]) == counts.get(section, len(listed[section]))
    assert imagegen("catalog", section, cwd=tmp_path).returncode == 0
