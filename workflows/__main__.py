"""The worker's entry, ``python -m workflows``: registers the tasks, or runs one, as Render's environment says."""

import os
import sys

HOW_TO_START = (
    "This is a Render Workflows worker; Render starts it, and locally: render workflows dev -- python -m workflows\n"
    "To make a batch here and now, without Render: imagegen run batch.json --offline\n"
)


def main() -> None:
    """Serve the one request that this process was started for; without Render's environment, say how to start it."""
    if not (os.environ.get("RENDER_SDK_MODE") and os.environ.get("RENDER_SDK_SOCKET_PATH")):
        sys.stderr.write(HOW_TO_START)
        sys.exit(2)
    from workflows.app import app

    app.start()


if __name__ == "__main__":
    main()
