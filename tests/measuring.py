"""Coverage of processes that a test starts with an environment of its own."""

import os

COVERAGE = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
"""Variables that make coverage measure a process; empty unless the tests are being measured."""
