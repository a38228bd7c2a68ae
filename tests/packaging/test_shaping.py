"""REQUIRE_SHAPING: without FriBiDi neither a build nor a batch begins, where one or the other was asked to insist."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from imagegen.errors import ConfigurationError
from imagegen.library.doctor import check_shaping
from imagegen.making.plan import plan
from imagegen.overlay.text import engine
from imagegen.request.batch import Leaf
from imagegen.settings import Settings
from tools.locks import ROOT

LEAF = Leaf("a fox", "gpt-image-2", "neon", "bottom-bar", "inter", "", "", "A title")
REQUIRED = Settings(require_shaping=True)


@pytest.fixture
def without_fribidi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "has_shaping", lambda: False)


def test_a_leaf_is_refused_in_words_and_planned_where_nobody_insists(without_fribidi: None) -> None:
    with pytest.raises(ConfigurationError, match=r"REQUIRE_SHAPING is true and FriBiDi .* is missing.*apt-get install"):
        plan(LEAF, REQUIRED)
    assert plan(LEAF, Settings()).leaf_hash


def test_with_fribidi_the_setting_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "has_shaping", lambda: True)
    assert plan(LEAF, REQUIRED) == plan(LEAF, Settings())


@pytest.mark.usefixtures("without_fribidi")
def test_the_doctor_calls_it_broken_where_it_is_required() -> None:
    assert (check_shaping(REQUIRED).level, check_shaping(Settings()).level) == ("fail", "warn")
    assert "REQUIRE_SHAPING" in check_shaping(REQUIRED).message


@pytest.mark.skipif(sys.platform != "linux", reason="a loader that finds no FriBiDi is made for Linux only")
@pytest.mark.parametrize("insists", [True, False])
def test_a_batch_begins_only_with_the_text_engine_that_is_required(tmp_path: Path, insists: bool) -> None:
    for name in ("libfribidi.so", "libfribidi.so.0"):
        (tmp_path / name).touch()
    environment = os.environ | {"LD_LIBRARY_PATH": str(tmp_path), "REQUIRE_SHAPING": str(insists).lower()}
    store = tmp_path / "pictures"
    request = tmp_path / "batch.json"
    request.write_text(json.dumps([["A red fox"], ["gpt-image-2"], "neon", "bottom-bar", "inter"]))
    command = [sys.executable, "-m", "workflows.cli", "run", str(request), "--offline", "--store", str(store)]
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ("REQUIRE_SHAPING is true" in done.stderr) == insists, done.stderr
    assert "Traceback" not in done.stderr
    assert store.exists() != insists


def build(folder: Path, *, apt: str, require: str) -> "subprocess.CompletedProcess[str]":
    """Run the build's step on a machine without FriBiDi, whose apt-get does this."""
    (folder / "programs").mkdir()
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/fribidi", folder / ".ci/fribidi")
    stubs = {
        "ldconfig": "exit 0",
        "apt-get": apt,
        "dpkg": "mkdir -p usr/lib/here && echo library > usr/lib/here/libfribidi.so.0",
    }
    for name, text in stubs.items():
        (folder / "programs" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "programs" / name).chmod(0o755)
    environment = {"PATH": f"{folder / 'programs'}:{os.environ['PATH']}", "REQUIRE_SHAPING": require}
    return subprocess.run([folder / ".ci/fribidi"], check=False, env=environment, capture_output=True, text=True)


FOUND, REFUSED = "touch libfribidi0_1_amd64.deb", "exit 100"


@pytest.mark.parametrize(
    ("apt", "require", "code"),
    [
        *((FOUND, require, 0) for require in ("true", "")),
        *((REFUSED, require, 0) for require in ("", "false")),
        *((REFUSED, require, 1) for require in ("true", "Yes", "1")),
    ],
)
def test_a_build_that_cannot_bring_fribidi_fails_where_it_is_required(
    tmp_path: Path, apt: str, require: str, code: int
) -> None:
    done = build(tmp_path, apt=apt, require=require)
    assert done.returncode == code, done.stdout + done.stderr
    assert (tmp_path / ".fribidi/libfribidi.so.0").exists() == (apt == FOUND)
    assert ("REQUIRE_SHAPING is true" in done.stderr) == bool(code)
