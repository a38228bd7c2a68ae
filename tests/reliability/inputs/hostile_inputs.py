"""Hostile inputs, generated: batches, settings, records in a store, answers and pictures."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from imagegen.making.plan import Planned, plan
from imagegen.overlay.templates import TEMPLATES
from imagegen.overlay.text.fonts import FONTS
from imagegen.paying.account import Account
from imagegen.paying.claims import ClaimRecord
from imagegen.paying.money import Ledger
from imagegen.paying.run_report import Report
from imagegen.request import batch as batches
from imagegen.request.prompts import STYLES
from imagegen.settings import Settings
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles import batches as samples
from tests.doubles.provider import provider_pictures as pictures
from tests.doubles.provider.scripted_server import Reply

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
    "focus": "0.3,0.4",
}


def _corrupt(valid: Any) -> st.SearchStrategy[Any]:
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


BATCHES = JSON | _corrupt(VALID) | st.dictionaries(st.sampled_from([*VALID, "promts"]), JSON, max_size=6)
VARIABLES = [
    *(
        "OPENAI_IMAGE_QUALITY",
        "STRICT_MODELS",
        "RETRY_UNANSWERED",
        "RETRY_USELESS",
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
        "ORIGINALS_EXPIRE_DAYS",
        "NOTIFY_URL",
        "NOTIFY_SECRET",
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


@dataclass
class Written:
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
        account = Account().add("r", "run", Ledger(attempts=1, possible_extra_charges=1))
        claim = ClaimRecord("token", "r", "run", held=False, account=account, error=("unanswered", "no answer"))
        report = Report(batch_id=self.manifest.batch_id, run_id="run", started_at=0.0)
        self.records: dict[str, Any] = {
            "results": json.loads(self.leaf.model_dump_json()),
            "batches": json.loads(self.manifest.model_dump_json()),
            "claims": json.loads(json.dumps(asdict(claim))),
            "reports": json.loads(report.model_dump_json()),
        }

    def put(self, space: str, data: bytes) -> None:
        key = {
            "results": keys.result(self.planned.leaf_hash),
            "batches": self.manifest.manifest_key,
            "claims": keys.claim(self.planned.request_hash),
            "reports": keys.report(self.manifest.batch_id, "0" * 16),
            "originals": keys.original(self.planned.request_hash),
        }[space]
        self.store.replace(key, data, content_type="application/json")


def _corrupt_record(space: str, valid: Any) -> st.SearchStrategy[tuple[str, bytes]]:
    return _corrupt(valid).map(lambda value: (space, json.dumps(value).encode()))


def _records() -> st.SearchStrategy[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as directory:
        written = Written(Path(directory))
        corrupted = [_corrupt_record(space, valid) for space, valid in written.records.items()]
    anything = st.tuples(st.sampled_from([*written.records, "originals"]), RAW)
    return st.one_of(anything, *corrupted)


RECORDS = _records()


REPLIES = st.builds(
    lambda status, body, kind, cut: Reply(status, body, {"Content-Type": kind}, cut=cut),
    st.sampled_from([200, 200, 200, 201, 204, 299, 302, 400, 401, 403, 404, 418, 429, 500, 503, 599]),
    RAW
    | _corrupt({"created": 1, "data": [{"b64_json": "aGk="}], "usage": {"output_tokens": 5, "input_tokens": 1}}).map(
        lambda value: json.dumps(value).encode()
    )
    | _corrupt(
        {"candidates": [{"content": {"parts": [{"inlineData": {"mimeType": "image/png", "data": "aGk="}}]}}]}
    ).map(lambda value: json.dumps(value).encode())
    | _corrupt({"error": {"message": "no", "type": "x", "code": "y", "status": "Z", "details": [{"reason": "r"}]}}).map(
        lambda value: json.dumps(value).encode()
    ),
    st.sampled_from(["application/json", "text/html", "image/png", ""]),
    st.none() | st.integers(0, 30),
)
