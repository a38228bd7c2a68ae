"""``imagegen gallery``, ``list`` and ``verify``, as they are typed."""

import json
import re
from pathlib import Path

import pytest

from imagegen.making.runtime import Runtime
from imagegen.results import BatchResult
from imagegen.settings import from_environment
from storage import keys
from tests.doubles import s3_servers
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.workflows.commands.conftest import Typed
from workflows import cli


def test_list_shows_batches_newest_first(typed: Typed, made: BatchResult, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("list") == 0
    assert made.batch_id in capsys.readouterr().out
    assert typed("list", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)["batches"]
    assert (row["batch_id"], row["status"]) == (made.batch_id, "complete")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (("neon", "bottom-bar", "inter"), "neon, bottom-bar, inter"),
        (("photorealistic", "left-panel", "inter"), "photorealistic, left-panel, inter"),
        (("photorealistic", "bottom-bar", "lora"), "photorealistic, bottom-bar, lora"),
        ((*LOOK, "", "", 1), "photorealistic, bottom-bar, inter, variant 1"),
    ],
)
def test_list_tells_batches_of_the_same_prompts_apart(
    other: tuple[object, ...], said: str, typed: Typed, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for look in (LOOK, other):
        run_batch(runtime_in(store), ["a", "b"], ["gpt-image-2"], *look, offline=True)
    assert typed("list") == 0
    after_the_time = {line.split("+00:00")[1] for line in capsys.readouterr().out.splitlines()}
    assert len(after_the_time) == 2
    assert any(f"  {said}  gpt-image-2  a (and 1 more)" in line for line in after_the_time)


def test_list_names_the_looks_that_rows_choose(typed: Typed, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["a", {"prompt": "b", "font": "lora"}]
    run_batch(runtime_in(store), rows, ["gpt-image-2"], *LOOK, offline=True)
    assert typed("list") == 0
    assert "photorealistic, bottom-bar, inter+lora" in capsys.readouterr().out


def test_an_empty_store_says_so_and_where_it_is(typed: Typed, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("list") == 0
    assert f"There are no batches in {store} yet." in capsys.readouterr().err
    assert typed("gallery") == 2
    assert "there is no batch" in capsys.readouterr().err


def test_gallery_builds_the_stored_page_again(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = store / made.gallery_key
    before = page.read_bytes()
    page.unlink()
    assert typed("gallery", made.batch_id[:6]) == 0
    assert page.read_bytes() == before
    assert capsys.readouterr().out.strip() == page.as_uri()


def test_gallery_embeds_every_picture_in_one_file(typed: Typed, made: BatchResult, tmp_path: Path) -> None:
    out = tmp_path / "mail.html"
    assert typed("gallery", "--embed", "--out", str(out)) == 0
    assert out.read_text().count("data:image/jpeg;base64,") >= 2 * len(made.leaves())


def test_gallery_of_all_batches(typed: Typed, made: BatchResult, tmp_path: Path) -> None:
    out = tmp_path / "all.html"
    assert typed("gallery", "--all", "--out", str(out)) == 0
    assert made.batch_id in out.read_text()


@pytest.mark.parametrize("arguments", [(), ("--all",)])
def test_the_links_of_a_page_live_as_long_as_the_setting_says(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "page.html"
    with s3_servers.moto() as server:
        settings = {
            "MINIO_ENDPOINT": server.endpoint,
            "MINIO_ACCESS_KEY": server.access_key,
            "MINIO_SECRET_KEY": server.secret_key,
            "MINIO_BUCKET": "pictures",
            "URL_LIFE_SECONDS": "300",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        run_batch(Runtime(from_environment()), ["a"], ["gpt-image-2"], *LOOK, offline=True)
        monkeypatch.setattr("sys.argv", ["imagegen", "gallery", "--out", str(out), *arguments])
        with pytest.raises(SystemExit):
            cli.main()
    assert set(re.findall(r"X-Amz-Expires=(\d+)", out.read_text())) == {"300"}


def test_what_a_manifest_holds_cannot_steer_the_terminal(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = made.model_copy(update={"models": ("gpt-image-\x1b[2J\nforged",), "style": "neon\x1b"})
    (store / made.manifest_key).write_text(forged.model_dump_json())
    assert typed("list") == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.count("\n") == 1


def test_verify_names_what_is_wrong_and_repairs_it(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("verify") == 0
    first, second = made.leaves()
    assert first.image
    assert second.thumbnail
    deleted, flipped = store / first.image.key, store / second.thumbnail.key
    whole = deleted.read_bytes(), flipped.read_bytes()
    deleted.unlink()
    flipped.write_bytes(whole[1][:-1] + b"\x00")
    capsys.readouterr()
    assert typed("verify", "--json") == 1
    found = {finding["key"]: finding["kind"] for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert found[first.image.key] == "missing"
    assert found[second.thumbnail.key] == "damaged"
    assert typed("verify", "--repair") == 0
    assert (deleted.read_bytes(), flipped.read_bytes()) == whole


def test_verify_says_why_a_repair_left_something(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = made.leaves()[0]
    assert first.image
    (store / first.image.key).unlink()
    (store / keys.original(first.request_hash)).unlink()
    capsys.readouterr()
    assert typed("verify", "--repair") == 1
    said = capsys.readouterr()
    assert "its original is missing or damaged" in said.out
    assert "run its batch to have it made, and paid for, again" in said.out
    assert "1 batch;" in said.err


def test_a_damaged_manifest_is_listed_with_the_way_to_fix_it(
    typed: Typed, made: BatchResult, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (store / made.manifest_key).write_bytes(b"{")
    assert typed("list") == 0
    assert f"{made.batch_id}  its manifest cannot be read; run its batch file again" in capsys.readouterr().err
