"""The money series: most seeds in this process, where each call is known by name; some in killed ones."""

from tests.reliability.fake_providers import FakeProviders
from tests.reliability.money import case, killed
from tests.reliability.outcome import Outcome

EVERY = 40
"""Of so many seeds one kills ``imagegen run``, and one a worker's processes."""


def spend(seed: int, fakes: FakeProviders) -> Outcome:
    """Run one seed."""
    match seed % EVERY:
        case 7:
            return killed.kill_run(seed, fakes)
        case 27:
            return killed.kill_worker(seed, fakes)
    return case.play(seed, fakes)
