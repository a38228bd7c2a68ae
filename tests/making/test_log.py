"""The log of a worker."""

import subprocess
import sys


def test_what_the_store_warns_of_is_in_the_log_once() -> None:
    script = """
from imagegen.making import steps
from storage.location import open_store
steps.to_stdout()
steps.to_stdout()
open_store(endpoint="http://minio.example.com", access_key="a", secret_key="b", bucket="pictures")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.count("level=WARNING MINIO_ENDPOINT is http:// to another host") == 1
    assert len(done.stdout.splitlines()) == 1
