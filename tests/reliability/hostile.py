"""Input that wants to do harm, generated: whatever comes in, the answer is a result or one of the product's errors.

Each function below is a property that hypothesis feeds. ``TARGETS`` names them for the soak.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from imagegen import batch as batches
from imagegen import claims, library, removal
from imagegen.errors import Failure, ImagegenError, PassingFailure
from imagegen.gallery import render
from imagegen.lookup import find_result, has_original, read_manifest
from imagegen.overlay import compose
from imagegen.overlay.fonts import FONTS
from imagegen.overlay.templates import TEMPLATES
from imagegen.plan import Planned, plan
from imagegen.prompts import STYLES
from imagegen.providers import PictureRequest
from imagegen.settings import Settings, from_environment
from imagegen.verify import verify
from storage import StoreError, keys
from storage.directory import DirectoryStore
from storage.location import open_store
from tests.doubles import batches as samples
from tests.doubles import provider_pictures as pictures
from tests.doubles.scripted_server import Reply
from tests.reliability import batches as runs
from tests.reliability.desk import Desk

SLOW = 5.0
"""Seconds that one input may take."""
MOST_SAID = 20_000
"""Characters of an error's message."""

TEXT = st.text(max_size=40) | st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "../../etc/passwd",
        "/etc/passwd",
        "A" * 400,
        "\ud800",
        "\u202eevil",
        "${HOME}",
        "%s%n",
        "'; DROP",
        "𝕏" * 30,
    ]
)
SCALAR = st.none() | st.booleans() | st.integers() | st.sampled_from([10**400, -1, 2**63]) | st.floats() | TEXT
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)
RAW = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())

VALID: dict[str, Any] = {
    "prompts": ["A fox", {"prompt": "A hen", "title": "Hen"}],
    "models": ["gpt-image-2"],
    "style": next(iter(STYLES)),
    "template": next(iter(TEMPLATES)),
    "font": next(iter(FONTS)),
    "context": "",
    "extra_prompt": "",
    "variant": 0,
    "offline": True,
    "max_cost_usd": 1.0,
}


def _spoilt(valid: Any) -> st.SearchStrategy[Any]:
    """``valid`` with one part, however deep, replaced by anything."""
    paths = list(_paths(valid))
    return st.tuples(st.sampled_from(paths), JSON).map(lambda drawn: _replaced(valid, *drawn))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from _paths(part, (*path, name))


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(copy[path[0]], path[1:], new)
    return copy


BATCHES = JSON | _spoilt(VALID) | st.dictionaries(st.sampled_from([*VALID, "promts"]), JSON, max_size=6)
VARIABLES = [
    *(
        "OPENAI_IMAGE_QUALITY",
        "STRICT_MODELS",
        "RETRY_UNANSWERED",
        "PROVIDER_TIMEOUT_SECONDS",
        "OFFLINE_LATENCY_SECONDS",
    ),
    *("RATE_LIMIT_WAIT_SECONDS", "OPENAI_IMAGES_PER_MINUTE", "IMAGEGEN_STORE", "MINIO_ENDPOINT", "MINIO_ACCESS_KEY"),
    *(
        "MINIO_SECRET_KEY",
        "MINIO_BUCKET",
        "MINIO_REGION",
        "MINIO_PUBLIC_BASE_URL",
        "MINIO_PUBLIC_READ",
        "URL_LIFE_SECONDS",
    ),
    *("RENDER", "MAX_IMAGES_PER_BATCH", "MAX_BATCH_COST_USD", "MAX_IN_FLIGHT"),
]
ENVIRONMENTS = st.dictionaries(
    st.sampled_from(VARIABLES),
    TEXT
    | st.integers().map(str)
    | st.floats().map(str)
    | st.sampled_from(["http://[", "s3://", "http://u:p@h", "1e999"]),
    max_size=8,
)
PICTURES = [pictures.picture(kind, (64, 36)) for kind in ("JPEG", "PNG", "WEBP")]


@st.composite
def image_bytes(draw: st.DrawFn) -> bytes:
    """A picture with bytes overwritten, cut, repeated or lied about; or no picture."""
    data = bytearray(draw(st.sampled_from(PICTURES)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data) - 1))
        data[at : at + draw(st.integers(0, 6))] = draw(st.binary(max_size=6))
        data = data or bytearray(b"\xff")
    cut = draw(st.none() | st.integers(0, len(data)))
    return (
        draw(st.sampled_from([bytes(data[:cut]), bytes(data) * 2, bytes(data)]))
        if draw(st.integers(0, 9))
        else draw(RAW)
    )


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
            batches.read(batches.named(batches.read_file(Path(file.name))), max_images=50)
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


@dataclass
class _Written:
    """A store in which somebody else wrote: one record of each kind, and a batch that leads to them."""

    directory: Path
    store: DirectoryStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = DirectoryStore(self.directory / "store")
        request = VALID | {"prompts": ["A fox"]}
        batch = batches.read(request, max_images=50)
        self.planned: Planned = plan(batch.distinct()[0], Settings())
        self.leaf = samples.leaf("A fox", request_hash=self.planned.request_hash, leaf_hash=self.planned.leaf_hash)
        self.manifest = samples.batch([[self.leaf]])
        self.claim = {
            "token": "t", "run": "r", "host": "h", "pid": 1, "born": "b", "held": False, "beat": 0, "parent": None,
            "ledger": {"attempts": 1, "paid_calls": 0, "possible_extra_charges": 0, "cost_usd": 0.0},
            "error": ["unanswered", "no answer"],
        }  # fmt: skip

    def put(self, space: str, data: bytes) -> None:
        key = {
            "results": keys.result(self.planned.leaf_hash),
            "batches": self.manifest.manifest_key,
            "claims": keys.claim(self.planned.request_hash, 0),
            "originals": keys.original(self.planned.request_hash),
        }[space]
        self.store.replace(key, data, content_type="application/json")

    def valid(self, space: str) -> Any:
        if space == "results":
            return json.loads(self.leaf.model_dump_json())
        return json.loads(self.manifest.model_dump_json()) if space == "batches" else self.claim


def _spoilt_record(space: str, valid: Any) -> st.SearchStrategy[tuple[str, bytes]]:
    return _spoilt(valid).map(lambda value: (space, json.dumps(value).encode()))


def _records() -> st.SearchStrategy[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as directory:
        written = _Written(Path(directory))
        spoilt = [_spoilt_record(space, written.valid(space)) for space in ("results", "batches", "claims")]
    anything = st.tuples(st.sampled_from(["results", "batches", "claims", "originals"]), RAW)
    return st.one_of(anything, *spoilt)


RECORDS = _records()


def store_is_read(record: tuple[str, bytes]) -> None:
    """Every reader of a store takes what it finds there for untrusted; nothing outside the store is touched."""
    with tempfile.TemporaryDirectory(prefix="imagegen-hostile-") as directory:
        written = _Written(Path(directory))
        written.put(*record)
        store, planned, name = written.store, written.planned, written.manifest.batch_id
        find_result(store, planned)
        has_original(store, planned.request_hash)
        if manifest := read_manifest(store, name):
            render(manifest, link=lambda key: f"../../{key}")
        claims.last(store, planned.request_hash)
        claims.spent(store, planned.request_hash, run="r")
        library.listing(store)
        verify(store)
        for work in (_claim, _remove):
            try:
                work(store, planned, name)
            except (ImagegenError, StoreError, TimeoutError) as error:
                explained(error)
        assert [path.name for path in Path(directory).iterdir()] == ["store"]


def _claim(store: DirectoryStore, planned: Planned, _batch_id: str) -> None:
    claims.acquire(store, planned.request_hash, run="r", settled=lambda: False, patience=0, pause=lambda _seconds: None)


def _remove(store: DirectoryStore, _planned: Planned, batch_id: str) -> None:
    removal.remove(store, removal.plan_removal(store, batch_id))


def batch_runs_on(record: tuple[str, bytes], desk: Desk) -> None:
    """A whole batch on such a store ends with a picture or with an error that says why."""
    with (
        tempfile.TemporaryDirectory(prefix="imagegen-hostile-") as directory,
        runs.without_waiting(),
        runs.short_lease(),
    ):
        written = _Written(Path(directory))
        written.put(*record)
        request = VALID | {"prompts": ["A fox"], "offline": False}
        desk.answer_always(pictures.picture("JPEG", (64, 36)))
        ran = runs.run(request, runs.DeskRuntime(runs.settings(), written.store, desk))
        assert ran.result or ran.error


REPLIES = st.builds(
    lambda status, body, kind, cut: Reply(status, body, {"Content-Type": kind}, cut=cut),
    st.sampled_from([200, 200, 200, 201, 204, 299, 302, 400, 401, 403, 404, 418, 429, 500, 503, 599]),
    RAW
    | _spoilt({"created": 1, "data": [{"b64_json": "aGk="}], "usage": {"output_tokens": 5, "input_tokens": 1}}).map(
        lambda value: json.dumps(value).encode()
    )
    | _spoilt(
        {"candidates": [{"content": {"parts": [{"inlineData": {"mimeType": "image/png", "data": "aGk="}}]}}]}
    ).map(lambda value: json.dumps(value).encode())
    | _spoilt({"error": {"message": "no", "type": "x", "code": "y", "status": "Z", "details": [{"reason": "r"}]}}).map(
        lambda value: json.dumps(value).encode()
    ),
    st.sampled_from(["application/json", "text/html", "image/png", ""]),
    st.none() | st.integers(0, 30),
)


def reply_is_taken(provider: str, reply: Reply, desk: Desk) -> None:
    """Whatever a provider answers is a picture's bytes or a Failure."""
    desk.reply_always(reply)
    model = {"openai": "gpt-image-2", "gemini": "gemini-3-pro-image"}[provider]
    request = PictureRequest(model, "A fox", (1536, 1024), {"aspect_ratio": "16:9"} if provider == "gemini" else {})
    try:
        made = desk.client(provider, runs.settings(provider_timeout=runs.PATIENT, rate_limit_wait=0.0)).generate(
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
    compose.compose(picture, title="A fox", template=VALID["template"], font=VALID["font"], provenance=PROVENANCE)


PROVENANCE = compose.Provenance("openai", "gpt-image-2", offline=False)


@contextmanager
def in_time() -> Iterator[None]:
    """Fail when the body takes longer than an input may."""
    started = time.monotonic()
    yield
    took = time.monotonic() - started
    assert took < SLOW, f"took {took:.1f} s"


@dataclass(frozen=True)
class Target:
    """A property, and what feeds it."""

    name: str
    inputs: st.SearchStrategy[Any]
    check: Callable[[Any, Desk], None]
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
        lambda drawn, desk: reply_is_taken(drawn[0], drawn[1], desk),
        15,
    ),
    Target("pictures' bytes", image_bytes(), lambda data, _: picture_is_decoded(data), 18),
)
