"""Swaps over a network that breaks, and servers that refuse or ignore conditions."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage import Conditions, Version, keys
from storage.s3.store import S3Store
from tests.doubles.fault_proxy import PASSING, Fault, FaultProxy, Request, fault_proxy, seeded
from tests.doubles.s3_servers import S3Server
from tests.storage.s3.conftest import CLAIM, JPEG, JSON, SEED, picture


def test_three_hundred_swaps_with_a_fault_in_each_all_take_effect_once(
    network: FaultProxy, direct: S3Store, disturbed: S3Store
) -> None:
    names = [keys.claim(f"{number:064x}") for number in range(300)]
    with ThreadPoolExecutor(24) as pool:
        versions = list(pool.map(lambda key: direct.create(key, b"old", content_type=JSON), names))
        network.schedule = seeded(SEED)

        def swap(key: str, version: Version | None) -> tuple[bool, bool]:
            assert version
            new = disturbed.swap(key, key.encode(), version=version, content_type=JSON)
            read = direct.read(key)
            return read.data == key.encode(), read.version == new

        outcomes = list(pool.map(swap, names, versions))
    assert outcomes == [(True, True)] * 300
    writes = [e for e in network.exchanges if e.request.method == "PUT"]
    assert set(Counter(e.request.path for e in writes if e.status == 200).values()) == {1}
    assert {e.fault for e in writes if e.fault} == set(PASSING)


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER_COMMIT, Fault.PRECONDITION_FAILED_AFTER_COMMIT])
def test_a_swap_whose_answer_was_lost_is_told_from_a_lost_race(
    fault: Fault, network: FaultProxy, direct: S3Store, disturbed: S3Store
) -> None:
    version = direct.create(CLAIM, b"old", content_type=JSON)
    assert version
    network.schedule = seeded(SEED, [fault])
    assert disturbed.swap(CLAIM, b"new", version=version, content_type=JSON) == direct.read(CLAIM).version
    network.schedule = lambda request: fault if request.number == 3 else None
    assert disturbed.swap(CLAIM, b"newer", version=version, content_type=JSON) is None
    assert direct.get(CLAIM) == b"new"


def test_a_swapper_with_the_same_bytes_does_not_take_another_ones_win_for_its_own(
    network: FaultProxy, direct: S3Store, disturbed: S3Store
) -> None:
    version = direct.create(CLAIM, b"old", content_type=JSON)
    assert version
    assert direct.swap(CLAIM, b"new", version=version, content_type=JSON)
    network.schedule = seeded(SEED, [Fault.RESET_AFTER_COMMIT])
    assert disturbed.swap(CLAIM, b"new", version=version, content_type=JSON) is None


@pytest.mark.parametrize("fault", [Fault.PRECONDITION_FAILED, Fault.NOT_FOUND])
def test_a_swap_is_not_lost_to_a_refusal_that_is_not_so(
    fault: Fault, network: FaultProxy, direct: S3Store, disturbed: S3Store
) -> None:
    version = direct.create(CLAIM, b"old", content_type=JSON)
    assert version
    network.schedule = seeded(SEED, [fault])
    assert disturbed.swap(CLAIM, b"new", version=version, content_type=JSON)
    assert direct.get(CLAIM) == b"new"


def refused(request: Request) -> Fault | None:
    return Fault.NOT_IMPLEMENTED if {"if-none-match", "if-match"} & request.headers.keys() else None


def test_a_server_that_refuses_conditions_is_looked_at_before_each_write(
    network: FaultProxy, disturbed: S3Store, caplog: pytest.LogCaptureFixture
) -> None:
    network.schedule = refused
    first, second = picture(10), picture(11)
    assert disturbed.create(*first, content_type=JPEG)
    assert disturbed.create(*second, content_type=JPEG)
    assert not disturbed.create(*second, content_type=JPEG)
    methods = [e.request.method for e in network.exchanges]
    assert methods == ["PUT", "HEAD", "PUT", "HEAD", "PUT", "HEAD"]
    version = disturbed.create(CLAIM, b"old", content_type=JSON)
    assert version
    assert disturbed.swap(CLAIM, b"new", version=version, content_type=JSON)
    assert disturbed.swap(CLAIM, b"newer", version=version, content_type=JSON) is None
    assert disturbed.get(CLAIM) == b"new"
    assert disturbed.find_conditions() == Conditions(create=False, replace=False)
    assert caplog.messages == [warning(disturbed, network, "If-None-Match")]


@pytest.mark.parametrize(
    ("dropped", "found"),
    [
        (["If-None-Match", "If-Match"], Conditions(create=False, replace=False)),
        (["If-None-Match"], Conditions(create=False, replace=True)),
        (["If-Match"], Conditions(create=True, replace=False)),
    ],
)
def test_a_server_that_ignores_conditions_is_found_out_once_and_overwrites_nothing_after(
    dropped: list[str], found: Conditions, moto: S3Server, caplog: pytest.LogCaptureFixture
) -> None:
    with fault_proxy(moto.endpoint, stripped=dropped) as network:
        store = moto.store(endpoint=network.url)
        assert store.find_conditions() == found
        version = store.create(CLAIM, b"first", content_type=JSON)
        assert version
        assert not store.create(CLAIM, b"second", content_type=JSON)
        assert store.swap(CLAIM, b"third", version=version, content_type=JSON)
        assert not store.swap(CLAIM, b"fourth", version=version, content_type=JSON)
        assert store.get(CLAIM) == b"third"
        assert store.find_conditions() == found
        assert caplog.messages == [warning(store, network, ", ".join(dropped))]
        assert [info.key for info in store.list(keys.PROBES).objects] == [keys.CONDITIONS]


def test_what_was_found_of_a_server_is_known_to_the_next_process_by_one_read(
    seaweedfs: S3Server, network: FaultProxy
) -> None:
    bucket = seaweedfs.store().location.removeprefix("s3://")
    seaweedfs.store(bucket).find_conditions()
    assert seaweedfs.store(bucket, endpoint=network.url).find_conditions() == Conditions(create=True, replace=True)
    assert [(e.request.method, e.status) for e in network.exchanges] == [("GET", 200)]


@pytest.mark.parametrize(
    "change",
    [
        {"server": "another"},
        {"found_at": "2020-01-01T00:00:00+00:00"},
        {"found_at": "2020-01-01T00:00:00"},
        {"found_at": 1},
        {"create": "no"},
        {"create": []},
    ],
)
def test_a_record_of_another_server_an_old_one_or_none_at_all_is_not_believed(
    change: dict[str, object], seaweedfs: S3Server
) -> None:
    bucket = seaweedfs.store().location.removeprefix("s3://")
    seaweedfs.store(bucket).find_conditions()
    record = json.loads(seaweedfs.store(bucket).get(keys.CONDITIONS))
    lie = {"create": False, "replace": False} | change
    seaweedfs.store(bucket).replace(keys.CONDITIONS, json.dumps(record | lie).encode(), content_type=JSON)
    assert seaweedfs.store(bucket).find_conditions() == Conditions(create=True, replace=True)


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"\xff"])
def test_an_unreadable_record_is_not_believed(data: bytes, seaweedfs: S3Server) -> None:
    bucket = seaweedfs.store().location.removeprefix("s3://")
    seaweedfs.store(bucket).replace(keys.CONDITIONS, data, content_type=JSON)
    assert seaweedfs.store(bucket).find_conditions() == Conditions(create=True, replace=True)


def test_credentials_that_may_not_write_probes_leave_conditions_unknown_and_work_as_before(
    network: FaultProxy, disturbed: S3Store, caplog: pytest.LogCaptureFixture
) -> None:
    network.schedule = lambda request: Fault.FORBIDDEN if f"/{keys.PROBES}" in request.path else None
    assert disturbed.find_conditions() == Conditions(create=True, replace=True)
    assert "could not find out" in caplog.text
    assert disturbed.create(*picture(14), content_type=JPEG)


def test_credentials_that_may_not_delete_find_conditions_out_all_the_same(
    network: FaultProxy, direct: S3Store, disturbed: S3Store, caplog: pytest.LogCaptureFixture
) -> None:
    network.schedule = lambda request: Fault.FORBIDDEN if request.method == "DELETE" else None
    assert disturbed.find_conditions() == Conditions(create=True, replace=True)
    assert caplog.messages == []
    assert direct.head(keys.CONDITIONS).size


def test_nothing_is_asked_before_the_first_write_but_the_write(network: FaultProxy, disturbed: S3Store) -> None:
    assert disturbed.create(*picture(13), content_type=JPEG)
    assert [e.request.method for e in network.exchanges] == ["PUT"]


def warning(store: S3Store, network: FaultProxy, named: str) -> str:
    place = f"bucket {store.location[5:]!r} at {network.url}"
    return f"{place} does not honour conditional writes ({named}): two runs at once may both pay for the same picture"
