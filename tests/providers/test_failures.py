"""The failure table, row by row, through both SDKs."""

import socket
from contextlib import ExitStack

import pytest

from imagegen.errors import Failure, PassingFailure, PermanentFailure, Unanswered
from imagegen.providers import call, connect, gemini, openai
from imagegen.providers.failures import ROWS, ErrorReport, Outcome, Row, Service, classify, find_row
from imagegen.settings import Settings
from tests.doubles.provider.failure_cases import CASES, Case
from tests.doubles.provider.gemini_server import USAGE, USAGE_COST, answered, blocked, finished
from tests.doubles.provider.scripted_server import HTML, Reply, json_reply
from tests.providers.conftest import PROVIDERS, OpenDesk, request

SETTINGS = Settings(openai_api_key="k", google_api_key="k", provider_timeout=5)
SERVICES = {"openai": openai.SERVICE, "gemini": gemini.SERVICE}
OUTCOMES = {Outcome.PERMANENT: PermanentFailure, Outcome.PASSING: PassingFailure, Outcome.UNANSWERED: Unanswered}
TABLE = [(service, row) for service in SERVICES.values() for row in (*service.rows, *ROWS)]


def _name(part: Service | Row) -> str:
    return part.id if isinstance(part, Service) else part.codes or "anything else"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_answer_lands_in_its_row_after_exactly_one_call(case: Case, desk: OpenDesk) -> None:
    at = desk(case.provider)
    at.server.always(case.reply)
    caught = at.catch_failure()
    assert caught.kind == case.kind
    assert isinstance(caught, PassingFailure) == caught.retryable == case.passing
    assert isinstance(caught, Unanswered) == (case.kind == "unanswered")
    assert caught.possible_extra_charges == case.possible_extra_charges
    assert caught.paid_calls == case.paid_calls
    assert at.server.connections == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_attempt_after_a_failed_one_gets_the_picture(provider: str, desk: OpenDesk) -> None:
    at = desk(provider)
    at.server.script([Reply(503, HTML.body)])
    assert at.catch_failure().kind == "server_error"
    assert at.provider.generate(request(provider)).data
    assert len(at.server.calls) == 2


@pytest.mark.parametrize(("service", "row"), TABLE, ids=_name)
def test_no_row_is_shadowed_by_one_above_it(service: Service, row: Row) -> None:
    report = ErrorReport(frozenset(row.codes.split()))
    caught = classify(service, report, model="some-model", secret="")
    assert caught.kind == row.kind.name
    assert isinstance(caught, OUTCOMES[row.kind.outcome])
    assert row is find_row(service, report)


@pytest.mark.parametrize(("service", "row"), TABLE, ids=_name)
def test_each_message_names_the_provider_and_leaves_no_blank_unfilled(service: Service, row: Row) -> None:
    message = str(classify(service, ErrorReport(frozenset(row.codes.split())), model="m", secret=""))
    assert service.name in message
    assert "{" not in message


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refused_connection_costs_nothing_and_passes(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", url)
        caught = _failure(provider)
    assert (caught.kind, caught.retryable, caught.possible_extra_charges) == ("unreachable", True, 0)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_connection_that_is_never_made_costs_nothing_and_passes(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (call, openai, gemini):
        monkeypatch.setattr(module, "CONNECT_TIMEOUT", 0.2)
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(2):  # a full backlog: the kernel drops what comes next
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", url)
        caught = _failure(provider)
    assert (caught.kind, caught.retryable, caught.possible_extra_charges) == ("unreachable", True, 0)


@pytest.mark.parametrize("url", ["no url", "ftp://127.0.0.1/"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_base_url_that_cannot_work_is_permanent(provider: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", url)
    caught = _failure(provider)
    assert (caught.kind, caught.retryable) == ("misconfigured", False)
    assert "base URL" in str(caught)


def test_what_a_model_wrote_instead_of_drawing_is_passed_on(desk: OpenDesk) -> None:
    at = desk("gemini")
    at.server.always(finished("NO_IMAGE", "I cannot draw\nthis."))
    assert "(NO_IMAGE) I cannot draw this." in str(at.catch_failure())


@pytest.mark.filterwarnings("ignore:.*is not a valid:UserWarning")
def test_a_block_for_an_unheard_of_reason_is_a_refusal(desk: OpenDesk) -> None:
    at = desk("gemini")
    at.server.always(blocked("A_REASON_OF_TOMORROW"))
    caught = at.catch_failure()
    assert caught.kind == "refused"
    assert "A_REASON_OF_TOMORROW" in str(caught)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "busy"},
        {"error": {"details": 5}},
        {"error": {"details": [None, {"violations": "all"}, {"violations": [1]}], "message": {"a": 1}}},
        ["busy"],
        "busy",
        None,
    ],
)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_error_of_any_other_shape_is_sorted_by_its_status(provider: str, body: object, desk: OpenDesk) -> None:
    at = desk(provider)
    at.server.always(json_reply(body, status=429))
    assert at.catch_failure().kind == "rate_limited"
    at.server.always(json_reply(body, status=403))
    assert at.catch_failure().kind == "forbidden"


def test_tokens_spent_on_a_refusal_are_accounted_for(desk: OpenDesk) -> None:
    at = desk("gemini")
    at.server.always(answered(None, finish="IMAGE_SAFETY", usage=USAGE))
    caught = at.catch_failure()
    assert caught.cost_usd == pytest.approx(USAGE_COST)
    assert caught.paid_calls == 0


def _failure(provider: str) -> Failure:
    with pytest.raises(Failure) as caught:
        connect(provider, SETTINGS).generate(request(provider))
    return caught.value
