"""Pages from what a store holds: rebuilt in place, or made to be opened elsewhere."""

import base64
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from imagegen.gallery.cell import all_pictures
from imagegen.gallery.overview import SHOWN
from imagegen.gallery.overview import render_index as render_overview
from imagegen.gallery.page import render
from imagegen.library import listing
from imagegen.making.changes.stored_page import opens_by_itself, write_page
from imagegen.records import AT_ONCE
from imagegen.results import BatchResult, LeafResult, StoredPicture
from storage import Store, keys
from storage.mediatypes import guess_by_ending
from storage.store import URL_LIFE


def rebuild(store: Store, batch_id: str) -> str:
    """Write the batch's stored page again from its manifest; returns its key. Raises BatchNotFound."""
    batch = listing.load_batch(store, batch_id)
    write_page(store, batch)
    return keys.gallery(batch_id)


def render_batch(store: Store, batch_id: str, *, embed: bool = False, life: timedelta = URL_LIFE) -> bytes:
    """Return a batch's page for a file of its own: linked to the store, or with every picture inside (``embed``).

    Links into a private bucket expire after ``life``, which the page says. Raises BatchNotFound, and ObjectNotFound
    for a picture that is to be embedded and is gone.
    """
    batch = listing.load_batch(store, batch_id)
    held = (picture for leaf in batch.leaves() for picture in (leaf.thumbnail, *all_pictures(leaf).values()))
    return render(batch, link=_embed(store, held) if embed else partial(store.url, life=life))


def render_index(store: Store, *, embed: bool = False, life: timedelta = URL_LIFE) -> bytes:
    """Return a page that lists every batch of the store, newest first; ``embed`` and ``life`` as for a batch."""
    batches = listing.list_batches(store).batches
    pages_open = not embed and all(opens_by_itself(store, batch.batch_id) for batch in batches[:1])
    leaves = (leaf for batch in batches for leaf in _select_pictures(batch)[:SHOWN])
    shown = (picture for leaf in leaves for picture in (leaf.thumbnail, leaf.image))
    link = _embed(store, shown) if embed else partial(store.url, life=life)
    return render_overview(batches, link=link, page=store.url if pages_open else None)


def _select_pictures(batch: BatchResult) -> list[LeafResult]:
    return [leaf for leaf in batch.leaves() if leaf.image and leaf.thumbnail]


def _embed(store: Store, pictures: Iterable[StoredPicture | None]) -> Callable[[str], str]:
    """Return a function from the keys of these pictures to ``data:`` URLs that hold them."""
    wanted = {picture.key for picture in pictures if picture}
    with ThreadPoolExecutor(AT_ONCE, "embed") as pool:
        data = dict(zip(wanted, pool.map(store.get, wanted), strict=True))
    return lambda key: f"data:{guess_by_ending(key)};base64," + base64.b64encode(data[key]).decode()
