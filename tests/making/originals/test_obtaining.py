"""An original is found or bought once, kept in safety, and entered into the account; so is what cannot be used."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from imagegen.errors import PassingFailure, PermanentFailure, Unanswered
from imagegen.making.originals import MARGIN, PAID_PATIENCE
from imagegen.paying import claims
from imagegen.paying.money import Ledger
from imagegen.providers import Generated, PictureRequest
from storage import StoreUnavailable, keys
from tests.doubles.provider.provider_pictures import picture
from tests.making.originals.attempts import (
    CUT,
    HASH,
    JPEG,
    LEAF,
    ORIGINAL,
    PAID,
    ScriptedRuntime,
    attempt,
    claim_and_fetch,
    claim_of,
    fail,
    leave_claim,
    spent_by,
)
from tests.making.originals.conftest import Open

TOLD = {"prompt": "a fox", "model": "gpt-image-2", "provider": "openai"}


def test_an_original_that_is_there_is_read(opened: Open) -> None:
    originals = attempt(opened(PAID))
    originals.runtime.store.create(ORIGINAL, picture(), content_type=JPEG)
    found = originals.find()
    assert found
    assert (found.data, found.picture.width, found.stored) == (picture(), 1536, None)
    assert list(originals.steps.seconds) == ["read_original"]
    assert originals.find_again().data == picture()


@pytest.mark.parametrize("stored", [None, b""], ids=["absent", "empty"])
def test_no_original_is_found_where_nothing_was_paid_for(opened: Open, stored: bytes | None) -> None:
    originals = attempt(opened(PAID))
    if stored is not None:
        originals.runtime.store.create(ORIGINAL, stored, content_type=JPEG)
    assert originals.find() is None
    with pytest.raises(PassingFailure, match=r"^the stored original was deleted meanwhile$") as caught:
        originals.find_again()
    assert caught.value.kind == "original_vanished"


def test_a_damaged_original_is_never_bought_again_and_its_check_is_named(opened: Open) -> None:
    originals = attempt(opened(PAID))
    originals.runtime.store.create(ORIGINAL, b"damaged", content_type=JPEG)
    with pytest.raises(PermanentFailure, match=r"^the stored original is damaged \(.+\); 'imagegen verify'") as caught:
        originals.find()
    assert caught.value.kind == "damaged_original"


def test_an_attempt_owns_up_to_what_its_own_run_spent_and_to_nothing_else(opened: Open) -> None:
    runtime = opened(PAID)
    mine, other, nobody = (attempt(runtime, run) for run in ("mine", "other", "nobody"))
    nobody.load_spending()
    spent = Ledger(attempts=2, paid_calls=1, cost_usd=0.05)
    leave_claim(runtime, "mine", account=spent_by("mine", spent), held=True, asking=True)
    mine.load_spending()
    other.load_spending()
    assert (mine.asked, mine.ledger) == (True, spent + Ledger(attempts=1, possible_extra_charges=1))
    for one in (other, nobody):
        assert (one.asked, one.ledger) == (False, Ledger(attempts=1))


def test_an_original_is_asked_for_once_stored_and_accounted_for(opened: Open) -> None:
    originals = attempt(opened(PAID))
    original = claim_and_fetch(originals)
    runtime, spent = originals.runtime, Ledger(attempts=1, paid_calls=1, cost_usd=0.05)
    assert isinstance(runtime, ScriptedRuntime)
    assert runtime.scripted.asked == [originals.planned.request]
    assert (original.data, original.picture.width) == (picture(), 1536)
    assert original.stored
    assert original.stored.result() is True
    assert runtime.store.get(ORIGINAL) == picture()
    assert runtime.described.told[ORIGINAL] == (JPEG, TOLD)
    assert (originals.asked, originals.ledger, runtime.called, runtime.waits) == (True, spent, {"openai"}, [])
    assert {"claim", "connect", "provider", "decode"} <= set(originals.steps.seconds)
    record = claim_of(runtime)
    assert (record.run, record.parent, record.held, record.asking) == ("mine", "batch", True, False)
    assert record.account.sum_of_run("mine") == spent  # known to whoever comes next, also when this one dies here


def test_an_original_that_a_claimant_stored_meanwhile_is_read_and_not_bought(opened: Open) -> None:
    runtime = opened(PAID)
    leave_claim(runtime, held=True, life="0" * 32)
    runtime.store.create(ORIGINAL, picture(), content_type=JPEG)
    assert claim_and_fetch(attempt(runtime)).data == picture()
    assert runtime.scripted.asked == []


def test_an_original_that_is_there_after_a_claim_was_released_is_read_and_not_bought(opened: Open) -> None:
    runtime = opened(PAID)
    leave_claim(runtime)
    runtime.store.create(ORIGINAL, picture(), content_type=JPEG)
    assert claim_and_fetch(attempt(runtime)).data == picture()
    assert runtime.scripted.asked == []


def test_who_waits_for_a_claim_in_vain_has_asked_nobody(opened: Open) -> None:
    runtime = opened(PAID)
    runtime.attempt_seconds = MARGIN + runtime.settings.provider_timeout + PAID_PATIENCE
    leave_claim(runtime, held=True, life="0" * 32)
    failure = fail(attempt(runtime))
    assert (failure.kind, str(failure)) == ("claimed_elsewhere", "another run is asking for this very picture")
    assert runtime.scripted.asked == []


TWO_USELESS = Ledger(paid_calls=2, useless=2)


@pytest.mark.parametrize(
    ("number", "before", "spent"),
    [
        (0, None, TWO_USELESS),
        (1, b"useless", TWO_USELESS),
        (1, None, TWO_USELESS),
        (1, b"useless", Ledger(paid_calls=1, useless=1, possible_extra_charges=1)),
    ],
    ids=["first", "second", "gap", "unaccounted"],
)
def test_rejected_bytes_that_can_be_read_by_now_become_the_original(
    opened: Open, number: int, before: bytes | None, spent: Ledger
) -> None:
    runtime = opened(PAID)
    leave_claim(runtime, account=spent_by("another", spent))
    if before:
        runtime.store.create(keys.rejected(HASH, 0), before, content_type=JPEG)
    runtime.store.create(keys.rejected(HASH, number), picture(), content_type=JPEG)
    original = claim_and_fetch(attempt(runtime))
    assert (original.data, original.stored) == (picture(), None)
    assert runtime.store.get(ORIGINAL) == picture()
    assert runtime.scripted.asked == []


def test_bytes_over_which_a_decoder_stumbles_are_kept_and_entered_into_the_account(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_image: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("PIL.JpegImagePlugin.JpegImageFile.load", stumble)
    runtime = opened(PAID)
    failure = fail(attempt(runtime))
    assert "the JPEG picture cannot be decoded (ZeroDivisionError)" in str(failure)
    assert runtime.store.get(keys.rejected(HASH, 0)) == PAID.data
    assert claim_of(runtime).account.total().paid_calls == 1


def test_an_answer_over_which_the_provider_s_code_stumbles_may_have_been_charged_for(opened: Open) -> None:
    runtime = opened(KeyError("data"))
    failure = fail(attempt(runtime))
    assert (failure.kind, str(failure)) == (
        "unanswered",
        "unreadable answer (KeyError); it may have been charged for",
    )
    assert claim_of(runtime).account.total().possible_extra_charges == 1


def test_useless_bytes_are_kept_named_and_entered_into_the_account(opened: Open) -> None:
    runtime = opened(CUT)
    originals = attempt(runtime)
    failure = fail(originals)
    useless = Ledger(attempts=1, paid_calls=1, useless=1, cost_usd=0.05)
    assert (failure.kind, failure.paid_calls, failure.cost_usd) == ("bad_picture", 1, 0.05)
    assert str(failure).endswith(". It was paid for.")
    assert runtime.store.get(keys.rejected(HASH, 0)) == CUT.data
    assert runtime.described.told[keys.rejected(HASH, 0)] == (JPEG, TOLD)
    record = claim_of(runtime)
    assert (record.held, record.error, record.not_before) == (False, ("bad_picture", str(failure)), 0.0)
    assert (originals.ledger, record.account.sum_of_run("mine")) == (useless, useless)
    fail(attempt(runtime))
    assert runtime.store.get(keys.rejected(HASH, 1)) == CUT.data
    assert "RETRY_USELESS allows 1" in str(fail(attempt(runtime)))
    assert len(runtime.scripted.asked) == 2


@pytest.mark.parametrize(
    ("size", "usable"), [((768, 100), True), ((100, 512), True), ((767, 511), False)], ids=["wide", "high", "small"]
)
def test_a_picture_of_half_a_side_is_usable_and_a_smaller_one_is_not(
    opened: Open, size: tuple[int, int], *, usable: bool
) -> None:
    originals = attempt(opened(Generated(picture(size=size), 0.05)))
    if usable:
        assert claim_and_fetch(originals).picture.width == size[0]
    else:
        said = "a picture of 1536×1024 pixels was asked for, 767×511 pixels came. It was paid for."
        assert str(fail(originals)) == said


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (StoreUnavailable("away"), ("storage_unavailable", "away")),
        (ValueError("odd"), ("unexpected", "odd")),
        (ValueError(), ("unexpected", "ValueError")),
    ],
    ids=["store", "error", "wordless error"],
)
def test_a_claim_is_released_with_the_reason_when_its_picture_cannot_be_recorded(
    opened: Open, error: Exception, left: tuple[str, str]
) -> None:
    runtime = opened(PAID)
    with (
        pytest.raises(type(error)),
        ThreadPoolExecutor(2) as side,
        attempt(runtime).claim_and_fetch(side),
    ):
        raise error
    record = claim_of(runtime)
    assert (record.held, record.error) == (False, left)
    assert record.account.sum_of_run("mine").paid_calls == 1


def test_an_original_that_came_second_is_noted_as_paid_for_twice(
    opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "imagegen")
    runtime = opened(PAID)
    runtime.store.create(ORIGINAL, b"first", content_type=JPEG)
    original = claim_and_fetch(attempt(runtime))
    assert original.stored
    assert original.stored.result() is False
    assert runtime.store.get(ORIGINAL) == b"first"
    noted = [(record.levelname, record.getMessage()) for record in caplog.records if record.levelname != "INFO"]
    assert noted == [("WARNING", "this original had been stored already: this picture was paid for twice")]


def test_an_original_is_decoded_with_the_pixels_that_the_pair_s_sizes_need(opened: Open) -> None:
    leaf = replace(LEAF, sizes=("wide",), scale=2)
    original = claim_and_fetch(attempt(opened(Generated(picture(size=(4096, 4096)), 0.05)), leaf=leaf))
    assert original.picture.image.size == (4096, 4096)


def test_a_stand_in_is_painted_without_account_or_possible_charge(opened: Open) -> None:
    leaf = replace(LEAF, offline=True)
    runtime = opened(Unanswered("no answer"), Generated(picture(), None), max_batch_cost_usd=0.0)
    assert fail(attempt(runtime, leaf=leaf)).kind == "unanswered"
    originals = attempt(runtime, leaf=leaf)
    claim_and_fetch(originals)
    record = claims.read(runtime.store, originals.planned.request_hash)
    assert record
    assert not record.asking
    assert originals.ledger == Ledger(attempts=2) == record.account.total()


def test_paid_bytes_are_offered_to_a_store_for_two_minutes_and_stand_ins_once(opened: Open) -> None:
    runtime = opened(PAID)
    assert attempt(runtime)._open_safekeeping().patience == PAID_PATIENCE == 120.0
    assert attempt(runtime, leaf=replace(LEAF, offline=True))._open_safekeeping().patience == 0.0


@pytest.mark.parametrize("offline", [False, True])
def test_a_claim_says_while_a_call_is_under_way_if_it_costs_anything(opened: Open, *, offline: bool) -> None:
    leaf = replace(LEAF, offline=offline)
    runtime = opened(PassingFailure("server_error", "500"), PAID)
    seen: list[tuple[str, bool]] = []
    first, second = (attempt(runtime, leaf=leaf) for _ in range(2))
    generate = runtime.scripted.generate

    def look_and_generate(request: PictureRequest) -> Generated:
        record = claims.read(runtime.store, first.planned.request_hash)
        assert record is not None
        seen.append((record.run, record.asking))
        return generate(request)

    runtime.scripted.generate = look_and_generate  # type: ignore[method-assign]
    fail(first)
    claim_and_fetch(second)
    assert seen == [("mine", not offline)] * 2


@pytest.mark.parametrize("offline", [False, True])
def test_a_new_claim_says_that_a_call_may_follow_at_once_if_it_costs_anything(opened: Open, *, offline: bool) -> None:
    originals = attempt(opened(PAID), leaf=replace(LEAF, offline=offline))
    claim = originals._claim()
    assert claim
    assert claim.record.asking == (not offline)


def test_who_waits_for_a_claim_waits_as_the_runtime_does(opened: Open) -> None:
    runtime = opened(PAID)
    leave_claim(runtime, held=True, life="0" * 32)
    runtime.pause = lambda _seconds: leave_claim(runtime)
    claim_and_fetch(attempt(runtime))
    assert len(runtime.scripted.asked) == 1
