"""The bounds of the explorations: a short form for every run of the tests, a long one by command."""

from tests.exploration.search import Bound
from tests.exploration.world import Budget

SHORT = (
    Bound(2, Budget(crashes=1, lost=1, long=1)),
    Bound(2, Budget(crashes=1, unanswered=1, waits=1)),
    Bound(2, Budget(short=1, long=1, renewals=1)),
    Bound(2, Budget(crashes=2, lost=1), provable=True),
    Bound(2, Budget(crashes=1, long=1), fine=True),
    Bound(3, Budget(crashes=1)),
)
"""Some 15 seconds of a processor."""

LONG = (
    Bound(2, Budget(crashes=1, lost=2, long=1)),
    Bound(2, Budget(crashes=1, unanswered=1, waits=1, long=1)),
    Bound(2, Budget(crashes=1, lost=1, long=1), fine=True),
    Bound(2, Budget(crashes=2, lost=1, unanswered=1, long=1), provable=True),
    Bound(3, Budget(crashes=1, long=1)),
    Bound(3, Budget(crashes=1, lost=1)),
    Bound(2, Budget(crashes=1, lost=1, short=1, long=1, renewals=1)),
    Bound(2, Budget(lost=1, short=3, renewals=2)),
)
"""Some minutes of a processor, and two gigabytes of memory."""
