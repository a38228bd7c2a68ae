"""The steps of a pair: a line for each, whatever a request holds."""

import logging
from dataclasses import replace

import pytest

from imagegen.logs import Text
from imagegen.making.steps import Steps
from imagegen.request.batch import Leaf

LEAF = Leaf("A fox", "gpt-image-2", "neon", "bottom-bar", "inter")
IDS = {"batch": "b1", "run": "r1", "parent": "p1", "leaf": "l1"}


def log_step(leaf: Leaf, caplog: pytest.LogCaptureFixture) -> str:
    with caplog.at_level(logging.INFO, "imagegen"), Steps(leaf, IDS, lambda: 3).step("compose"):
        pass
    return Text().format(caplog.records[-1]).partition(" ")[2]


def test_a_plain_model_id_is_logged_as_it_is_behind_the_ids(caplog: pytest.LogCaptureFixture) -> None:
    line = log_step(LEAF, caplog)
    ids = "batch=b1 run=r1 parent=p1 leaf=l1 attempt=3"
    assert line.startswith(f'level=INFO event=step {ids} step=compose prompt="A fox" model=gpt-image-2 seconds=')


@pytest.mark.parametrize("model", ["gpt-image-\nstep=paid", "gpt-image-\x1b[2J", "gpt-image-2 failed=none"])
def test_a_model_id_forges_neither_a_line_nor_a_field(model: str, caplog: pytest.LogCaptureFixture) -> None:
    line = log_step(replace(LEAF, model=model), caplog)
    assert line.isprintable()
    assert line.count("step=compose") == 1
    assert 'model="gpt-image-' in line


def test_a_step_that_fails_is_no_alert(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "imagegen")
    steps = Steps(LEAF)
    with pytest.raises(ValueError, match="bad"), steps.step("decode"):
        raise ValueError("bad")
    (record,) = caplog.records
    assert record.levelname == "INFO"
    assert "failed=ValueError" in Text().format(record)
    assert "decode" in steps.seconds


def test_a_warning_stays_on_its_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "imagegen"):
        Steps(LEAF).warn("first\nsecond\x1b[2J")
    assert caplog.records[-1].levelname == "WARNING"
    assert 'message="first second [2J" attempt=1 prompt="A fox"' in Text().format(caplog.records[-1])
