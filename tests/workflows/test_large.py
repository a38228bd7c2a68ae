"""Large batches stay small in the parent and within the platform's payload limit."""

import asyncio
import dataclasses
import tracemalloc
from pathlib import Path

import pytest

from imagegen.making.batch_run import run_batch
from imagegen.making.outcomes import build_outcome, with_links
from imagegen.making.plan import plan
from imagegen.making.runtime import Runtime
from imagegen.paying.grant import Grant
from imagegen.records import find_manifest
from imagegen.request import batch as batches
from imagegen.request.batch import Batch, Leaf
from imagegen.results import BatchResult, LeafResult, StoredPicture
from imagegen.settings import Settings
from storage import keys

RENDER_PAYLOAD_LIMIT = 4_000_000
SHA256 = "5e" * 32


def batch_of(pairs: int) -> Batch:
    prompts = [f"Prompt number {number} about something of the usual length" for number in range(pairs // 2)]
    models = ["gpt-image-2", "gemini-3-pro-image"]
    return batches.read([prompts, models, "neon", "bottom-bar", "inter", "", "", 0, True], max_images=pairs)


async def instantly(leaf: Leaf, _grant: Grant) -> LeafResult:
    """A leaf's outcome without the leaf."""
    settings = Settings()
    picture = StoredPicture(key=keys.image(SHA256), sha256=SHA256, bytes=1, width=1200, height=630)
    small = picture.model_copy(update={"key": keys.thumbnail(SHA256)})
    timing = dict.fromkeys(("claim", "connect", "provider", "decode", "compose", "store_pictures", "record"), 0.1)
    found = {"status": "succeeded", "image": picture, "thumbnail": small, "timing": timing, "error": None}
    return build_outcome(plan(leaf, settings)).model_copy(update=found)


def run(pairs: int, store: Path) -> tuple[BatchResult, Runtime]:
    runtime = Runtime(dataclasses.replace(Settings(), store=str(store), max_images_per_batch=pairs))
    result = asyncio.run(
        run_batch(batch_of(pairs), runtime, run_leaf=instantly, settled=lambda _leaf, _outcome: None, run="r")
    )
    return result, runtime


@pytest.mark.slow
def test_ten_thousand_pairs_return_their_summary_and_keys_and_keep_the_matrix_in_the_manifest(tmp_path: Path) -> None:
    result, runtime = run(10_000, tmp_path)
    returned = with_links(result, runtime)
    assert len(returned.model_dump_json()) < RENDER_PAYLOAD_LIMIT
    assert returned.images is None
    assert returned.summary.succeeded == 10_000
    manifest = find_manifest(runtime.store, result.batch_id)
    assert manifest is not None
    assert len(manifest.leaves()) == 10_000


def test_a_result_with_its_matrix_stays_below_the_limit_links_included(tmp_path: Path) -> None:
    sizes = {pairs: len(with_links(*run(pairs, tmp_path)).model_dump_json()) for pairs in (200, 1_000, 2_000)}
    assert max(sizes.values()) < RENDER_PAYLOAD_LIMIT


@pytest.mark.slow
def test_the_parent_grows_by_less_than_twenty_kilobytes_a_pair(tmp_path: Path) -> None:
    run(10, tmp_path)
    tracemalloc.start()
    try:
        run(1_000, tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak / 1_000 < 20_000
