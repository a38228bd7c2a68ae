import asyncio
import base64
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from render.workflows.client import CallbackRequest, Status, UDSClient

from imagegen.formatting import counted, dollars, dollars_apart, duration, encoded_size, one_line, printable
from tests.doubles.worker_socket import Answer, WorkerHandler, WorkerServer


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (None, "cost unknown"),
        (0.0, "$0"),
        (0.00001, "<$0.0001"),
        (0.0042, "$0.0042"),
        (0.04, "$0.04"),
        (0.041, "$0.041"),
        (0.134, "$0.134"),
        (1.2345, "$1.23"),
        (12345.6, "$12,345.60"),
    ],
)
def test_money_has_the_digits_that_matter(cost: float | None, expected: str) -> None:
    assert dollars(cost) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "0.00 s"),
        (0.424, "0.42 s"),
        (4.24, "4.2 s"),
        (9.97, "10 s"),
        (42.4, "42 s"),
        (59.7, "1 min 00 s"),
        (312, "5 min 12 s"),
        (3599.8, "1 h 00 min"),
        (3900, "1 h 05 min"),
    ],
)
def test_time_is_given_in_the_units_that_people_use(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_nouns_agree_with_their_numbers() -> None:
    assert [counted(1, "batch", "batches"), counted(2, "batch", "batches"), counted(1000, "picture")] == [
        "1 batch",
        "2 batches",
        "1,000 pictures",
    ]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (0.082, 0.08, ("$0.082", "$0.08")),
        (0.0804, 0.08, ("$0.0804", "$0.0800")),
        (1.234, 1.23, ("$1.234", "$1.230")),
        (12_345.601, 12_345.6, ("$12,345.601", "$12,345.600")),
        (0.00001, 0.00002, ("$0.00001", "$0.00002")),
        (0.08, 0.08, ("$0.08", "$0.08")),
        (0.1 + 0.2, 0.3, ("$0.300000000000000", "$0.300000000000000")),
    ],
)
def test_two_amounts_of_money_have_the_digits_that_tell_them_apart(
    one: float, other: float, expected: tuple[str, str]
) -> None:
    assert dollars_apart(one, other) == expected


HOSTILE = "a\x1b[2J\x07b\u202ec\ud800d\u2028e"


def test_text_of_others_is_printed_without_what_steers_a_terminal() -> None:
    assert one_line(f" {HOSTILE}\n\tf ") == "a [2J b c d e f"
    assert printable(f"{HOSTILE}\n  f") == "a [2J b c d e\n  f"


def send_by_sdk(value: Any, directory: Path) -> bytes:
    """Return the result ``value`` as a worker's SDK sends it over a socket in ``directory``."""
    outputs: list[str] = []

    class Handler(WorkerHandler):
        def answer(self, request: str, body: dict[str, Any]) -> Answer:  # noqa: ARG002 - only callbacks come
            outputs.append(body["complete"]["output"])
            return 200, {}

    async def send(client: UDSClient) -> None:
        await client.post_callback(CallbackRequest(Status.SUCCESS, result=value))

    socket = directory / "sdk.sock"
    with WorkerServer(str(socket), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            asyncio.run(send(UDSClient(str(socket))))
        finally:
            server.shutdown()
    return base64.b64decode(outputs[0])


VALUES: list[Any] = [
    {"titles": ["漢字" * 50, "é", "🦊", 'quote " and \\', "plain"]},
    {"n": 1.5, "nothing": None, "yes": True, "deep": {"list": [1, 2, [3]]}},
    {},
]


@pytest.mark.parametrize("value", VALUES)
def test_a_result_is_measured_as_render_s_sdk_sends_it(value: Any) -> None:
    with tempfile.TemporaryDirectory(prefix="sdk-") as directory:  # short: a socket's path has 100 bytes at most
        assert encoded_size(value) == len(send_by_sdk(value, Path(directory))) - len("[]")


def test_a_title_outside_ascii_takes_as_many_bytes_as_its_escapes() -> None:
    assert encoded_size("漢" * 300) == 300 * 6 + 2
    assert encoded_size("🦊") == 12 + 2
