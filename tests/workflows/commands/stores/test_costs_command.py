"""``imagegen costs``, as it is typed, and the month in ``imagegen plan``."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from imagegen.paying.account import Account
from imagegen.paying.claim_record import ClaimRecord, dump
from imagegen.paying.money import Ledger
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles.render.local_runs import LOOK
from tests.workflows.commands.conftest import Typed

DAY = 86_400.0
MODEL = "gpt-image-2"


@pytest.fixture
def spent(store: Path) -> Path:
    """A store whose accounts tell of a paid call, of one of unknown cost, and of one that may have been charged."""
    for number, (ledger, age) in enumerate(
        [
            (Ledger(paid_calls=2, cost_usd=0.082), 0.0),
            (Ledger(paid_calls=1, unpriced_calls=1), 40 * DAY),
            (Ledger(possible_extra_charges=1), 0.0),
        ]
    ):
        account = Account().add("leaf", "run", ledger, batch=f"{number:016}", at=time.time() - age)
        record = ClaimRecord("token", "leaf", held=False, asking=False, account=account, model=MODEL, price_usd=0.041)
        DirectoryStore(store).replace(keys.claim(f"{number:064}"), dump(record), content_type="application/json")
    return store


def test_costs_prints_a_line_for_each_and_a_total(
    typed: Typed, spent: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("costs", "--by", "batch") == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split("  ")[0] == "batch"
    assert [row.split() for row in rows[:4]] == [
        ["0000000000000001", "1", "$0", "0", "$0.041"],
        ["0000000000000000", "2", "$0.082", "0"],
        ["0000000000000002", "0", "$0", "1", "$0.041"],
        ["total", "3", "$0.082", "1", "$0.082"],
    ]
    assert rows[-1] == "Nobody knows what 1 paid call cost; the list price stands in."


@pytest.mark.parametrize("since", ["1d", "5w", "", "month", "day"])
def test_costs_leaves_out_what_was_spent_before(
    typed: Typed, spent: Path, since: str, capsys: pytest.CaptureFixture[str]
) -> None:
    today = datetime.now(UTC)
    given = {"month": f"{today:%Y-%m}", "day": f"{today:%Y-%m-%d}"}.get(since, since)
    assert typed("costs", *(("--since", given) if given else ()), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["total"]["paid_calls"] == (2 if since else 3)
    assert [row["month"] for row in told["rows"]][-1] == f"{today:%Y-%m}"
    assert told["month"] is None


@pytest.mark.parametrize("since", ["yesterday", "2026-13", "2026-02-30", "-3d", "9", "2026-1-1"])
def test_a_since_that_is_no_time_is_refused_in_words(
    typed: Typed, since: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("costs", f"--since={since}") == 2
    assert f"--since must be a day (2026-11-29), a month (2026-11) or an age (30d, 12w), and is '{since}'" in (
        capsys.readouterr().err
    )


def test_costs_of_a_store_without_any(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("costs") == 0
    assert capsys.readouterr().err.startswith("Nothing was paid for in ")


def test_an_account_that_cannot_be_read_is_named(typed: Typed, spent: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (spent / keys.claim("0" * 64)).write_text("{")
    assert typed("costs") == 2
    assert f"{keys.claim('0' * 64)} in {spent} cannot be read" in capsys.readouterr().err


def test_costs_and_plan_show_how_the_month_stands(
    typed: Typed, spent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAX_MONTHLY_COST_USD", "0.2")
    assert typed("costs") == 0
    told = f"{datetime.now(UTC):%Y-%m} (UTC): $0.123 of $0.20 spent or possibly spent, $0.077 left"
    assert told in capsys.readouterr().out
    batch = tmp_path / "batch.json"
    for prompts, fits in ((["a"], True), (["a", "b"], False)):
        batch.write_text(json.dumps([prompts, [MODEL], *LOOK]))
        assert typed("plan", str(batch)) == 0
        shown = capsys.readouterr().out
        assert told in shown
        assert ("would be refused" in shown) is not fits
        assert typed("plan", str(batch), "--json") == 0
        month = json.loads(capsys.readouterr().out)["month"]
        assert (month["fits"], month["left_usd"]) == (fits, 0.077)
