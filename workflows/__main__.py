"""The worker's entry, ``python -m workflows``: registers the tasks, or runs one, as Render's environment says."""

from workflows.app import app

if __name__ == "__main__":
    app.start()
