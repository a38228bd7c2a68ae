"""Two machines that cannot prove each other's death never pay twice, but for a call that may have been charged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.s3_servers import S3Server
from tests.reliability.machines.hosts import open_server, race


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with open_server(Path(tmp_path_factory.mktemp("s3"))) as server:
        yield server


def test_two_machines_pay_each_of_a_hundred_contested_requests_once(server: S3Server) -> None:
    outcome = race(server, 110)
    assert outcome.violations == ()
    assert outcome.counts["calls"] == 110
    assert outcome.counts["contested"] >= 100


def test_machines_that_die_now_and_then_leave_no_call_out_of_the_account(server: S3Server) -> None:
    outcome = race(server, 20, kills=2)
    assert outcome.violations == ()
    assert outcome.counts["kills"] == 2
