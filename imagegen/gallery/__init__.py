"""The gallery page."""
from collections.abc import Callable

from imagegen.results import BatchResult


def render(batch: BatchResult, *, link: Callable[[str], str]) -> bytes:
    """One batch's page. ``link`` turns a key into what the page links to."""
    return b"<!doctype html>" + b"".join(
        f'<img src="{link(leaf.thumbnail.key)}">'.encode() for row in batch.images for leaf in row if leaf.thumbnail
    )
