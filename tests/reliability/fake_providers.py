"""The fake providers of a scenario: real servers for the real SDKs, and a log of every call that they got."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Protocol

from PIL import Image

from imagegen import providers
from imagegen.making.plan import Planned
from imagegen.providers import Provider
from imagegen.settings import Settings
from tests.doubles.provider import gemini_server as gemini
from tests.doubles.provider import openai_server as openai
from tests.doubles.provider.gemini_server import GeminiServer
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.provider.scripted_server import Call, Reply
from tests.reliability.faults import FREE, ProviderFault

LATE = 1.5
"""Seconds after which a late answer would come."""


@dataclass(frozen=True)
class RecordedCall:
    """A call that reached a provider. ``stored`` says whether the request's original was stored when it came."""

    request_hash: str
    fault: ProviderFault | None
    stored: bool
    picture: bytes

    @property
    def may_be_charged(self) -> bool:
        """True when the provider would charge for it, even if the answer was lost."""
        return self.fault not in FREE


class Faults(Protocol):
    """The faults of a scenario, as a call log asks for them."""

    def provider(self, model: str, prompt: str, number: int) -> ProviderFault | None:
        """The fault of a call."""
        ...

    def corrupted(self, picture: bytes, number: int) -> bytes:
        """A corrupted picture."""
        ...


@dataclass
class CallLog:
    """Answers the calls of one scenario, and keeps them. Without ``faults`` every call gets its picture."""

    requests: Mapping[tuple[str, str], str]
    """Request hashes by (model, prompt)."""
    is_stored: Callable[[str], bool]
    faults: Faults | None = None
    latency: float = 0.0
    on_call: Callable[[RecordedCall], None] = lambda _: None
    calls: list[RecordedCall] = field(default_factory=list)
    _numbers: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def openai(self, call: Call) -> Reply:
        """Answer as OpenAI."""
        seen, number = self._note(call.body["model"], call.body["prompt"])
        match seen.fault:
            case ProviderFault.RATE_LIMITED:
                return openai.rate_limited()
            case ProviderFault.RATE_LIMITED_WITH_WAIT:
                return openai.rate_limited(retry_after_ms="10")
            case ProviderFault.SERVER_ERROR | ProviderFault.OVERLOADED as status:
                return openai.server_error(int(status))
            case ProviderFault.NO_PICTURE:
                return openai.answered([])
            case _:
                return self._answer(openai.picture(self._data(seen, number)), seen)

    def gemini(self, call: Call) -> Reply:
        """Answer as Gemini."""
        model = call.path.rpartition("/")[2].partition(":")[0]
        seen, number = self._note(model, call.body["contents"][0]["parts"][0]["text"])
        match seen.fault:
            case ProviderFault.RATE_LIMITED:
                return gemini.rate_limited()
            case ProviderFault.RATE_LIMITED_WITH_WAIT:
                return gemini.rate_limited("0.01s")
            case ProviderFault.SERVER_ERROR | ProviderFault.OVERLOADED as status:
                return gemini.overloaded(int(status))
            case ProviderFault.NO_PICTURE:
                return gemini.answered([], usage=None)
            case _:
                return self._answer(gemini.picture(self._data(seen, number)), seen)

    def count_charged(self, request_hash: str) -> int:
        """Count the calls for a request that a provider may have charged for."""
        return sum(seen.may_be_charged for seen in self.calls if seen.request_hash == request_hash)

    def list_pictures(self, request_hash: str) -> set[bytes]:
        """Return the pictures that were made for a request."""
        return {seen.picture for seen in self.calls if seen.request_hash == request_hash}

    def _note(self, model: str, prompt: str) -> tuple[RecordedCall, int]:
        request_hash = self.requests[model, prompt]
        stored = self.is_stored(request_hash)
        with self._lock:
            self._numbers[request_hash] += 1
            number = self._numbers[request_hash]
            fault = self.faults.provider(model, prompt, number) if self.faults else None
            seen = RecordedCall(request_hash, fault, stored, tiny_picture(request_hash, number))
            self.calls.append(seen)
        self.on_call(seen)
        return seen, number

    def _data(self, seen: RecordedCall, number: int) -> bytes:
        if seen.fault is ProviderFault.CUT_PICTURE:
            return seen.picture[: len(seen.picture) // 2]
        if seen.fault is ProviderFault.CORRUPT_PICTURE and self.faults:
            return self.faults.corrupted(seen.picture, number)
        return seen.picture

    def _answer(self, reply: Reply, seen: RecordedCall) -> Reply:
        complete = Reply(reply.status, reply.body, reply.headers, delay=self.latency)
        match seen.fault:
            case ProviderFault.LATE:
                return Reply(reply.status, reply.body, reply.headers, delay=LATE)
            case ProviderFault.DROPPED:
                return Reply(hang_up="after")
            case ProviderFault.CUT_ANSWER:
                return Reply(reply.status, reply.body, reply.headers, cut=len(reply.body) // 2)
        return complete


class Answers(Protocol):
    """The answers of both providers."""

    def openai(self, call: Call) -> Reply:
        """Answer as OpenAI."""
        ...

    def gemini(self, call: Call) -> Reply:
        """Answer as Gemini."""
        ...


class FakeProviders:
    """Both providers' servers, which answer from one call log at a time, and their clients, each made once."""

    def __init__(self, servers: tuple[OpenAIServer, GeminiServer]) -> None:
        self._openai, self._gemini = servers
        self._clients: dict[tuple[str, float], Provider] = {}
        self._lock = threading.Lock()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that direct the SDKs to these servers."""
        return self._openai.environment | self._gemini.environment

    def answer_from(self, call_log: Answers) -> None:
        """Answer from ``call_log`` from now on."""
        self._openai.always(call_log.openai)
        self._gemini.always(call_log.gemini)

    def reply_always(self, reply: Reply) -> None:
        """Give every call this answer from now on."""
        self._openai.always(reply)
        self._gemini.always(reply)

    def answer_always(self, data: bytes) -> None:
        """Answer every call with this picture from now on."""
        self._openai.always(openai.picture(data))
        self._gemini.always(gemini.picture(data))

    def client(self, name: str, settings: Settings) -> Provider:
        """The product's client of a provider, with this time limit."""
        with self._lock:
            key = (name, settings.provider_timeout)
            if key not in self._clients:
                self._clients[key] = providers.connect(name, settings)
            return self._clients[key]


@contextmanager
def start_fake_providers() -> Iterator[FakeProviders]:
    """Fake providers whose servers run. ``environment`` has to be in the environment before a client is made."""
    with ExitStack() as stack:
        yield FakeProviders((stack.enter_context(OpenAIServer()), stack.enter_context(GeminiServer())))


def requests_of(planned: Iterable[Planned]) -> dict[tuple[str, str], str]:
    """Request hashes by what a provider is told."""
    return {(item.served_by, item.request.prompt): item.request_hash for item in planned}


def tiny_picture(request_hash: str, number: int) -> bytes:
    """A JPEG that is just large enough to be usable, whose colour follows from the request and the call's number."""
    out = BytesIO()
    Image.new("RGB", (800, 420), f"#{request_hash[:4]}{number % 256:02x}").save(out, "JPEG", quality=90)
    return out.getvalue()
