"""Batch results like those of a real run, and the small pictures that they name."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from io import BytesIO
from typing import Any

from PIL import Image

from imagegen.results import BatchResult, LeafError, LeafResult, StoredPicture, Summary
from storage import keys

STARTED = 1_795_000_000.0
"""Epoch seconds at which these batches start."""
PICTURE_BYTES, THUMBNAIL_BYTES = 20_000, 4_000


def digest(text: str) -> str:
    """A hash as the store's keys have them."""
    return sha256(text.encode()).hexdigest()


def leaf(prompt: str, model: str = "gpt-image-2", /, **changes: Any) -> LeafResult:
    """A picture that was made; ``changes`` replaces fields."""
    content = digest(f"{prompt}/{model}")
    fields = {
        "prompt": prompt,
        "title": prompt,
        "model": model,
        "served_by": model,
        "provider": "openai",
        "status": "succeeded",
        "image": StoredPicture(key=keys.image(content), sha256=content, bytes=PICTURE_BYTES, width=1200, height=630),
        "thumbnail": StoredPicture(
            key=keys.thumbnail(content), sha256=content, bytes=THUMBNAIL_BYTES, width=400, height=210
        ),
        "seconds": 12.5,
        "started_at": STARTED,
        "cost_usd": 0.041,
        "paid_calls": 1,
        "request_hash": digest(f"request {prompt}/{model}"),
        "leaf_hash": digest(f"leaf {prompt}/{model}"),
        "style": "photorealistic",
        "template": "bottom-bar",
        "font": "inter",
    }
    return LeafResult.model_validate(fields | changes)


def failed(
    prompt: str, model: str = "gpt-image-2", *, kind: str = "refused", message: str = "", **changes: Any
) -> LeafResult:
    """A pair without a picture."""
    text = message or "The provider refused the prompt for safety reasons; word it differently."
    error = LeafError(kind=kind, message=text, retryable=False)
    nothing: dict[str, Any] = {"status": "failed", "image": None, "thumbnail": None, "cost_usd": 0.0, "paid_calls": 0}
    return leaf(prompt, model, error=error, **(nothing | changes))


def batch(rows: Sequence[Sequence[LeafResult]], *, name: str = "batch", **changes: Any) -> BatchResult:
    """A batch of these outcomes, summed up as a run does it."""
    batch_id = digest(name)[:16]
    leaves = [cell for row in rows for cell in row]
    good = [cell for cell in leaves if cell.succeeded]
    fields = {
        "batch_id": batch_id,
        "status": "complete" if len(good) == len(leaves) else "partial",
        "created_at": "2026-11-23T09:30:00+00:00",
        "models": tuple(cell.model for cell in rows[0]),
        "style": "photorealistic",
        "template": "bottom-bar",
        "font": "inter",
        "images": tuple(tuple(row) for row in rows),
        "summary": summary(leaves),
        "manifest_key": keys.manifest(batch_id),
        "gallery_key": keys.gallery(batch_id),
    }
    return BatchResult.model_validate(fields | changes)


def summary(leaves: Sequence[LeafResult]) -> Summary:
    """The figures of these outcomes."""
    reused = [cell for cell in leaves if cell.reused]
    good = [cell for cell in leaves if cell.succeeded]
    made = [cell for cell in leaves if not cell.reused]
    costs = [cell.cost_usd for cell in leaves]
    begun = min((cell.started_at for cell in made), default=0.0)
    return Summary(
        requested=len(leaves),
        succeeded=len(good),
        failed=len(leaves) - len(good),
        generated=len(good) - len(reused),
        reused=len(reused),
        seconds=max((cell.started_at + cell.seconds - begun for cell in made), default=0.1),
        slowest_seconds=max((cell.seconds for cell in made), default=0.0),
        sum_seconds=sum(cell.seconds for cell in made),
        cost_usd=None if None in costs else sum(cost or 0.0 for cost in costs),
        paid_calls=sum(cell.paid_calls for cell in leaves),
        possible_extra_charges=sum(cell.possible_extra_charges for cell in leaves),
    )


def pictures(leaves: Iterable[LeafResult]) -> dict[str, bytes]:
    """A small JPEG for every key that the outcomes name, each in its own colour."""
    found = {}
    for cell in leaves:
        for picture in (cell.image, cell.thumbnail, *cell.pictures.values()):
            if picture:
                data = jpeg(picture.sha256, (picture.width, picture.height))
                found[picture.key] = data.ljust(picture.bytes, b"\0")  # behind its end a JPEG may go on
                assert len(found[picture.key]) == picture.bytes
    return found


def jpeg(seed: str, size: tuple[int, int]) -> bytes:
    """A plain JPEG whose colour follows from ``seed``, 64 hexadecimal digits."""
    data = BytesIO()
    Image.new("RGB", size, f"#{seed[:6]}").save(data, "JPEG", quality=60)
    return data.getvalue()
