"""A store with a finished batch in it, as the pipeline leaves one."""

import hashlib
import shutil
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from imagegen import gallery
from imagegen.overlay import compose
from imagegen.pictures import describe
from imagegen.results import BatchResult, LeafResult
from storage import Store, keys
from storage.directory import DirectoryStore
from tests.doubles import batches

PROMPTS = ("A lighthouse at dusk", "漢字 ../../etc\0passwd\n")


def painted(prompt: str) -> bytes:
    """A provider's picture, another one for each prompt."""
    out = BytesIO()
    colour = tuple(hashlib.sha256(prompt.encode()).digest()[:3])
    picture = Image.effect_mandelbrot((300, 160), (-2, -1, 1, 1), 30).convert("RGB")
    Image.blend(picture, Image.new("RGB", picture.size, colour), 0.5).save(out, "PNG")
    return out.getvalue()


def finished(store: Store, prompt: str) -> LeafResult:
    """Make and record one pair as the pipeline does."""
    leaf = batches.leaf(prompt, title=prompt if prompt.isprintable() else "Plain")
    data = painted(prompt)
    store.create(keys.original(leaf.request_hash), data, content_type="image/png")
    provenance = compose.Provenance(leaf.provider, leaf.served_by, leaf.offline)
    made = compose.compose(
        compose.decode(data), compose.Design(leaf.title, leaf.template, leaf.font), provenance=provenance
    )
    described = describe(made)
    for picture, one in ((described.image, made.pictures["og"]), (described.thumbnail, made.thumbnail)):
        store.create(picture.key, one.data, content_type="image/jpeg")
    done = leaf.model_copy(
        update={
            **described.as_fields(),
            "original_sha256": keys.content_hash(data),
        }
    )
    store.create(keys.result(leaf.leaf_hash), done.model_dump_json().encode(), content_type="application/json")
    return done


@pytest.fixture(scope="session")
def finished_batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BatchResult]:
    """A directory with a sound batch of two pictures, made once."""
    root = tmp_path_factory.mktemp("finished") / "store"
    store = DirectoryStore(root)
    result = batches.batch([[finished(store, prompt)] for prompt in PROMPTS])
    store.replace(result.manifest_key, result.model_dump_json().encode(), content_type="application/json")
    page = gallery.render(result, link=gallery.from_page)
    store.replace(result.gallery_key, page, content_type="text/html; charset=utf-8")
    return root, result


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "store")


@pytest.fixture
def batch(store: DirectoryStore, finished_batch: tuple[Path, BatchResult]) -> BatchResult:
    """The sound batch, in a store of this test's own."""
    root, result = finished_batch
    shutil.copytree(root, store.location)
    return result
