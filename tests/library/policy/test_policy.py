"""The printed policies on a real MinIO: each is enough for its command, and with one action less it is refused."""

import copy
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import pytest

from imagegen.library.policy import COMMANDS, build
from imagegen.making.runtime import Runtime
from imagegen.settings import Settings
from storage import Store, keys
from storage.directory import DirectoryStore
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch
from tests.doubles.s3_servers import S3Server
from tests.library.policy.conftest import Policy, Restrict
from tests.workflows.conftest import openai

__all__ = ["openai"]

Typed = Callable[..., int]
FILE = {"prompts": ["a"], "models": ["gpt-image-2"], "style": LOOK[0], "template": LOOK[1], "font": LOOK[2]}


@dataclass
class Place:
    """A bucket of this test, seen with all rights, and a folder for what commands read and write."""

    bucket: str
    store: Store
    folder: Path
    minio: S3Server
    batch_id: str = ""

    @property
    def batch_file(self) -> str:
        path = self.folder / "batch.json"
        path.write_text(json.dumps(FILE))
        return str(path)

    def fill(self) -> None:
        """Let a batch be in the bucket that was paid for, and a picture in it be damaged, and one be lost."""
        given = {f"minio_{name}": value for name, value in self.minio.settings.items()}
        runtime = Runtime(Settings(**given, store=self.store.location, openai_api_key="sk-test"), minute=0.001, alone=0)
        made = run_batch(runtime, ["a"], ["gpt-image-2"], *LOOK)
        self.batch_id = made.batch_id
        old = made.model_copy(update={"created_at": (datetime.now(UTC) - timedelta(days=200)).isoformat()})
        self.store.replace(made.manifest_key, old.model_dump_json().encode(), content_type="application/json")


def arguments(command: str, place: Place) -> tuple[str, ...]:
    """The command as it is typed for a place."""
    there = ("--store", f"s3://{place.bucket}")
    return {
        "run": ("run", place.batch_file, *there),
        "costs": ("costs", *there),
        "list": ("list", *there),
        "gallery": ("gallery", *there),
        "export": ("export", place.batch_id, "--to", str(place.folder / "export"), *there),
        "verify": ("verify", *there),
        "repair": ("verify", "--repair", *there),
        "delete": ("delete", place.batch_id, "--yes", *there),
        "prune": ("prune", "--older-than", "90d", "--yes", *there),
        "copy": ("copy", "--all", "--store", str(place.folder / "source"), "--to", f"s3://{place.bucket}"),
        "doctor": ("doctor", *there),
    }[command]


@pytest.fixture
def place(minio: S3Server, openai: OpenAIServer, tmp_path: Path) -> Place:
    bucket = f"test-{secrets.token_hex(6)}"
    minio.store()._connect().create_bucket(Bucket=bucket)
    return Place(bucket, minio.store(bucket), tmp_path, minio)


def prepare(command: str, place: Place) -> None:
    """Let the bucket hold what the command is to work on."""
    if command == "copy":
        source = DirectoryStore(place.folder / "source")
        run_batch(Runtime(Settings(store=source.location)), ["a"], ["gpt-image-2"], *LOOK, offline=True)
    elif command not in ("run", "doctor"):
        place.fill()
    if command == "repair":
        for found in place.store.list(keys.IMAGES).objects:
            place.store.replace(found.key, b"damaged", content_type="image/jpeg")


def list_actions(policy: Policy) -> list[str]:
    return [action for statement in policy["Statement"] for action in statement["Action"]]


def without(policy: Policy, action: str) -> Policy:
    """The policy with one action less."""
    less = copy.deepcopy(policy)
    for statement in less["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one != action]
    less["Statement"] = [statement for statement in less["Statement"] if statement["Action"]]
    return less


CASES = [(command, action) for command in COMMANDS for action in list_actions(build([command], "any"))]
GOING_ON = ("doctor", "repair", "verify")
"""Commands that name what they were refused, object by object, and go on."""


@pytest.mark.parametrize("command", COMMANDS)
def test_the_printed_policy_is_enough(
    command: str, place: Place, restrict: Restrict, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(command, place)
    assert typed("policy", "--command", command, "--bucket", place.bucket) == 0
    restrict(json.loads(capsys.readouterr().out))
    code, said = typed(*arguments(command, place)), capsys.readouterr()
    assert code == 0, said
    assert "these credentials need" not in said.out + said.err


@pytest.mark.parametrize(("command", "action"), CASES)
def test_with_one_action_less_it_is_refused_in_words_before_anything_is_paid(
    command: str,
    action: str,
    place: Place,
    restrict: Restrict,
    typed: Typed,
    openai: OpenAIServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prepare(command, place)
    before, paid = list_contents(place.store), len(openai.calls)
    restrict(without(build([command], place.bucket), action))
    capsys.readouterr()
    code = typed(*arguments(command, place))
    said = capsys.readouterr()
    assert action in said.out + said.err
    assert "these credentials need" in said.out + said.err
    assert "Traceback" not in said.err
    assert len(openai.calls) == paid
    warned = (command, action) == ("doctor", "s3:DeleteObject")  # a run needs no such right
    assert code == (0 if warned else 1 if command in GOING_ON and code != 2 else 2)
    if command in ("delete", "prune"):
        left = {key: data for key, data in list_contents(place.store).items() if not key.startswith(keys.SPENDING)}
        assert left == before


def list_contents(store: Store) -> dict[str, bytes]:
    return {found.key: store.get(found.key) for found in store.list("").objects}


def opens(url: str) -> bool:
    """Tell if everybody may read what is behind a link."""
    from urllib.error import HTTPError
    from urllib.request import urlopen

    try:
        with urlopen(url, timeout=10) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except HTTPError:
        return False


def test_several_commands_need_what_each_of_them_needs() -> None:
    both = build(["gallery", "delete"], "any")["Statement"]
    for one in (*build(["gallery"], "any")["Statement"], *build(["delete"], "any")["Statement"]):
        together = next(statement for statement in both if statement["Action"] == one["Action"])
        assert set(one["Resource"]) <= set(together["Resource"])


def test_no_policy_permits_more_than_requests_on_keys_of_ours_in_the_one_bucket() -> None:
    of_bucket, *of_objects = build(list(COMMANDS), "any", create_bucket=True, public_read=True)["Statement"]
    assert of_bucket["Resource"] == ["arn:aws:s3:::any"]
    assert of_bucket["Action"] == ["s3:ListBucket", "s3:CreateBucket", "s3:PutBucketPolicy"]
    assert {action for one in of_objects for action in one["Action"]} == {
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
    }
    known = {f"arn:aws:s3:::any/{space}*" for space in keys.SPACES}
    assert {resource for one in of_objects for resource in one["Resource"]} <= known


@pytest.mark.parametrize("public", [False, True])
def test_a_bucket_is_made_with_the_extra_and_not_without_it(
    public: bool,
    minio: S3Server,
    restrict: Restrict,
    typed: Typed,
    tmp_path: Path,
    openai: OpenAIServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = Place(f"test-{secrets.token_hex(6)}", minio.store("any"), tmp_path, minio)
    monkeypatch.setenv("MINIO_BUCKET", place.bucket)
    monkeypatch.setenv("MINIO_PUBLIC_READ", str(public).lower())
    assert typed("policy") == 0
    restrict(json.loads(capsys.readouterr().out))
    assert typed("run", place.batch_file) == 2
    assert "create it yourself, or give these credentials s3:CreateBucket" in capsys.readouterr().err
    assert openai.calls == []
    assert typed("policy", "--create-bucket") == 0
    restrict(json.loads(capsys.readouterr().out))
    assert typed("run", place.batch_file) == 0
    assert "stays private" not in capsys.readouterr().err
    page = minio.store(place.bucket).list(keys.IMAGES).objects[0].key
    assert opens(f"{minio.endpoint}/{place.bucket}/{page}") is public
    assert len(openai.calls) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--command", "dance", "--bucket", "b"), "--command 'dance' needs no policy; give one of run, costs"),
        ((), "MINIO_BUCKET is not set; give --bucket NAME"),
    ],
)
def test_what_makes_no_policy_is_refused_in_words(
    given: tuple[str, ...], said: str, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("policy", *given) == 2
    assert said in capsys.readouterr().err


def test_the_worker_on_render_has_what_a_run_needs_and_no_more() -> None:
    deployed = Path(__file__).parents[3] / ".render/minio/worker-policy.json"
    assert json.loads(deployed.read_text()) == build(["run"], "imagegen")
