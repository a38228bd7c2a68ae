"""Speed and cost, measured: ``python -m benchmarks``.

Every figure that depends on the machine's speed is a ratio of two things measured in turns in one run, so that it
holds on another machine and beside other work. Where the time goes and what was done about it: docs/performance.md.
"""
