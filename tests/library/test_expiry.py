"""Originals that a rule of the bucket removes on purpose: no problem, not copied, never paid for again."""

import os
import time
from pathlib import Path

import pytest

from imagegen.library.copy import copy
from imagegen.library.expiry import DAY, Expiry
from imagegen.library.repair import repair
from imagegen.library.verify import verify
from imagegen.results import BatchResult
from imagegen.settings import from_environment
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles.batches import STARTED, leaf
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.workflows.conftest import openai
from workflows import cli

__all__ = ["openai"]
PAIR = leaf("a")


def expire(store: DirectoryStore, batch: BatchResult) -> list[str]:
    """Remove the batch's originals, as a rule of the bucket does."""
    gone = [keys.original(one.request_hash) for one in batch.leaves()]
    for key in gone:
        store.delete(key)
    return gone


def let_time_pass(store: DirectoryStore, batch: BatchResult, days: float) -> None:
    """Let the batch's outcomes, and the claims that nobody released, be so much older."""
    then = time.time() - days * DAY
    for one in batch.leaves():
        os.utime(Path(store.location) / keys.claim(one.request_hash), (then, then))
        older = one.model_copy(update={"started_at": one.started_at - days * DAY})
        store.replace(keys.result(one.leaf_hash), older.model_dump_json().encode(), content_type="application/json")


@pytest.mark.parametrize(
    ("days", "passed", "expired"), [(30, 30.01, True), (30, 29.99, False), (None, 1000.0, False), (1, 1.01, True)]
)
def test_an_original_has_expired_when_its_outcome_is_older_than_the_rule(
    days: int | None, passed: float, expired: bool
) -> None:
    expiry = Expiry(days, clock=lambda: STARTED + passed * DAY)
    expiry.note(PAIR)
    assert expiry.has_expired(PAIR.request_hash) is expired


def test_the_oldest_outcome_counts_and_one_without_a_time_says_nothing() -> None:
    expiry = Expiry(30, clock=lambda: STARTED + 31 * DAY)
    for changes in ({"started_at": STARTED + 30 * DAY}, {"started_at": STARTED}, {"started_at": 0.0}):
        expiry.note(PAIR.model_copy(update=changes))
    assert expiry.has_expired(PAIR.request_hash)
    expiry = Expiry(30, clock=lambda: STARTED + 31 * DAY)
    expiry.note(PAIR.model_copy(update={"started_at": 0.0}))
    assert not expiry.has_expired(PAIR.request_hash)


@pytest.fixture
def bought(openai: OpenAIServer, store: DirectoryStore) -> BatchResult:
    """A paid batch whose originals a rule has removed, after forty days."""
    made = run_batch(runtime_in(Path(store.location)), ["a", "b"], ["gpt-image-2"], *LOOK)
    assert len(openai.calls) == 2
    let_time_pass(store, made, 40)
    expire(store, made)
    return made


def test_verify_counts_what_expired_and_finds_what_is_missing(bought: BatchResult, store: DirectoryStore) -> None:
    report = verify(store, expire_days=30)
    assert [one.kind for one in report.findings] == ["expired", "expired"]
    assert (report.problems, report.expired) == ((), 2)
    assert [one.kind for one in verify(store, expire_days=50).problems] == ["missing", "missing"]
    assert [one.kind for one in verify(store).problems] == ["missing", "missing"]


def test_another_run_of_the_batch_is_complete_and_asks_nobody(
    bought: BatchResult, store: DirectoryStore, openai: OpenAIServer
) -> None:
    again = run_batch(runtime_in(Path(store.location)), ["a", "b"], ["gpt-image-2"], *LOOK)
    assert (again.status, again.summary.reused, len(openai.calls)) == ("complete", 2, 2)


def test_a_repair_leaves_what_expired_and_says_what_it_would_need(bought: BatchResult, store: DirectoryStore) -> None:
    first = bought.leaves()[0]
    assert first.image
    store.delete(first.image.key)
    left = repair(store, verify(store, expire_days=30)).left
    assert {one.kind for one in left} == {"missing", "expired"}
    assert all(one.message.endswith("its pictures stay") for one in left if one.kind == "expired")
    assert "its original has expired" in next(one.message for one in left if one.key == first.image.key)


def test_a_copy_neither_misses_what_expired_nor_waits_for_its_claims(
    bought: BatchResult, store: DirectoryStore, tmp_path: Path
) -> None:
    def wait(_seconds: float) -> None:
        pytest.fail("nobody holds a claim that has not changed for weeks")

    assert copy(store, DirectoryStore(tmp_path / "copy"), None, expire_days=30, pause=wait).left == {}
    assert verify(DirectoryStore(tmp_path / "copy"), expire_days=30).problems == ()
    missed = copy(store, DirectoryStore(tmp_path / "other"), None).left
    assert {key.partition("/")[0] for key in missed} == {"originals"}


@pytest.mark.usefixtures("bought")
def test_the_command_tells_the_number_and_exits_well(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORIGINALS_EXPIRE_DAYS", "30")
    for command, arguments in (("verify", []), ("verify", ["--json"]), ("verify", ["--repair"]), ("gallery", [])):
        monkeypatch.setattr("sys.argv", ["imagegen", command, *arguments, "--store", store.location])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code
        said = capsys.readouterr()
        if command == "verify":
            assert '"expired": 2' in said.out if "--json" in arguments else said.out == ""
            assert "--json" in arguments or "; 2 originals expired on purpose; no problems found" in said.err


def test_the_setting_is_a_number_of_days_or_none() -> None:
    assert from_environment({}).originals_expire_days is None
    assert from_environment({"ORIGINALS_EXPIRE_DAYS": "30"}).originals_expire_days == 30
