"""The S3 store over a network that breaks: each upload and each read meets a fault that its seed decides."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from random import Random

import pytest

from storage import AccessDenied, Conditions, StoreMisconfigured, StoreUnavailable, Version, keys
from storage.s3 import store as s3
from storage.s3.store import S3Store
from tests.doubles.fault_proxy import PASSING, Fault, FaultProxy, Request, fault_proxy, seeded
from tests.doubles.s3_servers import S3Server

SEED = 20_261_123
ON_READS = (
    Fault.SERVER_ERROR,
    Fault.SLOW_DOWN,
    Fault.TRUNCATED,
    Fault.TRUNCATED_HEADERS,
    Fault.RESET_AFTER_COMMIT,
    Fault.STALL,
)
JPEG, JSON = "image/jpeg", "application/json"
CLAIM = keys.claim(sha256(b"swapped").hexdigest())
PATIENT = {"connect_timeout": 2.0, "read_timeout": 0.5}


def picture(number: int) -> tuple[str, bytes]:
    data = Random(number).randbytes(30_000)
    return keys.image(keys.content_hash(data)), data


@pytest.fixture
def network(seaweedfs: S3Server) -> Iterator[FaultProxy]:
    with fault_proxy(seaweedfs.endpoint) as proxy:
        yield proxy


@pytest.fixture
def direct(seaweedfs: S3Server, request: pytest.FixtureRequest) -> S3Store:
    """A store on the server itself, whose bucket is there and has the same name in every run, as seeds need it."""
    store = seaweedfs.store("faults-" + sha256(request.node.name.encode()).hexdigest()[:12])
    store.create(keys.original("0" * 64), b"makes the bucket", content_type=JPEG)
    return store


@pytest.fixture
def disturbed(seaweedfs: S3Server, network: FaultProxy, direct: S3Store) -> S3Store:
    """The same bucket through the proxy."""
    return seaweedfs.store(direct.location.removeprefix("s3://"), endpoint=network.url, **PATIENT)


def test_three_hundred_uploads_with_a_fault_in_each_are_all_stored_whole_and_once(
    network: FaultProxy, direct: S3Store, disturbed: S3Store
) -> None:
    network.schedule = seeded(SEED)
    pictures = [picture(number) for number in range(300)]

    def upload(item: tuple[str, bytes]) -> tuple[bool, bytes]:
        key, data = item
        return bool(disturbed.create(key, data, content_type=JPEG)), direct.get(key)

    with ThreadPoolExecutor(24) as pool:
        outcomes = list(pool.map(upload, pictures))
    assert [read for _, read in outcomes] == [data for _, data in pictures]
    assert all(created for created, _ in outcomes)
    writes = [e for e in network.exchanges if e.request.method == "PUT"]
    commits = Counter(e.request.path for e in writes if e.status == 200)
    assert len(commits) == 300
    assert set(commits.values()) == {1}
    assert {e.fault for e in writes if e.fault} == set(PASSING)
    assert sum(e.fault is not None for e in writes) == 300


def test_a_fault_in_each_read_still_gives_every_byte(network: FaultProxy, direct: S3Store, disturbed: S3Store) -> None:
    pictures = dict(picture(number) for number in range(40))
    for key, data in pictures.items():
        direct.create(key, data, content_type=JPEG)
    network.schedule = seeded(SEED, ON_READS, methods=("GET", "HEAD"), times=2)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(disturbed.get, pictures)) == list(pictures.values())
        assert [info.size for info in pool.map(disturbed.head, pictures)] == [30_000] * 40


@pytest.mark.parametrize("fault", ON_READS)
def test_a_listing_that_meets_a_fault_lacks_nothing(
    fault: Fault, network: FaultProxy, direct: S3Store, disturbed: S3Store
) -> None:
    network.schedule = seeded(SEED, [fault], methods=["GET"])
    assert len(direct.list("").objects) == 1
    assert disturbed.list("") == direct.list("")
    assert len(network.exchanges) == 2


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER_COMMIT, Fault.PRECONDITION_FAILED_AFTER_COMMIT])
def test_a_writer_whose_answer_was_lost_still_learns_that_it_won(
    fault: Fault, network: FaultProxy, disturbed: S3Store
) -> None:
    network.schedule = seeded(SEED, [fault])
    key, data = picture(1)
    assert disturbed.create(key, data, content_type=JPEG)
    assert not disturbed.create(key, data, content_type=JPEG)


def test_a_writer_with_the_same_bytes_does_not_take_another_ones_win_for_its_own(
    network: FaultProxy, direct: S3Store, disturbed: S3Store
) -> None:
    key, data = picture(2)
    assert direct.create(key, data, content_type=JPEG)
    network.schedule = seeded(SEED, [Fault.RESET_AFTER_COMMIT])
    assert not disturbed.create(key, data, content_type=JPEG)


@pytest.mark.parametrize("fault", [Fault.PRECONDITION_FAILED, Fault.PRECONDITION_FAILED_AFTER_COMMIT])
@pytest.mark.parametrize("faults", [1, 2])
def test_a_bucket_whose_creation_is_answered_with_nonsense_is_looked_at_again(
    fault: Fault, faults: int, seaweedfs: S3Server, network: FaultProxy
) -> None:
    store = seaweedfs.store(endpoint=network.url)
    bucket = store.location.removeprefix("s3://")
    network.schedule = lambda request: fault if request.path.strip("/") == bucket and request.number <= faults else None
    key, data = picture(15)
    assert store.create(key, data, content_type=JPEG)
    assert store.get(key) == data


def test_a_write_is_never_told_that_there_is_no_object(network: FaultProxy, disturbed: S3Store) -> None:
    network.schedule = seeded(SEED, [Fault.NOT_FOUND])
    key, data = picture(16)
    assert disturbed.create(key, data, content_type=JPEG)
    disturbed.replace(keys.claim("0" * 64), b"{}", content_type=JSON)
    assert [e.status for e in network.exchanges] == [None, 200, None, 200]


def test_a_failure_that_does_not_pass_is_given_up_and_nothing_is_reported_stored(
    network: FaultProxy, direct: S3Store, disturbed: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "ATTEMPTS", 3)  # six would take up to eight seconds
    network.schedule = seeded(SEED, [Fault.SLOW_DOWN], times=99)
    key, data = picture(3)
    with pytest.raises(StoreUnavailable, match=r"503 SlowDown .* gave up after 3 attempts"):
        disturbed.create(key, data, content_type=JPEG)
    assert len(network.exchanges) == 3
    assert direct.list(keys.IMAGES).objects == ()


def test_no_further_attempt_begins_once_patience_is_over(seaweedfs: S3Server, network: FaultProxy) -> None:
    network.schedule = seeded(SEED, [Fault.STALL], times=99)
    store = seaweedfs.store(endpoint=network.url, read_timeout=0.2, patience=0.1)
    with pytest.raises(StoreUnavailable, match=r"no answer in time.*gave up after 1 attempts"):
        store.create(*picture(4), content_type=JPEG)


def test_a_refused_permission_is_final_at_once(network: FaultProxy, disturbed: S3Store) -> None:
    network.schedule = seeded(SEED, [Fault.FORBIDDEN], times=99)
    with pytest.raises(AccessDenied, match="these credentials need s3:PutObject") as refused:
        disturbed.create(*picture(5), content_type=JPEG)
    assert disturbed.location.removeprefix("s3://") in str(refused.value)
    assert network.url in str(refused.value)
    assert len(network.exchanges) == 1


@pytest.mark.parametrize("change", ["access_key", "secret_key"])
def test_a_wrong_key_is_final_at_once_and_named(seaweedfs: S3Server, network: FaultProxy, change: str) -> None:
    store = seaweedfs.store(endpoint=network.url, **{change: "not-the-right-one"})
    with pytest.raises(AccessDenied, match=f"check MINIO_{change.upper()}") as refused:
        store.create(*picture(6), content_type=JPEG)
    assert "not-the-right-one" not in str(refused.value)
    assert seaweedfs.secret_key not in str(refused.value)
    assert len(network.exchanges) == 1


def test_a_bucket_that_may_not_be_created_is_named_with_the_missing_permission(
    seaweedfs: S3Server, network: FaultProxy
) -> None:
    store = seaweedfs.store("not-there-yet", endpoint=network.url)
    network.schedule = lambda request: Fault.FORBIDDEN if request.path.strip("/") == "not-there-yet" else None
    with pytest.raises(AccessDenied, match=r"'not-there-yet' at http://127.* create it yourself, .* s3:CreateBucket"):
        store.create(*picture(7), content_type=JPEG)


def test_an_endpoint_where_nothing_listens_is_unavailable(seaweedfs: S3Server) -> None:
    with fault_proxy(seaweedfs.endpoint) as proxy:
        gone = proxy.url
    with pytest.raises(StoreUnavailable, match=f"{gone} did not answer .*nothing listens there"):
        seaweedfs.store(endpoint=gone, patience=0).get(picture(8)[0])


def test_an_endpoint_that_speaks_no_tls_is_a_setting_to_mend(seaweedfs: S3Server) -> None:
    with pytest.raises(StoreMisconfigured, match="does not speak TLS"):
        seaweedfs.store(endpoint=seaweedfs.endpoint.replace("http:", "https:")).get(picture(9)[0])


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
    assert disturbed.conditions() == Conditions(create=False, replace=False)
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
        assert store.conditions() == found
        version = store.create(CLAIM, b"first", content_type=JSON)
        assert version
        assert not store.create(CLAIM, b"second", content_type=JSON)
        assert store.swap(CLAIM, b"third", version=version, content_type=JSON)
        assert not store.swap(CLAIM, b"fourth", version=version, content_type=JSON)
        assert store.get(CLAIM) == b"third"
        assert store.conditions() == found
        assert caplog.messages == [warning(store, network, ", ".join(dropped))]
        assert [info.key for info in store.list(keys.PROBES).objects] == [keys.CONDITIONS]


def test_what_was_found_of_a_server_is_known_to_the_next_process_by_one_read(
    seaweedfs: S3Server, network: FaultProxy
) -> None:
    bucket = seaweedfs.store().location.removeprefix("s3://")
    seaweedfs.store(bucket).conditions()
    assert seaweedfs.store(bucket, endpoint=network.url).conditions() == Conditions(create=True, replace=True)
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
    seaweedfs.store(bucket).conditions()
    record = json.loads(seaweedfs.store(bucket).get(keys.CONDITIONS))
    lie = {"create": False, "replace": False} | change
    seaweedfs.store(bucket).replace(keys.CONDITIONS, json.dumps(record | lie).encode(), content_type=JSON)
    assert seaweedfs.store(bucket).conditions() == Conditions(create=True, replace=True)


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"\xff"])
def test_an_unreadable_record_is_not_believed(data: bytes, seaweedfs: S3Server) -> None:
    bucket = seaweedfs.store().location.removeprefix("s3://")
    seaweedfs.store(bucket).replace(keys.CONDITIONS, data, content_type=JSON)
    assert seaweedfs.store(bucket).conditions() == Conditions(create=True, replace=True)


def test_credentials_that_may_not_write_probes_leave_conditions_unknown_and_work_as_before(
    network: FaultProxy, disturbed: S3Store, caplog: pytest.LogCaptureFixture
) -> None:
    network.schedule = lambda request: Fault.FORBIDDEN if f"/{keys.PROBES}" in request.path else None
    assert disturbed.conditions() == Conditions(create=True, replace=True)
    assert "it stays unknown" in caplog.text
    assert disturbed.create(*picture(14), content_type=JPEG)


def test_credentials_that_may_not_delete_find_conditions_out_all_the_same(
    network: FaultProxy, direct: S3Store, disturbed: S3Store, caplog: pytest.LogCaptureFixture
) -> None:
    network.schedule = lambda request: Fault.FORBIDDEN if request.method == "DELETE" else None
    assert disturbed.conditions() == Conditions(create=True, replace=True)
    assert caplog.messages == []
    assert direct.head(keys.CONDITIONS).size


def test_nothing_is_asked_before_the_first_write_but_the_write(network: FaultProxy, disturbed: S3Store) -> None:
    assert disturbed.create(*picture(13), content_type=JPEG)
    assert [e.request.method for e in network.exchanges] == ["PUT"]


def warning(store: S3Store, network: FaultProxy, named: str) -> str:
    place = f"bucket {store.location[5:]!r} at {network.url}"
    return f"{place} does not honour conditional writes ({named}): two runs at once may both pay for the same picture"
