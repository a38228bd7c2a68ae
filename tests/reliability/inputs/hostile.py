"""Input that wants to do harm, generated: whatever comes in, the answer is a result or one of the product's errors.

Each function below is a property that hypothesis feeds. ``TARGETS`` names them for the soak.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from imagegen.errors import Failure, ImagegenError, PassingFailure
from imagegen.gallery import render
from imagegen.library import listing
from imagegen.library.removal.delete import plan_removal, remove
from imagegen.library.verify import verify
from imagegen.making.plan import Planned, plan
from imagegen.making.reports import RunReport
from imagegen.making.stored import find_result, has_original
from imagegen.overlay import compose
from imagegen.paying import claims
from imagegen.providers import PictureRequest
from imagegen.records import find_manifest
from imagegen.request import batch as batches
from imagegen.request.batchfile import read_file
from imagegen.settings import Settings, from_environment
from storage import StoreError
from storage.directory import DirectoryStore
from storage.location import open_store
from tests.doubles.provider import provider_pictures as pictures
from tests.doubles.provider.scripted_server import Reply
from tests.reliability import batches as runs
from tests.reliability.fake_providers import FakeProviders
from tests.reliability.inputs.hostile_inputs import (
    BATCHES,
    ENVIRONMENTS,
    RAW,
    RECORDS,
    REPLIES,
    VALID,
    Written,
    image_bytes,
)

SLOW = 5.0
"""Seconds that one input may take."""
MOST_SAID = 20_000
"""Characters of an error's message."""


def explained(error: Exception) -> None:
    """Fail unless an error says something, within bounds, and without a key."""
    said = str(error)
    assert said
    assert len(said) < MOST_SAID
    assert not any(key in said for key in runs.KEYS.values())


def request_is_read(value: Any) -> None:
    """A batch or a pair of any shape is valid, or a RequestError that names a problem."""
    for read in (
        lambda: batches.read(value, max_images=50),
        lambda: batches.read_leaf(value if isinstance(value, dict) else {}),
    ):
        try:
            found = read()
        except ImagegenError as error:
            explained(error)
            continue
        for leaf in found.distinct() if isinstance(found, batches.Batch) else (found,):
            plan(leaf, Settings())


def file_is_read(data: bytes) -> None:
    """A batch file of any bytes."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(data)
        file.flush()
        try:
            batches.read(batches.named(read_file(Path(file.name))), max_images=50)
        except ImagegenError as error:
            explained(error)


def settings_are_read(environment: dict[str, str]) -> None:
    """Settings of any text, and the store that they name; nothing is written."""
    try:
        found = from_environment(environment)
        open_store(
            location=found.store,
            endpoint=found.minio_endpoint,
            access_key=found.minio_access_key,
            secret_key=found.minio_secret_key,
            bucket=found.minio_bucket,
            region=found.minio_region,
            public_base_url=found.minio_public_base_url,
            public_read=found.minio_public_read,
            ephemeral=found.on_render,
        )
    except (ImagegenError, StoreError) as error:
        explained(error)


def store_is_read(record: tuple[str, bytes]) -> None:
    """Every reader of a store takes what it finds there for untrusted; nothing outside the store is touched."""
    with tempfile.TemporaryDirectory(prefix="imagegen-hostile-") as directory:
        written = Written(Path(directory))
        written.put(*record)
        store, planned, name = written.store, written.planned, written.manifest.batch_id
        find_result(store, planned)
        has_original(store, planned.request_hash)
        if manifest := find_manifest(store, name):
            render(manifest, link=lambda key: f"../../{key}")
        claims.read(store, planned.request_hash)
        adopt_spending(store, planned, name)
        listing.list_batches(store)
        verify(store)
        for work in (_claim, _remove):
            try:
                work(store, planned, name)
            except (ImagegenError, StoreError, TimeoutError) as error:
                explained(error)
        assert [path.name for path in Path(directory).iterdir()] == ["store"]


def adopt_spending(store: DirectoryStore, planned: Planned, batch_id: str) -> None:
    """Read the reports and claims of a batch as its next run does."""
    RunReport(store, batch_id, "run").adopt([planned])


def _claim(store: DirectoryStore, planned: Planned, _batch_id: str) -> None:
    claimant = claims.Claimant("r")
    claims.acquire(store, planned.request_hash, claimant, is_settled=lambda: False, seconds=0.0, pause=lambda _: None)


def _remove(store: DirectoryStore, _planned: Planned, batch_id: str) -> None:
    remove(store, plan_removal(store, batch_id))


def batch_runs_on(record: tuple[str, bytes], fakes: FakeProviders) -> None:
    """A whole batch on such a store ends with a picture or with an error that says why."""
    with (
        tempfile.TemporaryDirectory(prefix="imagegen-hostile-") as directory,
        runs.without_waiting(),
    ):
        written = Written(Path(directory))
        written.put(*record)
        request = VALID | {"prompts": ["A fox"], "offline": False}
        fakes.answer_always(pictures.picture("JPEG", (800, 420)))
        runtime = runs.FakeProviderRuntime(runs.settings(), written.store, fakes, lease=claims.Lease(0.05, 0.02, 0.02))
        ran = runs.run(request, runtime)
        assert ran.result or ran.error


def reply_is_taken(provider: str, reply: Reply, fakes: FakeProviders) -> None:
    """Whatever a provider answers is a picture's bytes or a Failure."""
    fakes.reply_always(reply)
    model = {"openai": "gpt-image-2", "gemini": "gemini-3-pro-image"}[provider]
    request = PictureRequest(model, "A fox", (1536, 1024), {"aspect_ratio": "16:9"} if provider == "gemini" else {})
    try:
        made = fakes.client(provider, runs.settings(provider_timeout=runs.PATIENT, rate_limit_wait=0.0)).generate(
            request
        )
    except Failure as failure:
        explained(failure)
    else:
        assert isinstance(made.data, bytes)


def picture_is_decoded(data: bytes) -> None:
    """Bytes of any kind are a picture that can be drawn upon, or a bad picture."""
    try:
        picture = compose.decode(data)
    except PassingFailure as failure:
        explained(failure)
        return
    design = compose.Design("A fox", VALID["template"], VALID["font"])
    compose.compose(picture, design, provenance=PROVENANCE)


PROVENANCE = compose.Provenance("openai", "gpt-image-2", offline=False)


@contextmanager
def in_time() -> Iterator[None]:
    """Fail when the body takes more of the processor than an input may, however busy the machine is."""
    started = time.process_time()
    yield
    took = time.process_time() - started
    assert took < SLOW, f"took {took:.1f} s of the processor"


@dataclass(frozen=True)
class Target:
    """A property, and what feeds it."""

    name: str
    inputs: st.SearchStrategy[Any]
    check: Callable[[Any, FakeProviders], None]
    weight: int


TARGETS = (
    Target("batch files and task inputs", BATCHES, lambda value, _: request_is_read(value), 25),
    Target(
        "files of any bytes",
        RAW | BATCHES.map(lambda v: json.dumps(v).encode()),
        lambda data, _: file_is_read(data),
        10,
    ),
    Target("settings", ENVIRONMENTS, lambda environment, _: settings_are_read(environment), 15),
    Target("records read back from a store", RECORDS, lambda record, _: store_is_read(record), 15),
    Target("batches on a store that somebody wrote to", RECORDS, batch_runs_on, 2),
    Target(
        "providers' answers",
        st.tuples(st.sampled_from(["openai", "gemini"]), REPLIES),
        lambda drawn, fakes: reply_is_taken(drawn[0], drawn[1], fakes),
        15,
    ),
    Target("pictures' bytes", image_bytes(), lambda data, _: picture_is_decoded(data), 18),
)
