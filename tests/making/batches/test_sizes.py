"""One original, several sizes and formats: each stored once, told by name, and made again at no cost."""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imagegen.making.leaf import Grant, make
from imagegen.making.runtime import Runtime
from imagegen.overlay import compose, decoding
from imagegen.request.batch import Leaf
from imagegen.results import BatchResult, LeafResult
from storage import keys
from tests.doubles import s3_servers
from tests.doubles.fault_proxy import FaultProxy, fault_proxy
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.doubles.s3_servers import S3Server

MODELS = ["gpt-image-2"]
SIZES = {"og": (1200, 630), "square": (1080, 1080), "1600x900": (1600, 900)}
NAMES = ["og", "square", "1600x900", "og.webp", "square.webp", "1600x900.webp"]
WANTED: dict[str, Any] = {"sizes": ["og", "square", "1600x900"], "format": ["jpeg", "webp"]}


@pytest.fixture
def openai(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def runtime(openai: OpenAIServer, tmp_path: Path) -> Runtime:
    return runtime_in(tmp_path)


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_servers.moto() as server:
        yield server


@pytest.fixture
def network(server: S3Server) -> Iterator[FaultProxy]:
    with fault_proxy(server.endpoint) as proxy:
        yield proxy


def only(result: BatchResult) -> LeafResult:
    (leaf,) = result.leaves()
    assert leaf.error is None
    return leaf


def test_every_size_is_made_in_every_format_from_one_call_and_one_decode(
    runtime: Runtime, openai: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []
    load = decoding._load

    def counted(data: bytes, *rest: Any) -> compose.Picture:
        decoded.append(len(data))
        return load(data, *rest)

    monkeypatch.setattr(decoding, "_load", counted)
    leaf = only(run_batch(runtime, ["a"], MODELS, *LOOK, **WANTED))
    assert (len(openai.calls), len(decoded)) == (1, 1)
    assert list(leaf.pictures) == NAMES
    assert (leaf.image, leaf.sizes, leaf.format) == (leaf.pictures["og"], tuple(SIZES), ("jpeg", "webp"))
    assert leaf.thumbnail
    for name, picture in leaf.pictures.items():
        size, _, picture_format = name.partition(".")
        data = runtime.store.get(picture.key)
        assert picture.key == keys.image(keys.content_hash(data), picture_format or "jpeg")
        assert (picture.width, picture.height) == SIZES[size]
        with Image.open(io.BytesIO(data)) as image:
            assert (image.size, image.format) == (SIZES[size], (picture_format or "jpeg").upper())
        assert picture.url.endswith(picture.key)
    assert leaf.thumbnail.key == keys.thumbnail(leaf.pictures["og"].sha256)


def test_another_size_is_composed_from_the_stored_original_and_a_rerun_does_nothing(
    runtime: Runtime, openai: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = only(run_batch(runtime, ["a"], MODELS, *LOOK))
    more = only(run_batch(runtime, ["a"], MODELS, *LOOK, **WANTED))
    assert len(openai.calls) == 1
    assert (more.request_hash == one.request_hash, more.leaf_hash == one.leaf_hash) == (True, False)
    monkeypatch.setattr(compose, "compose", None)
    again = only(run_batch(runtime, ["a"], MODELS, *LOOK, **WANTED))
    assert again.reused
    assert again.pictures == more.pictures


@pytest.mark.parametrize("name", ["og", "square.webp"])
def test_a_pair_of_which_any_picture_is_lost_is_composed_again(
    runtime: Runtime, openai: OpenAIServer, name: str
) -> None:
    before = only(run_batch(runtime, ["a"], MODELS, *LOOK, **WANTED))
    runtime.store.delete(before.pictures[name].key)
    after = only(run_batch(runtime, ["a"], MODELS, *LOOK, **WANTED))
    assert after.pictures == before.pictures
    assert runtime.store.get(before.pictures[name].key)
    assert len(openai.calls) == 1


def test_the_first_format_and_size_are_the_picture_that_is_shown(runtime: Runtime) -> None:
    leaf = only(run_batch(runtime, ["a"], MODELS, *LOOK, sizes=["story", "og"], format=["png"]))
    assert leaf.image
    assert leaf.thumbnail
    assert list(leaf.pictures) == ["story", "og"]
    assert (leaf.image.key[-4:], leaf.image.width, leaf.image.height) == (".png", 1080, 1920)
    assert (leaf.thumbnail.key[-4:], leaf.thumbnail.width, leaf.thumbnail.height) == (".jpg", 400, 711)


def test_a_marked_title_a_row_s_texts_and_a_prompt_with_asterisks_reach_the_picture_as_written(
    runtime: Runtime,
) -> None:
    row = {"prompt": "a", "title": "Why *fan-out* wins", "kicker": "News", "subtitle": "More", "byline": "Ada"}
    marked, plain = run_batch(runtime, [row, "A *red* fox"], MODELS, *LOOK, offline=True).leaves()
    assert (marked.status, plain.status) == ("succeeded", "succeeded")
    assert (marked.title, marked.highlight) == ("Why fan-out wins", "fan-out")
    assert (marked.kicker, marked.subtitle, marked.byline) == ("News", "More", "Ada")
    assert (plain.title, plain.highlight) == ("A *red* fox", "")


def test_a_brand_gives_what_is_left_out_and_its_change_composes_anew_at_no_cost(
    runtime: Runtime, openai: OpenAIServer, tmp_path: Path
) -> None:
    settings = runtime.settings = replace(runtime.settings, brands=tmp_path / "brands")
    folder = settings.brands / "acme"
    folder.mkdir(parents=True)
    brand = 'accent = "#1f6feb"\ntemplate = "left-panel"\nfont = "lora"\nbyline = "acme.example"\n'
    (folder / "brand.toml").write_text(brand)
    asked: dict[str, Any] = {"prompts": ["a"], "models": MODELS, "style": "photorealistic", "brand": "acme"}
    first = only(run_batch(runtime, **asked))
    assert (first.brand, first.template, first.font) == ("acme", "left-panel", "brand")
    (folder / "brand.toml").write_text(brand.replace("#1f6feb", "#c01048"))
    second = only(run_batch(runtime, **asked))
    assert len(openai.calls) == 1
    assert second.brand_digest != first.brand_digest
    assert second.image
    assert second.image != first.image


def requests(network: FaultProxy) -> Counter[str]:
    """The requests that were seen for objects, by method and kind."""
    found = [exchange.request for exchange in network.exchanges if exchange.request.path.count("/") > 1]
    return Counter(f"{request.method} {request.path.split('/')[2]}" for request in found)


def test_one_size_costs_no_more_requests_than_before_and_another_one_costs_one(
    openai: OpenAIServer,
    server: S3Server,
    network: FaultProxy,
) -> None:
    runtime = runtime_in(
        Path(),
        minio_endpoint=network.url,
        minio_access_key=server.access_key,
        minio_secret_key=server.secret_key,
        minio_bucket="sizes",
    )
    runtime = Runtime(replace(runtime.settings, store=""))
    leaf = Leaf("a", "gpt-image-2", *LOOK, title="a")
    make(replace(leaf, prompt="to make the bucket", offline=True), runtime, grant=Grant("nothing"))
    seen = requests(network)
    one = make(leaf, runtime, grant=Grant("nothing"))
    fresh = requests(network) - seen
    assert one.error is None
    assert fresh == {
        "PUT claims": 2,  # before the call, and with its cost
        "PUT originals": 1,
        "PUT images": 1,
        "PUT thumbnails": 1,
        "PUT results": 1,
    }
    seen = requests(network)
    several = make(replace(leaf, sizes=("og", "square"), format=("webp", "avif")), runtime, grant=Grant("original"))
    anew = requests(network) - seen
    assert anew == {"GET originals": 1, "PUT images": 4, "PUT thumbnails": 1, "PUT results": 1}
    for name, picture in several.pictures.items():
        info = runtime.store.head(picture.key)
        assert info.size == picture.bytes
        kind = "avif" if name.endswith(".avif") else "webp"
        (put,) = [e for e in network.exchanges if picture.key in e.request.path and e.request.method == "PUT"]
        assert put.request.headers["content-type"] == f"image/{kind}"
