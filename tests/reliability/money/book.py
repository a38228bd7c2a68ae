"""The providers' own book: every call that came, when, for whom, and what it was answered."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image

from tests.doubles.provider import gemini_server as gemini
from tests.doubles.provider import openai_server as openai
from tests.doubles.provider.scripted_server import Call, Reply
from tests.reliability.fake_providers import LATE, tiny_picture
from tests.reliability.money.scenario import KEPT, PAID, POSSIBLE, USELESS, WITH_WAIT, Kind, Scenario

NO_BASE64 = "!! no base64 !!"


@dataclass
class Entry:
    """A call. ``at`` is monotonic time, ``run`` the leaf run that sent it (empty: unknown), ``wait`` in seconds.

    ``stored``: the request's original was stored when the call came. ``data`` is what the client could read of a
    picture. ``lost``: the caller was killed before it had written down what it was answered; ``uncertain``: perhaps.
    """

    request_hash: str
    kind: Kind
    at: float
    run: str
    stored: bool
    wait: float = 0.0
    data: bytes = b""
    lost: bool = False
    uncertain: bool = False

    @property
    def known(self) -> bool:
        """The caller certainly knows what it was answered."""
        return not (self.lost or self.uncertain)

    @property
    def paid(self) -> bool:
        """The call was answered with bytes, by a caller that lived to write it down."""
        return self.kind in PAID and self.known

    @property
    def may_be_charged(self) -> bool:
        """The call was answered with bytes, or may have been charged for all that its caller could write down."""
        return self.lost or self.kind in PAID | POSSIBLE

    @property
    def useless(self) -> bool:
        """The call used RETRY_USELESS up."""
        return self.kind in USELESS and self.known

    @property
    def possible(self) -> bool:
        """The call used RETRY_UNANSWERED up."""
        return self.may_be_charged and not self.paid and not self.uncertain

    @property
    def kept(self) -> bool:
        """The bytes of the answer have to be in the store."""
        return self.kind in KEPT and self.known


@dataclass
class Book:
    """Answers the calls of one scenario, and keeps them. Without ``scenario`` every call gets its picture."""

    requests: Mapping[tuple[str, str], str]
    """Request hashes by (model, prompt)."""
    is_stored: Callable[[str], bool]
    scenario: Scenario | None = None
    latency: float = 0.0
    on_call: Callable[[], None] = lambda: None
    entries: list[Entry] = field(default_factory=list)
    senders: dict[str, str] = field(default_factory=dict)
    """The leaf run that is about to call, by request: one at a time, because of the claim."""
    unsent: list[tuple[str, str]] = field(default_factory=list)
    """Calls that a leaf had announced when it was killed before it sent them: the request and the leaf run."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def openai(self, call: Call) -> Reply:
        """Answer as OpenAI."""
        model, prompt = call.body["model"], call.body["prompt"]
        entry = self._enter(model, prompt, call.at)
        match entry.kind:
            case Kind.LIMITED:
                reply = openai.rate_limited()
            case Kind.LIMITED_WITH_WAIT:
                reply = openai.rate_limited(retry_after_ms=f"{1_000 * entry.wait:.0f}")
            case Kind.BUSY_WITH_WAIT:
                headers = {"retry-after-ms": f"{1_000 * entry.wait:.0f}"}
                reply = openai.error(503, None, "Slow down", kind="server_error", headers=headers)
            case Kind.SERVER_ERROR | Kind.GATEWAY_TIMEOUT as status:
                reply = openai.server_error(int(status))
            case Kind.GATEWAY_TIMEOUT_WITH_WAIT:
                headers = {"retry-after-ms": f"{1_000 * entry.wait:.0f}"}
                reply = openai.error(504, None, "Too late", kind="server_error", headers=headers)
            case Kind.NO_PICTURE_WITH_WAIT:
                told = {"message": f"Busy. Please try again in {1_000 * entry.wait:.0f}ms."}
                reply = self._keep(openai.answered([], usage=openai.USAGE, error=told), entry)
            case Kind.NO_PICTURE:
                reply = self._keep(openai.answered([], usage=openai.USAGE), entry)
            case Kind.NO_PICTURE_NO_TOKENS:
                reply = self._keep(openai.answered([]), entry)
            case Kind.NO_BASE64:
                reply = openai.answered([{"b64_json": NO_BASE64}], usage=openai.USAGE)
            case _:
                reply = self._spoil(openai.picture(entry.data), entry)
        return reply

    def gemini(self, call: Call) -> Reply:
        """Answer as Gemini."""
        model = call.path.rpartition("/")[2].partition(":")[0]
        entry = self._enter(model, call.body["contents"][0]["parts"][0]["text"], call.at)
        match entry.kind:
            case Kind.LIMITED:
                reply = gemini.rate_limited()
            case Kind.LIMITED_WITH_WAIT:
                reply = gemini.rate_limited(f"{entry.wait:g}s")
            case Kind.BUSY_WITH_WAIT:
                reply = gemini.error(503, "UNAVAILABLE", f"Overloaded. Please retry in {1_000 * entry.wait:.0f}ms.")
            case Kind.SERVER_ERROR | Kind.GATEWAY_TIMEOUT as status:
                reply = gemini.overloaded(int(status))
            case Kind.GATEWAY_TIMEOUT_WITH_WAIT:
                headers = {"retry-after": f"{entry.wait:g}s"}
                reply = gemini.error(504, "DEADLINE_EXCEEDED", "Too late", headers=headers)
            case Kind.NO_PICTURE_WITH_WAIT:
                told = {"message": f"Busy. Please retry in {1_000 * entry.wait:.0f}ms."}
                reply = self._keep(gemini.answered([gemini.text_part("Sorry")], error=told), entry)
            case Kind.NO_PICTURE:
                reply = self._keep(gemini.answered([gemini.text_part("Sorry")]), entry)
            case Kind.NO_PICTURE_NO_TOKENS:
                reply = self._keep(gemini.answered([gemini.text_part("Sorry")], usage=None), entry)
            case Kind.NO_BASE64:
                part = gemini.image_part(b"")
                part["inlineData"]["data"] = NO_BASE64
                reply = gemini.answered([part])
            case _:
                reply = self._spoil(gemini.picture(entry.data), entry)
        return reply

    def of(self, request_hash: str) -> list[Entry]:
        """List the calls for a request."""
        return [entry for entry in list(self.entries) if entry.request_hash == request_hash]

    def sent_by(self, runs: frozenset[str]) -> Iterator[Entry]:
        """List the calls of some leaf runs."""
        return (entry for entry in list(self.entries) if entry.run in runs)

    def count_charges(self, request_hash: str) -> int:
        """Count what an exact account of a request comes to: each unsent announcement is a possible charge."""
        return sum(entry.may_be_charged for entry in self.of(request_hash)) + self.count_unsent(request_hash)

    def count_unsent(self, request_hash: str) -> int:
        """Count the calls for a request that were announced and not sent."""
        return sum(name == request_hash for name, _ in self.unsent)

    def _enter(self, model: str, prompt: str, at: float) -> Entry:
        request_hash = self.requests[model, prompt]
        stored = self.is_stored(request_hash)
        with self._lock:
            number = len(self.of(request_hash)) + 1
            kind = self.scenario.draw_answer(model, prompt, number) if self.scenario else Kind.GOOD
            wait = self.scenario.draw_wait(model, prompt, number) if self.scenario and kind in WITH_WAIT else 0.0
            data = _make_data(kind, tiny_picture(request_hash, number))
            entry = Entry(request_hash, kind, at, self.senders.get(request_hash, ""), stored, wait, data)
            self.entries.append(entry)
        self.on_call()
        return entry

    def _spoil(self, reply: Reply, entry: Entry) -> Reply:
        match entry.kind:
            case Kind.LATE:
                return Reply(reply.status, reply.body, reply.headers, delay=LATE)
            case Kind.DROPPED:
                return Reply(hang_up="after")
            case Kind.CUT_ANSWER:
                return Reply(reply.status, reply.body, reply.headers, cut=len(reply.body) // 2)
            case Kind.NO_JSON:
                return self._keep(Reply(body=f"<p>{time.monotonic_ns()}</p>".encode(), headers=reply.headers), entry)
        return Reply(reply.status, reply.body, reply.headers, delay=self.latency)

    @staticmethod
    def _keep(reply: Reply, entry: Entry) -> Reply:
        """Note that the body itself is what has to be kept."""
        entry.data = reply.body
        return reply


def _make_data(kind: Kind, picture: bytes) -> bytes:
    match kind:
        case Kind.CORRUPT:
            return b"\0" * 32 + picture[32:]
        case Kind.CUT_PICTURE:
            return picture[: len(picture) // 2]
        case Kind.TINY:
            out = BytesIO()
            Image.new("RGB", (1, 1)).save(out, "PNG")
            return out.getvalue()
        case Kind.NO_BASE64:
            return NO_BASE64.encode()
    return picture
