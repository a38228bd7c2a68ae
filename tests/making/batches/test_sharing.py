"""Two batches at once on one account, which counts the starts of the last minute and refuses every further one."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from imagegen.making.batch_run import run_batch
from imagegen.making.plan import plan
from imagegen.making.runtime import Runtime
from imagegen.paying.grant import Grant
from imagegen.request import batch
from imagegen.request.batch import Leaf
from imagegen.results import BatchResult, LeafError, LeafResult
from imagegen.settings import Settings
from storage import keys
from tests.doubles.render.local_runs import LOOK
from tests.making.batches.scripted import MODEL, made

MINUTE = 2.0
"""Seconds that count as a minute here, for the account and for the batches."""


@dataclass
class Account:
    """The real thing, but for the length of its minute."""

    limit: int
    calls: int = 0
    refused: int = 0
    _recent: deque[float] = field(default_factory=deque)

    def ask(self) -> float:
        """Take a call and return 0, or refuse it and return the seconds until the next one is free."""
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - MINUTE:
            self._recent.popleft()
        if len(self._recent) >= self.limit:
            self.refused += 1
            return self._recent[0] + MINUTE - now
        self._recent.append(now)
        self.calls += 1
        return 0.0


@dataclass
class Party:
    """A batch in a process of its own, as far as it shares nothing with another one but the store."""

    folder: Path
    account: Account
    name: str
    pictures: int
    pace: int | None

    async def run(self) -> BatchResult:
        settings = Settings(openai_api_key="sk", store=str(self.folder), provider_pace=self._pace())
        runtime = Runtime(settings, minute=MINUTE, alone=0.01, patience=0.1)
        prompts = [f"{self.name} {number}" for number in range(self.pictures)]
        look = dict(zip(("style", "template", "font"), LOOK, strict=True))
        request = batch.read({"prompts": prompts, "models": [MODEL], **look}, max_images=50)

        async def run_leaf(leaf: Leaf, _grant: Grant) -> LeafResult:
            item = plan(leaf, settings)
            wait = self.account.ask()
            await asyncio.sleep(0.01)
            if wait:
                told = LeafError(kind="rate_limited", message="slow down", retryable=True, retry_after=wait)
                error = told.model_copy(update={"per_minute": self.account.limit})
                return made(item, status="failed", paid_calls=0, cost_usd=0.0, error=error)
            return made(item)

        return await run_batch(request, runtime, run_leaf=run_leaf, settled=lambda _leaf, _outcome: None)

    def _pace(self) -> dict[str, int]:
        return {"openai": self.pace} if self.pace else {}


def run(folder: Path, *, pictures: int, pace: int | None, parties: int = 2) -> tuple[Account, list[BatchResult]]:
    account = Account(limit=20)

    async def both() -> list[BatchResult]:
        started = [Party(folder, account, f"batch {number}", pictures, pace).run() for number in range(parties)]
        return list(await asyncio.gather(*started))

    return account, asyncio.run(both())


def test_two_batches_at_the_account_s_pace_make_every_picture_and_are_hardly_refused(tmp_path: Path) -> None:
    account, results = run(tmp_path, pictures=30, pace=20)
    assert [result.summary.succeeded for result in results] == [30, 30]
    assert account.refused <= 5, "each kept the whole pace, as if it were alone"


@pytest.mark.parametrize("pictures", [5, 6])
def test_only_a_batch_of_more_than_a_few_pictures_makes_itself_known(tmp_path: Path, pictures: int) -> None:
    run(tmp_path, pictures=pictures, pace=None, parties=1)
    assert (tmp_path / keys.PACE).exists() == (pictures > 5)
