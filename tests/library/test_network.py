"""Links that open and clocks that agree, as one request finds out."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from imagegen.library.network import check_clock, check_link

DATA = b"a probe"


@contextmanager
def server(status: int, body: bytes = b"", date: str | None = None) -> Iterator[str]:
    """A server that answers everything alike; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            if date:
                self.send_header("Date", date)
            self.end_headers()
            self.wfile.write(body if self.command == "GET" else b"")

        do_HEAD = do_GET  # noqa: N815 - the base class's name

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}"
        finally:
            listening.shutdown()


@pytest.mark.parametrize(
    ("status", "body", "public", "level", "said"),
    [
        (200, DATA, False, "ok", "a presigned link opens"),
        (200, DATA, True, "ok", "a public link opens"),
        (200, b"<html>", False, "fail", "opens something else"),
        (200, DATA + b"!", False, "fail", "opens something else"),
        (403, b"", False, "fail", "a presigned link answered 403"),
        (403, b"", True, "ok", "only pictures are public"),
    ],
)
def test_a_link_is_opened(status: int, body: bytes, public: bool, level: str, said: str) -> None:
    with server(status, body) as url:
        found = check_link(f"{url}/x", DATA, public=public)
    assert (found.name, found.level) == ("link", level)
    assert said in found.message


def test_a_link_to_where_nothing_listens_gets_words() -> None:
    with server(200) as url:
        pass
    found = check_link(url, DATA, public=False)
    assert found.level == "fail"
    assert "refused" in found.message


@pytest.mark.parametrize(("content", "level"), [(DATA, "ok"), (b"other", "fail"), (None, "fail")])
def test_a_file_link_is_opened(content: bytes | None, level: str, tmp_path: Path) -> None:
    path = tmp_path / "a file"
    if content is not None:
        path.write_bytes(content)
    assert check_link(path.as_uri(), DATA, public=False).level == level


@pytest.mark.parametrize(
    ("skew", "level", "said"),
    [
        (0, "ok", "agrees"),
        (-30, "ok", "agrees"),
        (300, "warn", "s off the server's"),
        (-300, "warn", "s off the server's"),
        (3600, "fail", "set it"),
        (-3600, "fail", "set it"),
    ],
)
@pytest.mark.parametrize("status", [200, 403])
def test_a_clock_that_is_off_is_found(status: int, skew: int, level: str, said: str) -> None:
    with server(status, date=formatdate(time.time() + skew, usegmt=True)) as url:
        found = check_clock(url)
    assert (found.name, found.level) == ("clock", level)
    assert said in found.message


@pytest.mark.parametrize("date", [None, "yesterday"])
def test_a_server_that_does_not_tell_the_time_is_only_a_warning(date: str | None) -> None:
    with server(200, date=date) as url:
        assert check_clock(url).level == "warn"
    assert check_clock(url).level == "warn"
