"""Pictures that a batch lacks in its store and that the usual directory has: a copy costs nothing, a run would pay."""

from pathlib import Path

from imagegen.formatting import counted
from imagegen.making.prepare import Prepared
from imagegen.making.stored import has_original
from storage import Store
from storage.directory import DirectoryStore
from storage.location import DEFAULT_DIRECTORY


def has_usual_directory(store: Store) -> bool:
    """Tell if the usual directory is there, and is not this store."""
    usual = Path(DEFAULT_DIRECTORY)
    if not usual.is_dir():
        return False
    return not isinstance(store, DirectoryStore) or Path(store.location).resolve() != usual.resolve()


def find_elsewhere(prepared: Prepared, store: Store) -> str:
    """Say how many of the batch's pictures were looked for in its store in vain, and lie in the usual directory.

    Returns an empty string when there are none. Raises StoreError when the directory cannot be read.
    """
    unpaid = prepared.list_unpaid() if has_usual_directory(store) else []
    usual = DirectoryStore(Path(DEFAULT_DIRECTORY))
    there = sum(has_original(usual, item.request_hash) for item in unpaid)
    if not there:
        return ""
    of = f"{there} of the {counted(len(unpaid), 'picture')} to generate"
    lie = "is" if there == 1 else "are"
    return (
        f"{of} {lie} not in {store.location}, which was looked in, but in the directory {DEFAULT_DIRECTORY}: "
        f"'imagegen copy --all --store {DEFAULT_DIRECTORY} --to {store.location}' copies them, and nothing is paid for "
        "them again"
    )
