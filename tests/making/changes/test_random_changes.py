"""Random batches with shared originals are made, redone, taken back, restyled, copied, pruned and deleted.

The provider's book agrees with the records, nobody is asked needlessly, and manifests and pages show what was chosen.
"""

import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from imagegen.library.copy import copy
from imagegen.library.verify import verify
from imagegen.making.runtime import Runtime
from imagegen.records import list_keys
from imagegen.results import BatchResult
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import run_batch
from tests.making.changes.conftest import MODELS, Typed, read_manifest

SEEDS = [*range(16), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(16, 40))]
TEMPLATES = ("bottom-bar", "left-panel", "center-box")
PROMPTS = ("a fox", "a hare", "a bear")
Place = tuple[int, int]
Request = tuple[str, str, int]
Told = Callable[..., BatchResult]


class Expected:
    """A batch as it should be: the pictures that each cell was given, in order, and the one that it shows."""

    def __init__(self, rows: list[dict[str, object]], models: list[str], template: str) -> None:
        self.rows, self.models, self.template = rows, models, template
        self.batch_id = ""
        self.given: dict[Place, list[int]] = {}
        self.shown: dict[Place, int] = {}
        for at, row in enumerate(rows):
            for column in range(len(models)):
                variant = int(str(row.get("variant", 0)))
                self.given[at, column], self.shown[at, column] = [variant], variant

    def request(self, place: Place, variant: int | None = None) -> Request:
        chosen = self.shown[place] if variant is None else variant
        return str(self.rows[place[0]]["prompt"]), self.models[place[1]], chosen

    def requests(self) -> set[Request]:
        return {self.request(place) for place in self.shown}

    def all_requests(self) -> set[Request]:
        """The requests of what is shown and of what can be taken back."""
        return {self.request(place, variant) for place, given in self.given.items() for variant in given}

    def list_places(self, row: int, model: str | None) -> list[Place]:
        return [(row, at) for at, one in enumerate(self.models) if model in (None, one)]

    def redo(self, place: Place) -> None:
        self.shown[place] = max(self.given[place]) + 1
        self.given[place].append(self.shown[place])

    def has_former(self, place: Place) -> bool:
        return self.given[place].index(self.shown[place]) > 0

    def take_back(self, place: Place) -> None:
        self.shown[place] = self.given[place][self.given[place].index(self.shown[place]) - 1]

    def restyled(self, template: str, batch_id: str) -> "Expected":
        rows = [{**row, "template": template} for row in self.rows]
        other = Expected(rows, self.models, template)
        other.batch_id, other.shown = batch_id, dict(self.shown)
        other.given = {place: list(given) for place, given in self.given.items()}
        return other


class World:
    """One store, the batches that should be in it, and the requests that should have been paid for."""

    def __init__(self, rng: random.Random, runtime: Runtime, typed: Typed, told: Told) -> None:
        self.rng, self.runtime, self.typed, self.told = rng, runtime, typed, told
        self.batches: dict[str, Expected] = {}
        self.bought: set[Request] = set()
        self.reported = 0

    def run(self, batch: Expected) -> None:
        result = run_batch(self.runtime, **self.inputs(batch))
        batch.batch_id = result.batch_id
        self.batches.setdefault(result.batch_id, batch)
        self.note(self.batches[result.batch_id], result)

    def inputs(self, batch: Expected) -> dict[str, Any]:
        return {
            "prompts": batch.rows,
            "models": batch.models,
            "style": "neon",
            "template": batch.template,
            "font": "inter",
        }

    def note(self, batch: Expected, result: BatchResult) -> None:
        new = batch.requests() - self.bought
        assert result.summary.paid_calls == len(new), (result.summary, new)
        assert result.status == "complete"
        self.bought |= new
        self.reported += result.summary.paid_calls

    def begin(self) -> None:
        rows: list[dict[str, object]] = [
            {"prompt": self.rng.choice(PROMPTS), "template": self.rng.choice(TEMPLATES)}
            | ({"variant": 1} if self.rng.random() < 0.2 else {})
            for _ in range(self.rng.randint(1, 3))
        ]
        self.run(Expected(rows, self.rng.sample(MODELS, self.rng.randint(1, 2)), TEMPLATES[0]))

    def choose(self) -> tuple[Expected, int, str | None]:
        batch = self.batches[self.rng.choice(sorted(self.batches))]
        return batch, self.rng.randrange(len(batch.rows)), self.rng.choice([None, *batch.models])

    def redo(self) -> None:
        batch, row, model = self.choose()
        for place in batch.list_places(row, model):
            batch.redo(place)
        arguments = [batch.batch_id[:8], str(row + 1), *([model] if model else [])]
        self.note(batch, self.told("redo", *arguments, "--yes"))

    def back(self) -> None:
        batch, row, model = self.choose()
        places = [place for place in batch.list_places(row, model) if batch.has_former(place)]
        for place in places:
            batch.take_back(place)
        arguments = [batch.batch_id, str(row + 1), *([model] if model else []), "--back"]
        if places:
            self.note(batch, self.told("redo", *arguments))
        else:
            assert self.typed("redo", *arguments) == 2

    def rerun(self) -> None:
        batch, _, _ = self.choose()
        result = run_batch(self.runtime, **self.inputs(batch))
        assert result.batch_id == batch.batch_id
        self.note(batch, result)

    def restyle(self) -> None:
        batch, _, _ = self.choose()
        template = self.rng.choice(TEMPLATES)
        if all(row["template"] == template for row in batch.rows):
            assert self.typed("restyle", batch.batch_id, "--template", template) == 2
            return
        result = self.told("restyle", batch.batch_id, "--template", template)
        other = batch.restyled(template, result.batch_id)
        before = self.batches.get(result.batch_id)
        for place, given in before.given.items() if before else ():
            # Restyled before: what that one was redone to since stays known.
            other.given[place] += [one for one in given if one not in other.given[place]]
        self.batches[result.batch_id] = other
        self.note(other, result)

    def check(self, store: DirectoryStore, seller: OpenAIServer) -> None:
        assert len(seller.calls) == self.reported
        assert len(list(list_keys(store, keys.ORIGINALS))) == len(self.bought)
        assert verify(store).findings == ()
        sent: dict[Request, str] = {}
        for batch in self.batches.values():
            manifest = read_manifest(store, batch.batch_id)
            page = store.get(manifest.gallery_key).decode()
            named = set(re.findall(r"images/[0-9a-f]{64}\.jpg", page))
            assert named == {leaf.image.key for leaf in manifest.leaves() if leaf.image}
            for row, column in batch.shown:
                leaf = (manifest.images or ())[row][column]
                assert leaf.original_sha256
                assert sent.setdefault(batch.request((row, column)), leaf.original_sha256) == leaf.original_sha256
        assert len(set(sent.values())) == len(sent)  # another variant is another picture

    def delete(self) -> None:
        name = self.rng.choice(sorted(self.batches))
        assert self.typed("delete", name, "--yes") == 0
        del self.batches[name]
        self.keep_what_is_needed()

    def prune(self) -> None:
        """Let two days pass, and remove what is superfluous: of the batches, nothing."""
        place = Path(self.runtime.store.location)
        for path in place.rglob("*"):
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 2 * 86_400))
        before = set(list_keys(self.runtime.store, ""))
        assert self.typed("prune") == 0
        gone = {key.partition("/")[0] for key in before - set(list_keys(self.runtime.store, ""))}
        assert gone <= {"claims", "reports"}

    def keep_what_is_needed(self) -> None:
        self.bought = {request for batch in self.batches.values() for request in batch.all_requests()}

    def move(self) -> None:
        """Copy some batches, or everything, to another store, and go on in the copy."""
        names = self.rng.sample(sorted(self.batches), self.rng.randint(0, len(self.batches)))
        place = Path(self.runtime.store.location)
        copied = copy(DirectoryStore(place), DirectoryStore(place.with_name("copy")), names or None)
        assert copied.left == {}
        rmtree(place)
        place.with_name("copy").rename(place)
        if names:
            self.batches = {name: self.batches[name] for name in names}
            self.keep_what_is_needed()

    def delete_all(self, store: DirectoryStore, seller: OpenAIServer) -> None:
        while self.batches:
            self.delete()
            self.check(store, seller)
        self.prune()
        assert {found.key.partition("/")[0] for found in store.list("").objects} <= {"probes", "spending"}


@pytest.mark.parametrize("seed", SEEDS)
def test_books_agree_and_galleries_are_true_whatever_is_redone(
    seed: int, runtime: Runtime, store: DirectoryStore, seller: OpenAIServer, typed: Typed, told: Told, tmp_path: Path
) -> None:
    assert tmp_path.exists()
    world = World(random.Random(seed), runtime, typed, told)
    world.begin()
    changes = [world.redo, world.redo, world.redo, world.back, world.back, world.restyle]
    acts = [*changes, world.begin, world.rerun, world.move, world.delete, world.prune]
    for _ in range(8):
        act = world.rng.choice(acts) if world.batches else world.begin
        act()
        world.check(store, seller)
    world.delete_all(store, seller)
