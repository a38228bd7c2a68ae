"""Attempts at one original: their provider is scripted, their waits are recorded, their store is a directory."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from imagegen.errors import Failure
from imagegen.making.originals import Original, Originals
from imagegen.making.plan import plan
from imagegen.making.runtime import Runtime
from imagegen.making.steps import Steps
from imagegen.paying import claims
from imagegen.paying.account import Account
from imagegen.paying.claim_record import dump
from imagegen.paying.claims import Claimant, ClaimRecord
from imagegen.paying.grant import Grant
from imagegen.paying.money import Ledger
from imagegen.providers import Generated, PictureRequest, Provider
from imagegen.request.batch import Leaf
from imagegen.settings import Settings
from storage import Version, keys
from storage.directory import DirectoryStore
from tests.doubles.provider.provider_pictures import picture
from tests.making.requests import ended_life

LEAF = Leaf("a fox", "gpt-image-2", "neon", "bottom-bar", "inter", title="A fox")
HASH = plan(LEAF, Settings()).request_hash
ORIGINAL, CLAIM = keys.original(HASH), keys.claim(HASH)
PAID = Generated(picture(), 0.05)
CUT = Generated(b"\xff\xd8\xff\xe0 cut short", 0.05)
JPEG = "image/jpeg"


@dataclass
class ScriptedProvider:
    """A provider that gives one answer after the other, and the last one for ever."""

    answers: list[Generated | Exception]
    asked: list[PictureRequest] = field(default_factory=list)

    def generate(self, request: PictureRequest) -> Generated:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class DescribedStore(DirectoryStore):
    """A directory that remembers what it was told of each object that it created."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.told: dict[str, tuple[str, Mapping[str, str] | None]] = {}

    def create(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> Version | None:
        self.told[key] = content_type, metadata
        return super().create(key, data, content_type=content_type, metadata=metadata)


class ScriptedRuntime(Runtime):
    """A runtime of one scripted provider, whose waits are recorded and not waited."""

    def __init__(self, folder: Path, *answers: Generated | Exception, **settings: Any) -> None:
        self.waits: list[float] = []
        super().__init__(Settings(store=str(folder), **settings), pause=self.waits.append)
        self.scripted = ScriptedProvider(list(answers))
        self.described = DescribedStore(folder)
        self.__dict__["store"] = self.described  # takes the place of the cached property

    def provider(self, name: str) -> Provider:  # noqa: ARG002 - there is one
        return self.scripted


def attempt(runtime: Runtime, run: str = "mine", *, grant: Grant | None = None, leaf: Leaf = LEAF) -> Originals:
    planned = plan(leaf, runtime.settings)
    return Originals(planned, runtime, Claimant(run, "batch"), grant, Steps(leaf))


def claim_and_fetch(originals: Originals) -> Original:
    with ThreadPoolExecutor(2) as side, originals.claim_and_fetch(side) as original:
        if original.stored:
            original.stored.result()
        return original


def fail(originals: Originals) -> Failure:
    with pytest.raises(Failure) as caught:
        claim_and_fetch(originals)
    return caught.value


def claim_of(runtime: Runtime) -> ClaimRecord:
    record = claims.read(runtime.store, HASH)
    assert record
    return record


def leave_claim(runtime: Runtime, run: str = "another", **fields: Any) -> None:
    usual: dict[str, Any] = {"life": ended_life(), "held": False, "asking": False}
    record = ClaimRecord("token", run, "batch", **(usual | fields))
    runtime.store.replace(CLAIM, dump(record), content_type="application/json")


def spent_by(run: str, ledger: Ledger) -> Account:
    return Account().add(run, "batch", ledger)
