"""The short form of the hostile inputs; ``python -m tests.reliability.soak`` has the long one."""

import resource
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from imagegen.errors import PassingFailure
from imagegen.overlay import compose
from imagegen.providers import PictureRequest
from tests.doubles.pictures import png_claiming
from tests.doubles.provider import openai_server as openai
from tests.reliability import batches
from tests.reliability.fake_providers import FakeProviders
from tests.reliability.inputs import hostile

INPUTS = 520
"""In all; each target has its share by weight."""


@pytest.mark.parametrize("target", hostile.TARGETS, ids=lambda target: target.name)
def test_hostile_input_is_answered_with_a_result_or_an_error_of_ours(
    target: hostile.Target, fakes: FakeProviders
) -> None:
    share = INPUTS * target.weight // sum(other.weight for other in hostile.TARGETS) + 1

    @settings(max_examples=share, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(target.inputs)
    def holds(drawn: Any) -> None:
        with hostile.in_time():
            target.check(drawn, fakes)

    holds()


@pytest.mark.parametrize("side", [6_000, 30_000, 2**31 - 1])
def test_a_picture_that_unpacks_to_a_lot_is_refused_before_it_does(side: int) -> None:
    data = png_claiming(side, side)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(PassingFailure):
        compose.decode(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize(
    "data", [True, [None], [{"b64_json": 5}], [{"b64_json": "ü"}], [[]], "text", {"b64_json": "eA=="}]
)
def test_an_answer_of_the_wrong_types_is_a_failure_that_may_be_tried_again(data: object, fakes: FakeProviders) -> None:
    fakes.reply_always(openai.answered(data))
    request = PictureRequest("gpt-image-2", "A fox", (1536, 1024), {})
    with pytest.raises(PassingFailure):
        fakes.client("openai", batches.settings()).generate(request)
