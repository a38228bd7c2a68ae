"""The lifecycle rules and the backup of docs/stores.md, on a real MinIO."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagegen.library.copy import copy
from imagegen.library.removal.delete import remove
from imagegen.library.removal.prune import plan_pruning
from imagegen.library.verify import verify
from imagegen.making.runtime import Runtime
from imagegen.settings import Settings
from storage import Store, keys
from storage.directory import DirectoryStore
from tests.doubles import s3_servers
from tests.doubles.provider.openai_server import OpenAIServer
from tests.doubles.render.local_runs import LOOK, run_batch, runtime_in
from tests.doubles.s3_servers import S3Server
from tests.library.removal.stores import DAY, NOW
from tests.workflows.conftest import openai

__all__ = ["openai"]
PAGE = Path(__file__).parents[3] / "docs/stores.md"


@pytest.fixture(scope="module")
def minio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    if reason := s3_servers.no_minio():
        pytest.skip(reason)
    with s3_servers.minio(tmp_path_factory.mktemp("minio")) as server:
        yield server


def read_rules() -> dict[str, Any]:
    """The rules on the page."""
    found = re.search(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    rules: dict[str, Any] = json.loads(found[1])
    return rules


def test_no_rule_removes_what_must_never_expire() -> None:
    prefixes = {rule["Filter"]["Prefix"] for rule in read_rules()["Rules"]}
    assert prefixes == {keys.ORIGINALS, keys.REJECTED, keys.PROBES}


def test_every_space_is_in_the_table_of_what_may_expire() -> None:
    table = PAGE.read_text().partition("| Prefix | May expire |")[2].partition("\n\n")[0]
    assert all(f"`{space}`" in table for space in keys.SPACES)


def test_a_server_takes_the_rules(minio: S3Server) -> None:
    client, rules = minio.store()._connect(), read_rules()
    client.create_bucket(Bucket="test-lifecycle")
    client.put_bucket_lifecycle_configuration(Bucket="test-lifecycle", LifecycleConfiguration=rules)  # type: ignore[arg-type]
    taken = client.get_bucket_lifecycle_configuration(Bucket="test-lifecycle")["Rules"]
    assert [(one["ID"], one["Filter"]["Prefix"], one["Expiration"]["Days"]) for one in taken] == [
        (one["ID"], one["Filter"]["Prefix"], one["Expiration"]["Days"]) for one in rules["Rules"]
    ]


def rerun(place: Runtime) -> None:
    again = run_batch(place, ["a", "b"], ["gpt-image-2"], *LOOK)
    assert (again.status, again.summary.reused) == ("complete", 2)


def prune(store: Store) -> None:
    """Prune two days from now."""
    planned = plan_pruning(store, now=NOW + 2 * DAY)
    assert any(one.objects for one in planned.removals)
    assert remove(store, *planned.removals) == {}


def test_a_backup_is_whole_and_comes_back_and_a_rerun_asks_nobody_before_and_after_a_pruning(
    minio: S3Server, openai: OpenAIServer, tmp_path: Path
) -> None:
    given = {f"minio_{name}": value for name, value in minio.settings.items()}
    first, restored = (Settings(**given, store=f"s3://test-{name}", openai_api_key="sk") for name in ("one", "two"))
    here, back = (Runtime(one, minute=0.001, alone=0.0, patience=0.001) for one in (first, restored))
    run_batch(here, ["a", "b"], ["gpt-image-2"], *LOOK)
    backup = DirectoryStore(tmp_path / "backup")
    for store, other in ((here.store, backup), (backup, back.store)):
        assert copy(store, other, None).left == {}
        assert verify(other).findings == ()
    rerun(back)
    rerun(runtime_in(tmp_path / "backup"))
    for store in (backup, back.store):
        prune(store)
        assert verify(store).findings == ()
    rerun(back)
    rerun(runtime_in(tmp_path / "backup"))
    third = DirectoryStore(tmp_path / "third")
    assert copy(back.store, third, None).left == {}
    rerun(runtime_in(tmp_path / "third"))
    assert {found.key for found in backup.list(keys.SPENDING).objects} <= {
        found.key for found in third.list(keys.SPENDING).objects
    }
    assert len(openai.calls) == 2
