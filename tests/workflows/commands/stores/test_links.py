"""Links that live, and plain words where they die: in a plan, a result, a summary and the doctor's findings."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from imagegen.library import doctor
from imagegen.making.runtime import Runtime
from imagegen.settings import Settings, from_environment
from storage import keys
from tests.doubles import s3_servers
from tests.doubles.batches import jpeg
from tests.doubles.render.local_runs import LOOK
from tests.doubles.s3_servers import S3Server
from workflows import cli

WORDS = "for links that last set MINIO_PUBLIC_READ=true before the bucket is made, or MINIO_PUBLIC_BASE_URL"


@pytest.fixture(scope="module", params=["moto", pytest.param("seaweedfs", marks=pytest.mark.slow), "minio"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    if request.param == "moto":
        with s3_servers.moto() as found:
            yield found
    elif request.param == "minio":
        if reason := s3_servers.no_minio():
            pytest.skip(reason)
        with s3_servers.minio(tmp_path_factory.mktemp("minio")) as found:
            yield found
    else:
        program = s3_servers.weed()
        if program is None:
            pytest.skip("no SeaweedFS")
        with s3_servers.seaweedfs(program, tmp_path_factory.mktemp("seaweedfs")) as found:
            yield found


@pytest.fixture
def bucket(server: S3Server, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    name = server.store().location.removeprefix("s3://")
    for setting, value in (server.settings | {"bucket": name}).items():
        monkeypatch.setenv(f"MINIO_{setting.upper()}", value)
    return name


@pytest.fixture
def batch_file(tmp_path: Path) -> Path:
    path = tmp_path / "batch.json"
    path.write_text(json.dumps([["a"], ["gpt-image-2"], *LOOK]))
    return path


def typed(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["imagegen", *arguments])
    with pytest.raises(SystemExit):
        cli.main()


def test_with_public_read_alone_every_link_of_a_result_opens_for_everybody_and_lasts(
    server: S3Server,
    bucket: str,
    batch_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MINIO_PUBLIC_READ", "true")
    typed(monkeypatch, "run", str(batch_file), "--offline", "--json")
    said = capsys.readouterr()
    result = json.loads(said.out)
    leaf = result["images"][0][0]
    links = {picture["key"]: picture["url"] for picture in (leaf["image"], leaf["thumbnail"])}
    links[result["gallery_key"]] = result["gallery_url"]
    assert links == {key: f"{server.endpoint}/{bucket}/{key}" for key in links}
    for url in links.values():
        with urlopen(url) as answer:
            assert answer.status == 200
    assert result["links_expire_at"] == ""
    assert WORDS not in said.err
    assert "do not open" not in said.err
    assert f"Gallery:  {result['gallery_url']}" in said.err


def test_what_is_not_public_keeps_its_signed_link(server: S3Server) -> None:
    store = server.store(public_read=True)
    for key in (keys.original("1" * 64), keys.manifest("1" * 16), keys.result("1" * 64)):
        assert "X-Amz-Signature" in store.url(key)


def test_a_base_url_goes_before_the_servers_own_address(server: S3Server) -> None:
    store = server.store(public_read=True, public_base_url="https://cdn.example.com/p/")
    assert store.url(keys.image("1" * 64)) == f"https://cdn.example.com/p/{keys.image('1' * 64)}"


def test_where_links_die_plan_result_and_summary_say_so_once_and_what_to_do(
    bucket: str, batch_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "plan", str(batch_file), "--offline")
    assert capsys.readouterr().out.count(WORDS) == 1
    typed(monkeypatch, "plan", str(batch_file), "--offline", "--json")
    planned = json.loads(capsys.readouterr().out)
    assert planned["links_expire_at"] > "20"
    typed(monkeypatch, "run", str(batch_file), "--offline", "--json")
    said = capsys.readouterr()
    assert said.err.count(WORDS) == 1
    result = json.loads(said.out)
    assert result["links_expire_at"][:10] >= planned["links_expire_at"][:10]
    stored = json.loads(Runtime(from_environment()).store.get(result["manifest_key"]))
    assert stored["links_expire_at"] == ""


def test_links_that_should_last_and_do_not_open_are_named_with_the_way_out(
    server: S3Server,
    bucket: str,
    batch_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.store(bucket).create(keys.original("1" * 64), b"made private", content_type="image/png")
    monkeypatch.setenv("MINIO_PUBLIC_READ", "true")
    typed(monkeypatch, "run", str(batch_file), "--offline")
    said = capsys.readouterr().err
    assert "Links that should last do not open" in said
    assert "answers 403: it is private. MINIO_PUBLIC_READ opens a bucket only when imagegen" in said


@pytest.mark.parametrize(("opened", "closed"), [("batches", "images/"), ("images", "index.html")])
def test_a_bucket_whose_pages_or_pictures_alone_are_open_is_told(
    opened: str,
    closed: str,
    server: S3Server,
    bucket: str,
    batch_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store = server.store(bucket)
    store.create(keys.original("1" * 64), b"made private", content_type="image/png")
    resource = f"arn:aws:s3:::{bucket}/{opened}/*"
    statement = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"], "Resource": [resource]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    store._get_client().put_bucket_policy(Bucket=bucket, Policy=policy)
    monkeypatch.setenv("MINIO_PUBLIC_READ", "true")
    typed(monkeypatch, "run", str(batch_file), "--offline")
    (told,) = [line for line in capsys.readouterr().err.splitlines() if "do not open" in line]
    assert closed in told.split(" answers 403: it is private")[0]


def find_permanent(server: S3Server, bucket: str, **changes: object) -> list[tuple[str, str]]:
    given: dict[str, object] = {f"minio_{name}": value for name, value in server.settings.items()}
    settings = Settings(**(given | {"minio_bucket": bucket} | changes))  # type: ignore[arg-type]
    found = doctor.diagnose(settings, lambda: Runtime(settings).store)
    return [(one.level, one.message) for one in found.checks if one.name == "permanent link"]


@pytest.mark.parametrize("stored", [True, False], ids=["a stored picture", "a picture for the moment"])
def test_the_doctor_opens_a_permanent_link_without_credentials(stored: bool, server: S3Server, bucket: str) -> None:
    store = server.store(bucket, public_read=True)
    store.create(keys.original("1" * 64), b"", content_type="image/png")
    if stored:
        data = jpeg("1" * 64, (40, 21))
        store.create(keys.image(keys.content_hash(data)), data, content_type="image/jpeg")
    before = [info.key for info in store.list("").objects]
    ((level, message),) = find_permanent(server, bucket, minio_public_read=True)
    assert (level, message.split(" on this")[0]) == ("ok", "a picture's link opens without credentials")
    assert [info.key for info in store.list("").objects] == before
    own = f"{server.endpoint}/{bucket}"
    assert [level for level, _ in find_permanent(server, bucket, minio_public_base_url=own)] == ["ok"]


def test_the_doctor_sees_that_a_permanent_link_opens_something_else(server: S3Server, bucket: str) -> None:
    own, other = server.store(bucket), server.store(public_read=True)
    data = jpeg("1" * 64, (40, 21))
    key = keys.image(keys.content_hash(data))
    own.create(key, data, content_type="image/jpeg")
    other.create(key, b"a page to log in", content_type="image/jpeg")
    elsewhere = f"{server.endpoint}/{other.location.removeprefix('s3://')}"
    ((level, message),) = find_permanent(server, bucket, minio_public_base_url=elsewhere)
    assert (level, "opens something else: check MINIO_PUBLIC_BASE_URL" in message) == ("fail", True)


def test_the_doctor_says_why_a_permanent_link_does_not_open(server: S3Server, bucket: str) -> None:
    server.store(bucket).create(keys.original("1" * 64), b"", content_type="image/png")
    ((level, message),) = find_permanent(server, bucket, minio_public_read=True)
    assert level == "fail"
    assert "answers 403: it is private" in message
    ((level, message),) = find_permanent(server, bucket, minio_public_base_url="http://127.0.0.1:9/pictures")
    assert level == "fail"
    assert "does not open" in message
    assert find_permanent(server, bucket) == []
