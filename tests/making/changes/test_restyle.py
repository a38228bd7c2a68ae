"""A whole batch in another look costs nothing, is a batch of its own, and keeps the redone cells."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imagegen.errors import ConfigurationError
from imagegen.library.verify import verify
from imagegen.making.runtime import Runtime
from imagegen.request import batch as batches
from imagegen.results import BatchResult
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.making.changes.conftest import MODELS, Typed, read_cells, read_manifest

Told = Callable[..., BatchResult]
ROWS: list[dict[str, Any]] = [
    {"prompt": "a fox", "context": "for a blog", "title": "A *fox* at 5 * 3"},
    {
        "prompt": "a hare",
        "template": "center-box",
        "variant": 3,
        "kicker": "News",
        "language": "de",
        "sizes": ["og", "square"],
    },
]


@pytest.fixture
def made(runtime: Runtime) -> BatchResult:
    return run_batch(runtime, ROWS, MODELS, *LOOK, "for everybody", "no text", name="Posts")


def test_every_row_has_the_new_look_and_nobody_is_asked(
    made: BatchResult, told: Told, store: DirectoryStore, seller: OpenAIServer
) -> None:
    other = told("restyle", made.batch_id, "--template", "left-panel", "--font", "lora", "--theme", "light")
    assert (other.status, other.summary.cost_usd, other.name, len(seller.calls)) == ("complete", 0.0, "Posts", 4)
    assert {(leaf.template, leaf.font, leaf.theme) for leaf in other.leaves()} == {("left-panel", "lora", "light")}
    for before, after in zip(made.leaves(), other.leaves(), strict=True):
        same = ("prompt", "title", "request_hash", "kicker", "highlight", "sizes", "original_sha256")
        assert [getattr(before, name) for name in same] == [getattr(after, name) for name in same]
    assert other.batch_id != made.batch_id
    assert read_manifest(store, made.batch_id).leaves()
    assert verify(store).findings == ()


def test_a_restyled_batch_is_the_one_that_the_file_gives_in_that_look(
    made: BatchResult, told: Told, runtime: Runtime
) -> None:
    other = told("restyle", made.batch_id, "--template", "left-panel")
    rows = [{**row, "template": "left-panel"} for row in ROWS]
    look = ("photorealistic", "left-panel", "inter")
    assert run_batch(runtime, rows, MODELS, *look, "for everybody", "no text").batch_id == other.batch_id


def test_redone_cells_are_carried_over_and_can_be_taken_back_there(
    made: BatchResult, told: Told, store: DirectoryStore, seller: OpenAIServer
) -> None:
    redone = told("redo", made.batch_id, "2", MODELS[1], "--yes")
    other = told("restyle", made.batch_id, "--font", "lora")
    assert other.leaves()[3].request_hash == redone.leaves()[3].request_hash != made.leaves()[3].request_hash
    told("redo", other.batch_id, "1", MODELS[0], "--yes")  # a look that costs nothing leaves no cap behind
    back = told("redo", other.batch_id, "2", MODELS[1], "--back")
    assert back.leaves()[3].request_hash == made.leaves()[3].request_hash
    assert [cell["shown"] for cell in read_cells(store, made.batch_id)] == [4]
    assert len(seller.calls) == 6
    assert verify(store).findings == ()


def test_what_a_restyled_batch_can_take_back_outlives_the_batch_that_made_it(
    made: BatchResult, told: Told, typed: Typed, store: DirectoryStore, seller: OpenAIServer
) -> None:
    told("redo", made.batch_id, "2", MODELS[1], "--yes")
    other = told("restyle", made.batch_id, "--font", "lora")
    assert typed("delete", made.batch_id, "--yes") == 0
    assert verify(store).findings == ()
    back = told("redo", other.batch_id, "2", MODELS[1], "--back")
    assert back.leaves()[3].request_hash == made.leaves()[3].request_hash
    assert len(seller.calls) == 5


def test_a_batch_that_lacks_an_original_is_not_restyled(
    made: BatchResult, typed: Typed, store: DirectoryStore, seller: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    store.delete(keys.original(made.leaves()[3].request_hash))
    before = [(found.key, found.modified) for found in store.list("").objects]
    assert typed("restyle", made.batch_id, "--font", "lora") == 2
    assert "the originals of 1 row of batch" in capsys.readouterr().err
    assert [(found.key, found.modified) for found in store.list("").objects] == before
    assert len(seller.calls) == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--style", "neon"), "another style is another picture, which has to be paid for"),
        ((), "give the look that changes: --template, --font, --brand or --theme"),
        (("--template", "nope"), "one of the templates"),
        (("--brand", "nope"), "nope"),
    ],
)
def test_what_cannot_be_restyled_is_said(
    made: BatchResult,
    typed: Typed,
    seller: OpenAIServer,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    said: str,
) -> None:
    assert typed("restyle", made.batch_id, *options) == 2
    assert said in capsys.readouterr().err
    assert len(seller.calls) == 4


def test_the_look_that_a_batch_has_already_changes_nothing(
    runtime: Runtime, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    made = run_batch(runtime, ["a fox"], MODELS[:1], *LOOK)
    assert typed("restyle", made.batch_id, "--template", LOOK[1]) == 2
    assert "has this look already" in capsys.readouterr().err


def write_brand(root: Path, name: str, *lines: str) -> None:
    (root / name).mkdir(parents=True)
    (root / name / "brand.toml").write_text("\n".join(lines) + "\n")


def test_another_brand_gives_what_the_former_one_gave(
    place: Path, tmp_path: Path, seller: OpenAIServer, typed: Typed, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_brand(tmp_path / "brands", "red", 'template = "left-panel"', 'byline = "Red"')
    write_brand(tmp_path / "brands", "blue", 'template = "center-box"', 'byline = "Blue"')
    runtime = runtime_in(place, brands=tmp_path / "brands")
    monkeypatch.setattr("workflows.commands.redo.runtime_with", lambda _store: runtime)
    rows = ["a fox", {"prompt": "a hare", "template": "bottom-bar", "byline": "Its own"}]

    def run(brand: str) -> BatchResult:
        """Run a batch as a file gives it, which leaves out what its brand gives."""
        given = {"prompts": rows, "models": MODELS[:1], "style": "neon", "font": "inter", "brand": brand}
        batch = batches.read(given, max_images=9, brands=tmp_path / "brands")
        return run_batch(runtime, **batch.model_dump(mode="json", exclude_none=True))

    made = run("red")
    blue = told("restyle", made.batch_id, "--brand", "blue")
    assert [(one.brand, one.template, one.byline) for one in blue.leaves()] == [
        ("blue", "center-box", "Blue"),
        ("blue", "bottom-bar", "Its own"),
    ]
    assert run("blue").batch_id == blue.batch_id
    none = told("restyle", blue.batch_id, "--brand", "")
    assert [(one.brand, one.byline) for one in none.leaves()] == [("", ""), ("", "Its own")]
    assert typed("restyle", made.batch_id, "--brand", "green") == 2
    assert len(seller.calls) == 2


def test_a_restyle_that_was_killed_leaves_what_verify_names_and_the_next_one_finishes(
    made: BatchResult, told: Told, store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told("redo", made.batch_id, "1", MODELS[0], "--yes")

    def die(*_: object, **__: object) -> None:
        raise ConfigurationError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("workflows.commands.redo.run_and_report", die)
        with pytest.raises(AssertionError, match="killed"):
            told("restyle", made.batch_id, "--font", "lora")
    (found,) = verify(store).findings
    assert (found.kind, found.key.endswith("/cells.json"), found.is_problem) == ("unused", True, False)
    other = told("restyle", made.batch_id, "--font", "lora")
    assert keys.cells(other.batch_id) == found.key
    assert verify(store).findings == ()
