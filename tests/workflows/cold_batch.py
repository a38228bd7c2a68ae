"""The command line in a process whose threads change places as often as the interpreter lets them.

python -m tests.workflows.cold_batch run batch.json --json
"""

import sys

sys.setswitchinterval(1e-9)

from workflows.cli import main  # noqa: E402 - nothing may be imported before the interval is set

main()
