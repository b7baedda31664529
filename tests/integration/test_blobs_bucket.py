"""What only a bucket can do to us: answers that are lost, refused, cut or damaged, and a store that is not there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from hub.app import blobs as places
from hub.app.blobs import blobs_of
from hub.config import Config, read_config
from hub.errors import CorruptError, HubError, TemporaryError, UsageError
from hub.testing import s3 as faults
from hub.testing.s3 import S3
from tests.integration.keeping import InBucket, read

DATA = os.urandom(100_000)
LARGE = os.urandom(9 << 20)  # sent and fetched in several parts
BOTH = pytest.mark.parametrize("data", [DATA, LARGE], ids=["small", "large"])


def told(error: HubError) -> tuple[int, str, bool]:
    """Exit code, code, and whether it says what to do."""
    return error.exit_code, error.code, bool(error.action)


@BOTH
@pytest.mark.parametrize("fault", [faults.SLOW_DOWN, faults.BROKEN, faults.CUT_BEFORE, faults.LOSE_ANSWER])
def test_a_put_that_failed_or_got_no_answer_is_repeated(s3: S3, bucket: InBucket, data: bytes, fault: str) -> None:
    blobs = bucket.opened()
    s3.fail("PUT", fault, times=2)
    sha256 = blobs.put(data)
    assert s3.heal() == 2
    assert read(bucket.opened(), sha256) == data


@BOTH
@pytest.mark.parametrize("fault", [faults.SLOW_DOWN, faults.BROKEN, faults.CUT_BEFORE, faults.HALF])
def test_a_get_that_failed_or_was_cut_in_the_middle_is_repeated(
    s3: S3, bucket: InBucket, data: bytes, fault: str
) -> None:
    sha256 = bucket.opened().put(data)
    s3.fail("GET", fault, times=2)
    assert read(bucket.opened(), sha256) == data
    assert s3.heal() == 2


@BOTH
def test_a_bit_that_the_line_turned_is_seen_and_the_bytes_are_fetched_again(
    s3: S3, bucket: InBucket, data: bytes
) -> None:
    sha256 = bucket.opened().put(data)
    s3.fail("GET", faults.FLIP, times=1)
    assert read(bucket.opened(), sha256) == data
    assert s3.heal() == 1


def test_a_bit_that_is_wrong_each_time_is_no_fault_of_the_line(s3: S3, bucket: InBucket) -> None:
    sha256 = bucket.opened().put(DATA)
    s3.fail("GET", faults.FLIP)
    with pytest.raises(CorruptError, match="not what was stored"):
        bucket.opened().open(sha256)


@pytest.mark.parametrize("fault", [faults.SLOW_DOWN, faults.CUT_BEFORE])
def test_a_store_that_never_answers_well_is_a_temporary_error(
    s3: S3, bucket: InBucket, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(places)["_RETRY"], "max_retries", 1)
    sha256 = bucket.opened().put(DATA)
    s3.fail("*", fault)
    for use in (
        lambda: bucket.opened().put(b"x"),
        lambda: bucket.opened().open(sha256),
        lambda: sha256 in bucket.opened(),
        lambda: list(bucket.opened()),
        lambda: bucket.opened().claim("we"),
    ):
        with pytest.raises(TemporaryError) as error:
            use()
        assert told(error.value) == (3, "blobs_unreachable", True)


def test_a_store_that_refuses_us_is_wrong_at_the_start_and_temporary_later(s3: S3, bucket: InBucket) -> None:
    s3.fail("*", faults.FORBIDDEN)
    with pytest.raises(UsageError) as error:
        bucket.opened().claim("we")
    assert told(error.value) == (2, "blobs_refused", True)
    with pytest.raises(TemporaryError) as later:
        bucket.opened().put(b"x")
    assert told(later.value) == (3, "blobs_refused", True)


def test_a_bucket_that_is_not_there_is_wrong_at_the_start(bucket: InBucket) -> None:
    missing = blobs_of(Config(home=bucket.home, blobs="s3://nowhere"))
    with pytest.raises(UsageError) as error:
        missing.claim("we")
    assert told(error.value) == (2, "blobs_missing", True)
    with pytest.raises(TemporaryError):
        missing.open("0" * 64)


def test_an_error_names_neither_credentials_nor_keys(s3: S3, bucket: InBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "CANARYID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "CANARYSECRET")
    s3.fail("*", faults.FORBIDDEN)
    with pytest.raises(TemporaryError) as error:
        bucket.opened().put(DATA)
    assert "CANARY" not in f"{error.value} {error.value.action}"
    assert error.value.message == f"the object store failed PUT at http://127.0.0.1:{s3.port}: SignatureDoesNotMatch"


def test_many_blobs_are_listed_by_pages(bucket: InBucket) -> None:
    blobs = bucket.opened()
    kept = {blobs.put(f"blob {n}".encode()) for n in range(1010)}
    assert set(bucket.opened()) == kept
    blobs.remove(sorted(kept))
    assert list(bucket.opened()) == []


def test_what_was_fetched_once_is_at_hand(s3: S3, bucket: InBucket) -> None:
    sha256 = bucket.opened().put(DATA)
    blobs = bucket.opened()
    assert read(blobs, sha256) == DATA
    s3.fail("*", faults.CUT_BEFORE)
    assert read(blobs, sha256) == DATA
    assert s3.heal() == 0


def test_nothing_that_was_spooled_lies_about(bucket: InBucket) -> None:
    blobs = bucket.opened()
    sha256 = blobs.put(LARGE)
    with blobs.open(sha256) as stream:
        assert stream.read(1) == LARGE[:1]
        assert list(blobs.scratch.iterdir()) == []


# -- the address --


@pytest.mark.parametrize(
    "address", ["s3://", "s3:bucket", "ftp://bucket", "/a/folder", "s3://key:secret@bucket", "s3://b?x=1", "file://h/x"]
)
def test_an_address_that_is_none_is_named_at_the_start(own_home: Path, address: str) -> None:
    with pytest.raises(UsageError, match="HUB_BLOBS"):
        read_config({"HUB_HOME": str(own_home), "HUB_BLOBS": address})


@pytest.mark.parametrize("address", ["s3://bucket/some/prefix", "gs://bucket/prefix", "file:///srv/papers"])
def test_a_place_is_made_of_its_address_without_asking_anybody(
    own_home: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert blobs_of(Config(home=own_home, blobs=address)).scratch.is_absolute()


def test_plain_http_is_for_networks_that_are_allowed(bucket: InBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_ALLOW_NETWORKS", "")
    with pytest.raises(UsageError, match="use https") as error:
        bucket.opened()
    assert told(error.value) == (2, "bad_configuration", True)


def test_without_the_extra_it_is_named(bucket: InBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "hub.core.objects", raising=False)
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(UsageError, match="extra `objects`") as error:
        bucket.opened()
    assert "bookkeeper-hub[objects]" in error.value.action
