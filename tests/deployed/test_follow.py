"""Following a deployed run, against a fake of Render's API on loopback."""

import pytest

from tests.deployed.support import BATCH, FOX, HOUR, RESULT, ask, follow_run, result
from tests.doubles import batches
from tests.doubles.render_api import RenderApi
from workflows.deployed.client import ApiError
from workflows.deployed.runs import RemoteRun, Status
from workflows.events import AttemptFailed, LeafCompleted, RunFinished, RunStarted


def test_an_event_wakes_the_follower_long_before_its_next_look(hosted: RenderApi) -> None:
    root = hosted.add(BATCH)

    def script() -> None:
        hosted.wait_for_stream()
        hosted.succeed(root, result())

    run, events = follow_run(hosted, root, script, poll_interval=HOUR)
    assert (run.status, run.result["batch_id"]) == (Status.SUCCEEDED, RESULT.batch_id)
    assert isinstance(events[0], RunStarted)
    assert [event.leaf.title for event in events if isinstance(event, LeafCompleted)] == ["A red fox", "A blue whale"]
    assert isinstance(events[-1], RunFinished)
    assert events[-1].error is None


def test_a_dropped_stream_is_opened_again(hosted: RenderApi) -> None:
    root = hosted.add(BATCH)

    def script() -> None:
        hosted.wait_for_stream()
        hosted.drop_streams()
        hosted.wait_for_stream()
        hosted.succeed(root, result())

    run, _ = follow_run(hosted, root, script, poll_interval=HOUR, reconnect_delay=0.01)
    assert run.ended
    assert hosted.count("GET /v1/task-runs/events") == 2


def test_looking_goes_on_where_no_stream_can_be_had(local: RenderApi) -> None:
    local.stream_refusal = 500
    root = local.add(BATCH)

    def script() -> None:
        local.wait_for(f"GET /v1/task-runs/{root}", 2)
        local.cancel(root)

    run, events = follow_run(local, root, script, poll_interval=0.01, reconnect_delay=HOUR)
    assert run.status is Status.CANCELED
    assert isinstance(events[-1], RunFinished)
    assert events[-1].cancelled


def test_a_failed_attempt_that_is_repeated_is_not_taken_for_the_end(local: RenderApi) -> None:
    root = local.add(BATCH)

    def script() -> None:
        local.wait_for_stream()
        local.fail_attempt(root, "the instance died")
        local.wait_for(f"GET /v1/task-runs/{root}", 3)
        local.repeat(root)
        local.succeed(root, result())

    run, events = follow_run(local, root, script, poll_interval=0.05)
    changes = [event for event in events if isinstance(event, RunStarted | AttemptFailed)]
    assert run.status is Status.SUCCEEDED
    assert [type(event) for event in changes] == [RunStarted, AttemptFailed, RunStarted]
    assert isinstance(changes[1], AttemptFailed)
    assert (changes[1].error, changes[1].attempts, changes[1].retry_in) == ("the instance died", 3, 5.0)


@pytest.mark.parametrize("kind", ["hosted", "local"])
def test_children_are_told_of_with_what_they_make_and_what_came_of_it(
    kind: str, request: pytest.FixtureRequest
) -> None:
    api: RenderApi = request.getfixturevalue(kind)
    root = api.add(BATCH)
    api.add(BATCH)  # somebody else's run, which the local server lists as well
    fox = api.add(FOX, parent=root)

    def script() -> None:
        api.wait_for(f"GET /v1/task-runs/{fox}")
        api.succeed(fox, batches.leaf("A red fox").model_dump(mode="json"))
        api.wait_for(f"GET /v1/task-runs/{fox}", 2)
        api.succeed(root, result())

    _, events = follow_run(api, root, script, poll_interval=0.05)
    begun = {event.run_id: event for event in events if isinstance(event, RunStarted)}
    settled = [event for event in events if isinstance(event, LeafCompleted)]
    assert set(begun) == {root, fox}
    assert (begun[fox].parent_id, begun[fox].inputs["prompt"], begun[fox].attempt) == (root, "A red fox", 1)
    assert [(event.leaf.prompt, event.result.reused) for event in settled] == [
        ("A red fox", False),
        ("A blue whale", True),
    ]


def test_every_page_of_a_large_tree_is_read(hosted: RenderApi) -> None:
    root = hosted.add(BATCH)
    children = {hosted.add(FOX, parent=root) for _ in range(250)}
    runs: list[RemoteRun] = ask(hosted, lambda client: client.fetch_descendants(root))
    assert {run.id for run in runs} == children
    assert hosted.count("GET /v1/task-runs") == 3


def test_passing_trouble_is_waited_out_and_lasting_trouble_says_how_to_attach_again(hosted: RenderApi) -> None:
    root = hosted.add(BATCH)

    def recover() -> None:
        hosted.wait_for_stream()
        hosted.refusals = [503, 0, 429]
        hosted.succeed(root, result())

    run, _ = follow_run(hosted, root, recover, poll_interval=0.01, reconnect_delay=0.01)
    assert run.ended

    hosted.refusals = [503] * 1_000
    with pytest.raises(ApiError, match=f"imagegen status {root} --follow"):
        follow_run(hosted, root, lambda: None, poll_interval=0.01, give_up_after=0.05)
