"""``imagegen export``, as it is typed."""

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from imagegen.results import BatchResult
from tests.doubles import chromium
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.workflows.commands.conftest import Typed

if TYPE_CHECKING:
    from imagegen.results import StoredPicture

TITLES = ["Why fan out?", "why FAN out", "../../etc/passwd", "CON", "<b>مرحبا</b>"]
FILES = ["why-fan-out", "why-fan-out-2", "etc-passwd", "con", "b-مرحبا-b"]
Snapshot = dict[str, tuple[bytes, int]]


def make(store: Path, titles: list[str] = TITLES, **changes: Any) -> BatchResult:
    rows = [{"prompt": f"prompt {number}", "title": title} for number, title in enumerate(titles)]
    sizes: dict[str, Any] = {"sizes": ["320x300", "640x600"], "format": ["jpeg", "webp"], **changes}
    return run_batch(runtime_in(store), rows, ["gpt-image-2"], *LOOK, offline=True, **sizes)


@pytest.fixture
def batch(store: Path) -> BatchResult:
    return make(store)


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "site" / "covers"


def snapshot(folder: Path) -> Snapshot:
    files = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    return files | {".": (b"", folder.stat().st_mtime_ns)}


def first_picture(made: BatchResult) -> "StoredPicture":
    image = made.leaves()[0].image
    assert image
    return image


def test_every_picture_is_written_under_a_readable_name(
    typed: Typed, batch: BatchResult, to: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("export", batch.batch_id[:6], "--to", str(to)) == 0
    told = capsys.readouterr()
    assert told.out == f"{to}/index.html\n"
    assert told.err == f"20 pictures in {to}: 20 written\n"
    endings = ("320x300.jpg", "320x300.webp", "640x600.jpg", "640x600.webp")
    names = {f"{name}-{ending}" for name in FILES for ending in endings}
    assert {path.name for path in to.iterdir()} == names | {"index.json", "index.html"}
    index = json.loads((to / "index.json").read_text())
    for entry in index["pictures"]:
        data = (to / entry["file"]).read_bytes()
        assert sha256(data).hexdigest() == entry["sha256"]
        with Image.open(to / entry["file"]) as picture:
            assert picture.size == (entry["width"], entry["height"])
            assert picture.get_format_mimetype() == entry["media_type"]
        assert entry["alt"] == entry["title"] == TITLES[entry["row"] - 1]
    assert (to.parent.parent / "store").is_dir()
    assert [path.name for path in to.parent.iterdir()] == ["covers"]


def test_a_second_export_changes_nothing(
    typed: Typed, batch: BatchResult, store: Path, to: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("export", batch.batch_id, "--to", str(to)) == 0
    for path in [*to.iterdir(), to]:
        os.utime(path, (1, 1))
    before = snapshot(to)
    make(store)  # the batch is run again, which changes its date
    capsys.readouterr()
    assert typed("export", batch.batch_id, "--to", str(to)) == 0
    assert snapshot(to) == before
    assert "20 unchanged" in capsys.readouterr().err


def test_sizes_are_chosen_and_what_was_exported_before_stays_known(
    typed: Typed, batch: BatchResult, to: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("export", batch.batch_id, "--to", str(to), "--sizes", "320x300") == 0
    assert len(list(to.iterdir())) == 12
    assert typed("export", batch.batch_id, "--to", str(to), "--sizes", "640x600, ") == 0
    assert len(list(to.iterdir())) == 22
    index = json.loads((to / "index.json").read_text())
    assert (len(index["pictures"]), len(index["former"])) == (10, 10)
    assert typed("export", batch.batch_id, "--to", str(to)) == 0
    assert json.loads((to / "index.json").read_text())["former"] == []
    capsys.readouterr()
    assert typed("export", batch.batch_id, "--to", str(to), "--sizes", "og") == 2
    assert "--sizes og: the batch has no pictures of that size; it has 320x300, 640x600" in capsys.readouterr().err


def test_another_picture_of_the_same_title_takes_its_place(
    typed: Typed, store: Path, to: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for variant in (0, 1):
        made = make(store, ["A"], variant=variant, format="jpeg", sizes=["320x300"])
        assert typed("export", made.batch_id, "--to", str(to)) == 0
    assert "1 picture in" in capsys.readouterr().err.splitlines()[-1]
    assert sha256((to / "a-320x300.jpg").read_bytes()).hexdigest() == first_picture(made).sha256


@pytest.mark.parametrize("name", ["why-fan-out-320x300.jpg", "index.json", "index.html"])
@pytest.mark.parametrize("kind", ["theirs", "edited", "link"])
def test_a_file_of_somebody_else_stops_the_export_before_anything_is_written(
    kind: str, name: str, typed: Typed, batch: BatchResult, to: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to.mkdir(parents=True)
    if kind == "edited":
        assert typed("export", batch.batch_id, "--to", str(to)) == 0
        (to / name).write_bytes((to / name).read_bytes() + b" ")
    elif kind == "link":
        (to.parent / "other").write_text("other")
        (to / name).symlink_to("../other")
    else:
        (to / name).write_text("theirs")
    before = snapshot(to)
    capsys.readouterr()
    assert typed("export", batch.batch_id, "--to", str(to)) == 2
    told = capsys.readouterr().err
    assert f"{to}/{name}" in told
    assert "imagegen did not write it" in told or "is a symbolic link" in told
    assert snapshot(to) == before


def test_files_of_others_stay_as_they_are(typed: Typed, batch: BatchResult, to: Path) -> None:
    to.mkdir(parents=True)
    (to / "photo.jpg").write_bytes(b"photo")
    (to / "posts").mkdir()
    os.utime(to / "photo.jpg", (1, 1))
    assert typed("export", batch.batch_id, "--to", str(to)) == 0
    assert ((to / "photo.jpg").read_bytes(), (to / "photo.jpg").stat().st_mtime) == (b"photo", 1)
    assert (to / "posts").is_dir()


def test_missing_and_damaged_objects_are_named_and_the_others_exported(
    typed: Typed, batch: BatchResult, store: Path, to: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost, damaged = (leaf.image for leaf in batch.leaves()[:2])
    assert lost
    assert damaged
    (store / lost.key).unlink()
    (store / damaged.key).write_bytes(b"x")
    assert typed("export", batch.batch_id, "--to", str(to)) == 1
    told = capsys.readouterr().err
    assert f"not exported: why-fan-out-320x300.jpg: {lost.key} is not in {store}" in told
    assert f"not exported: why-fan-out-2-320x300.jpg: {damaged.key} is damaged" in told
    assert f"18 pictures in {to}: 18 written" in told
    index = json.loads((to / "index.json").read_text())
    assert {entry["file"] for entry in index["pictures"]} == {
        path.name for path in to.iterdir() if not path.name.startswith("index")
    }
    assert "why-fan-out-320x300.jpg" not in (to / "index.html").read_text()


def test_an_object_that_is_gone_is_not_needed_for_a_file_that_is_there(
    typed: Typed, batch: BatchResult, store: Path, to: Path
) -> None:
    assert typed("export", batch.batch_id, "--to", str(to)) == 0
    (store / first_picture(batch).key).unlink()
    assert typed("export", batch.batch_id, "--to", str(to)) == 0


def test_a_folder_behind_a_link_is_filled(typed: Typed, batch: BatchResult, to: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    to.parent.mkdir()
    to.symlink_to(tmp_path / "real")
    assert typed("export", batch.batch_id, "--to", str(to)) == 0
    assert to.is_symlink()
    assert len(list((tmp_path / "real").iterdir())) == 22


def test_a_place_that_is_no_folder_is_explained(
    typed: Typed, batch: BatchResult, to: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to.parent.mkdir()
    to.write_text("a file")
    for place in (to, to / "in"):
        assert typed("export", batch.batch_id, "--to", str(place)) == 2
        assert f"--to {place} is no folder" in capsys.readouterr().err
    assert to.read_text() == "a file"


def test_a_folder_that_takes_no_files_is_explained(
    typed: Typed,
    batch: BatchResult,
    to: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(**_options: object) -> str:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("imagegen.library.export.folder.tempfile.mkdtemp", refuse)  # root may write to any other folder
    assert typed("export", batch.batch_id, "--to", str(to)) == 2
    assert f"--to cannot write to {to} (Read-only file system)" in capsys.readouterr().err
    assert list(to.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_explained(
    typed: Typed, batch: BatchResult, to: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to.mkdir(parents=True, mode=0o500)
    assert typed("export", batch.batch_id, "--to", str(to)) == 2
    assert "Permission denied" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("https://example.com/covers", "https://example.com/covers/"),
        ("http://localhost:8000/", "http://localhost:8000/"),
        ("/covers/", "/covers/"),
    ],
)
def test_the_address_of_the_site_is_in_html_and_tags(url: str, whole: str, typed: Typed, store: Path, to: Path) -> None:
    made = make(store, ["مرحبا"], format="jpeg", sizes=["320x300"])
    assert typed("export", made.batch_id, "--to", str(to), "--base-url", url) == 0
    (entry,) = json.loads((to / "index.json").read_text())["pictures"]
    assert f'src="{whole}%D9%85%D8%B1%D8%AD%D8%A8%D8%A7-320x300.jpg"' in entry["html"]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)/", "example.com/covers", "https://a b/", "/a, b/", "/a?b=", '/"/']
)
def test_an_address_that_is_none_is_refused(
    url: str, typed: Typed, batch: BatchResult, to: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("export", batch.batch_id, "--to", str(to), "--base-url", url) == 2
    assert f"--base-url {url}" in capsys.readouterr().err
    assert not to.exists() or not list(to.iterdir())


def test_a_batch_of_which_nothing_was_made_exports_nothing(
    typed: Typed, store: Path, to: Path, batch: BatchResult, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = store / batch.manifest_key
    bare = [leaf.model_copy(update={"status": "failed", "image": None, "pictures": {}}) for leaf in batch.leaves()]
    manifest.write_text(batch.model_copy(update={"images": tuple((leaf,) for leaf in bare)}).model_dump_json())
    assert typed("export", batch.batch_id, "--to", str(to)) == 1
    assert "5 pairs of the batch failed and have no picture" in capsys.readouterr().err


def test_the_page_shows_every_picture_in_a_browser(typed: Typed, batch: BatchResult, to: Path) -> None:
    if reason := chromium.find_missing():
        pytest.skip(reason)
    assert typed("export", batch.batch_id, "--to", str(to)) == 0
    with chromium.browser() as browser:
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto((to / "index.html").as_uri())
        images = page.locator("figure img")
        for number in range(images.count()):
            images.nth(number).scroll_into_view_if_needed()
        page.wait_for_function("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")
        assert images.count() == 20
        assert page.locator("h2").all_inner_texts()[::4] == TITLES
        assert complaints == []


@pytest.mark.parametrize("inside", ["", "images", "new/covers"])
def test_nothing_is_exported_into_the_store_itself(
    typed: Typed, batch: BatchResult, store: Path, capsys: pytest.CaptureFixture[str], inside: str
) -> None:
    before = sorted(store.rglob("*"))
    assert typed("export", batch.batch_id, "--to", str(store / inside)) == 2
    assert "the store keeps its pictures there" in capsys.readouterr().err
    assert sorted(store.rglob("*")) == before


def test_an_empty_name_is_no_folder(
    typed: Typed,
    batch: BatchResult,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    assert typed("export", batch.batch_id, "--to", "") == 2
    assert "--to: a folder is expected" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == before
