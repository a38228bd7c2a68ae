"""The total time limit of a call."""

import threading
import time
from contextvars import ContextVar

import pytest

from imagegen.errors import Unanswered
from imagegen.providers.wire.deadline import DeadlineExceeded, run_within
from tests.doubles import gemini_server, openai_server
from tests.doubles.scripted_server import Reply
from tests.providers.conftest import PROVIDERS, OpenDesk

USUAL = {"openai": openai_server.picture(), "gemini": gemini_server.picture()}


@pytest.mark.parametrize("spoilt", [{"delay": 30.0}, {"drip": 0.02}], ids=["silence", "one byte at a time"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_call_ends_in_time_whatever_it_waits_for(provider: str, spoilt: dict[str, float], desk: OpenDesk) -> None:
    at = desk(provider, provider_timeout_seconds=0.8)
    usual = USUAL[provider]
    at.server.always(Reply(usual.status, usual.body, usual.headers, **spoilt))  # type: ignore[arg-type]
    started = time.monotonic()
    caught = at.catch_failure()
    assert 0.75 < time.monotonic() - started < 3
    assert isinstance(caught, Unanswered)
    assert caught.possible_extra_charges == 1
    assert len(at.server.calls) == 1


def test_what_the_call_returns_or_raises_comes_through() -> None:
    variable: ContextVar[str] = ContextVar("variable", default="unset")
    variable.set("set")
    assert run_within(5, variable.get) == "set"
    with pytest.raises(TimeoutError, match="the call's own"):
        run_within(5, _raise_timeout)


def test_a_late_call_is_left_to_itself() -> None:
    done = threading.Event()
    with pytest.raises(DeadlineExceeded):
        run_within(0.05, lambda: done.wait(20))
    (late,) = [thread for thread in threading.enumerate() if thread.name == "provider call"]
    assert late.daemon
    done.set()
    late.join(5)
    assert not late.is_alive()


def _raise_timeout() -> None:
    raise TimeoutError("the call's own")
