"""The S3 store over a network that breaks: each upload and each read meets a fault that its seed decides."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage import AccessDenied, StoreMisconfigured, StoreUnavailable, keys
from storage.s3 import store as s3
from storage.s3.store import S3Store
from tests.doubles.fault_proxy import PASSING, Fault, FaultProxy, fault_proxy, seeded
from tests.doubles.s3_servers import S3Server
from tests.storage.s3.conftest import JPEG, JSON, ON_READS, SEED, picture


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
    assert len(network.exchanges) >= 2  # the fault, and one that works; a busy server may need another


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


def test_an_endpoint_that_speaks_no_tls_is_a_setting_to_fix(seaweedfs: S3Server) -> None:
    with pytest.raises(StoreMisconfigured, match="does not speak TLS"):
        seaweedfs.store(endpoint=seaweedfs.endpoint.replace("http:", "https:")).get(picture(9)[0])
