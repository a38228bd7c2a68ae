"""``imagegen doctor``, as it is typed."""

import json
from pathlib import Path

import pytest

from tests.storage.directory.test_failures import without_rights
from workflows import cli


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["imagegen", "doctor", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_a_sound_store_is_a_line_a_check_and_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--store", str(tmp_path / "store")) == 0
    shown, said = capsys.readouterr()
    lines = shown.splitlines()
    assert lines[0] == str(tmp_path / "store")
    assert "ok    create      of 32 writers that raced, exactly one won (3 times over)" in lines
    assert {line.split()[0] for line in lines[2:-2]} <= {"ok", "warn"}
    assert lines[-1].startswith("Concurrent runs pay once here:")
    assert said == ""
    assert list(tmp_path.iterdir()) == []


def test_json_holds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--json", "--store", str(tmp_path / "store")) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.keys() == {"location", "pays_once", "verdict", "checks"}
    assert found["pays_once"] is True
    assert {"name": "link", "level": "ok", "message": "a file link opens"} in found["checks"]


@pytest.mark.parametrize("place", ["closed", "closed/store"])
def test_a_directory_that_may_not_be_entered_gets_a_verdict(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "closed" / "store").mkdir(parents=True)
    (tmp_path / "closed").chmod(0)
    with without_rights():
        assert run(monkeypatch, "--json", "--store", str(tmp_path / place)) == 1
    found = json.loads(capsys.readouterr().out)
    (failed,) = [check for check in found["checks"] if check["level"] == "fail"]
    assert (failed["name"], "Permission denied" in failed["message"]) == ("store", True)
    assert (found["pays_once"], found["location"]) == (None, str(tmp_path / place))
    assert found["verdict"].startswith("Unknown if concurrent runs pay once here: fix store")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MINIO_ENDPOINT", "localhost:9000", "MINIO_BUCKET is missing"),
        ("MAX_IN_FLIGHT", "many", "MAX_IN_FLIGHT must be"),
        ("IMAGEGEN_STORE", "http://x", "is neither a directory nor s3://bucket"),
    ],
)
def test_wrong_settings_are_a_finding_and_the_rest_is_looked_at(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert run(monkeypatch) == 1
    shown = capsys.readouterr().out
    assert said in shown
    assert "ok    fonts" in shown
    assert "fix settings and run 'imagegen doctor' again." in shown
