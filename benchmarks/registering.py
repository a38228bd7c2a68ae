"""From a process's start to its tasks registered, which Render's local server waits for before every run."""

from collections.abc import Iterator

from benchmarks import processes
from benchmarks.figures import Figure, Scale, in_turns, median, milliseconds, paired


def measure(scale: Scale) -> Iterator[Figure]:
    """Against ``import render`` alone."""
    lives = in_turns({"bare": lambda: processes.bare("import render"), "worker": lambda: processes.register({})}, scale)
    registered = [life.ready for life in lives["worker"]]
    yield milliseconds("start → registered", median(registered))
    yield paired("start → registered ÷ bare 'import render'", registered, [life.ready for life in lives["bare"]])
    yield milliseconds("whole process", median([life.wall for life in lives["worker"]]))
    yield milliseconds("CPU", median([life.cpu for life in lives["worker"]]))
    yield Figure("peak memory", median([life.peak for life in lives["worker"]]), "MB")
