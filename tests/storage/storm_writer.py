"""A process that stores picture after picture and says so, until it is killed: ``python -m … <settings> <seed>``."""

import json
import random
import sys

from storage import keys
from storage.location import open_store


def main() -> None:
    store = open_store(**json.loads(sys.argv[1]))
    dice = random.Random(sys.argv[2])
    while True:
        data = dice.randbytes(dice.randrange(1_000, 300_000))
        key = keys.image(keys.content_hash(data))
        store.create(key, data, content_type="image/jpeg")
        manifest = keys.manifest(f"{dice.randrange(4):016x}")
        store.replace(manifest, bytes([dice.randrange(256)]) * 50_000, content_type="application/json")
        sys.stdout.write(f"{key}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
