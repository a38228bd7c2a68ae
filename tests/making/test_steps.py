"""The log of steps: one line for each, whatever a request holds."""

import logging
from dataclasses import replace

import pytest

from imagegen.making.steps import Steps
from imagegen.request.batch import Leaf

LEAF = Leaf("A fox", "gpt-image-2", "neon", "bottom-bar", "inter")


def log_step(leaf: Leaf, caplog: pytest.LogCaptureFixture) -> str:
    with caplog.at_level(logging.INFO, "imagegen"), Steps(leaf).step("compose"):
        pass
    return caplog.messages[-1]


def test_a_plain_model_id_is_logged_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    assert log_step(LEAF, caplog).startswith('step=compose prompt="A fox" model=gpt-image-2 seconds=')


@pytest.mark.parametrize("model", ["gpt-image-\nstep=paid", "gpt-image-\x1b[2J", "gpt-image-2 failed=none"])
def test_a_model_id_forges_neither_a_line_nor_a_field(model: str, caplog: pytest.LogCaptureFixture) -> None:
    line = log_step(replace(LEAF, model=model), caplog)
    assert line.isprintable()
    assert line.count("step=compose") == 1
    assert 'model="gpt-image-' in line


def test_a_note_stays_on_its_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "imagegen"):
        Steps(LEAF).note("first\nsecond\x1b[2J")
    assert caplog.messages[-1].startswith("first second [2J prompt=")
