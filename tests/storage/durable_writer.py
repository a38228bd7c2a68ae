"""A process that creates, swaps and replaces an object and says so: ``python -m … <directory>``."""

import os
import sys
from pathlib import Path

from storage import keys
from storage.directory import DirectoryStore

KEY = keys.claim("0" * 64)


def main() -> None:
    store = DirectoryStore(Path(sys.argv[1]))
    store.delete(KEY)
    os.write(1, b"begin\n")
    version = store.create(KEY, b"one", content_type="application/json")
    os.write(1, b"stored\n")
    assert version
    assert store.swap(KEY, b"two", version=version, content_type="application/json")
    os.write(1, b"stored\n")
    store.replace(KEY, b"three", content_type="application/json")
    os.write(1, b"stored\n")


if __name__ == "__main__":
    main()
