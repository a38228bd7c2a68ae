"""Without FriBiDi the program warns once, names the engine in the renderer, and refuses titles it would draw wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from imagegen.overlay.text.engine import VERSION, renderer
from tests.overlay.shaping import needs_shaping

ROOT = Path(__file__).parents[3]
SCRIPT = """
import json, logging, sys
logging.basicConfig(level="WARNING")
from imagegen.overlay import compose
from imagegen.overlay.decoding import Picture
from imagegen.overlay.design import Design
from imagegen.overlay.render import render
from tests.doubles.pictures import gradient
from tests.overlay.checker import find_violations
picture = Picture(gradient(1), 1536, 1024, "PNG")
said = {}
for title in json.loads(sys.argv[1]):
    design = Design(title, "overlay-bottom", "inter", theme="dark")
    said[title] = compose.check_texts(design).get("title")
    if said[title] is None:
        rendered = render(picture, design)
        assert find_violations(rendered, design) == []
        if title.startswith("\u05e9"):
            said[title] = [placed.run.text for placed in rendered.stack.title.runs]
print(json.dumps({"renderer": compose.renderer(), "again": compose.renderer(), "said": said}))
"""
DRAWN = [
    "Why fan-out beats sequential generation",
    "Привет, мир",
    "Ελληνικά ά",
    "日本語のタイトル",
    "한글",
    "Go 🚀",
    "שלום (עולם) 3",
]
REFUSED = ["مرحبا", "नमस्ते", "ที่นี่", "x\u0332y", "👩\u200d💻", "שָׁלוֹם"]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The answers of a process whose loader finds no usable FriBiDi."""
    masked = tmp_path_factory.mktemp("no-fribidi")
    for name in ("libfribidi.so", "libfribidi.so.0"):
        (masked / name).touch()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(DRAWN + REFUSED)],
        cwd=ROOT,
        env={**os.environ, "LD_LIBRARY_PATH": str(masked)},
        capture_output=True,
        text=True,
        check=True,
    )
    said: dict[str, object] = json.loads(done.stdout)
    return {**said, "stderr": done.stderr}


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the library is hidden by way of LD_LIBRARY_PATH")


@needs_shaping
def test_the_two_engines_never_share_a_leaf_hash(bare: dict[str, object]) -> None:
    assert bare["renderer"] == f"{VERSION}-basic"
    assert renderer() == f"{VERSION}-raqm"


def test_the_missing_library_is_named_once(bare: dict[str, object]) -> None:
    assert str(bare["stderr"]).count("libfribidi") == 2, "the file's and the package's name, in one notice"
    assert str(bare["stderr"]).count("WARNING") == 1


@pytest.mark.parametrize("title", REFUSED)
def test_a_title_that_needs_shaping_is_refused_with_the_remedy(bare: dict[str, object], title: str) -> None:
    said = bare["said"]
    assert isinstance(said, dict)
    assert "FriBiDi" in said[title]
    assert "install" in said[title]


@pytest.mark.parametrize("title", DRAWN[:-1])
def test_a_title_that_needs_none_is_drawn_as_well_as_ever(bare: dict[str, object], title: str) -> None:
    said = bare["said"]
    assert isinstance(said, dict)
    assert said[title] is None


def test_hebrew_without_points_is_drawn_from_right_to_left(bare: dict[str, object]) -> None:
    said = bare["said"]
    assert isinstance(said, dict)
    assert [text.strip() for text in said[DRAWN[-1]] if text.strip(" ()")] == ["3", "עולם", "שלום"]
