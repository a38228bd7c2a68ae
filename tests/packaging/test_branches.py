"""The gate of ``make coverage``."""

import pytest

from tools.branches import verdict


@pytest.mark.parametrize(("covered", "code"), [(95, 0), (94, 1)])
def test_a_share_of_branches_below_the_least_fails(covered: int, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict({"covered_branches": covered, "num_branches": 100}) == code
    assert f"{covered}.0 %" in capsys.readouterr().out
