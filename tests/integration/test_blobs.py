"""The blob store, in a folder and in a bucket: bytes by their SHA-256, whole or not at all, checked at every read."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from pathlib import Path

import pytest

from hub import File
from hub.core.blobs import Blobs
from hub.errors import CorruptError
from tests.integration.far import PATIENCE
from tests.integration.keeping import OnDisk, Place, read

DATA = b"a paper"
SHA256 = hashlib.sha256(DATA).hexdigest()
BIG = os.urandom(20 << 20)  # more than one part of an upload


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where bytes are kept."""
    if request.param == "folder":
        return OnDisk(tmp_path / "blobs")
    found: Place = request.getfixturevalue("bucket")
    return found


@pytest.fixture
def blobs(place: Place) -> Blobs:
    """An empty store."""
    return place.opened()


@pytest.mark.parametrize("data", [b"", b"x", os.urandom(3 << 20), BIG], ids=["empty", "one byte", "3 MiB", "20 MiB"])
def test_bytes_come_back_under_their_hash(place: Place, data: bytes) -> None:
    sha256 = place.opened().put(data)
    part = File.of("part", "x", data)
    assert sha256 == hashlib.sha256(data).hexdigest() == place.opened().put_part(part)
    assert read(place.opened(), sha256) == data
    assert [(one.sha256, one.size) for one in place.opened().listed()] == [(sha256, len(data))]
    assert sha256 in place.opened()


def test_several_read_the_same_bytes_at_once_each_at_its_own_place(blobs: Blobs) -> None:
    sha256 = blobs.put(BIG)
    with blobs.open(sha256) as one, blobs.open(sha256) as other:
        assert one.read(5) == other.read(5) == BIG[:5]
        one.seek(-3, os.SEEK_END)
        assert (one.read(), other.read()) == (BIG[-3:], BIG[5:])


@pytest.mark.parametrize("damage", [b"", b"a paqer", DATA + b"!"])
def test_damaged_bytes_are_never_given(place: Place, damage: bytes) -> None:
    place.opened().put(DATA)
    place.change(SHA256, damage)
    with pytest.raises(CorruptError, match="not what was stored"):
        place.opened().open(SHA256)


def test_a_check_looks_at_what_is_stored_whatever_is_at_hand(place: Place, blobs: Blobs) -> None:
    blobs.put(DATA)
    assert read(blobs, SHA256) == DATA
    blobs.check(SHA256)
    place.change(SHA256, b"b paper")
    with pytest.raises(CorruptError, match="not what was stored"):
        blobs.check(SHA256)


def test_missing_bytes_are_named_with_what_to_do(blobs: Blobs) -> None:
    with pytest.raises(CorruptError, match="gone") as error:
        blobs.open(SHA256)
    assert "hub verify" in error.value.action
    assert SHA256 not in blobs


def test_bytes_that_come_again_heal_what_was_lost(place: Place) -> None:
    place.opened().put(DATA)
    place.change(SHA256, None)
    place.opened().put(DATA)
    assert read(place.opened(), SHA256) == DATA


@pytest.mark.parametrize("known", [DATA, BIG], ids=["small", "big"])
@pytest.mark.parametrize("wrong", ["bytes", "size"])
def test_a_part_that_is_not_what_it_says_is_not_kept(blobs: Blobs, known: bytes, wrong: str) -> None:
    said = File.of("p", "x", known)
    data, size = (b"b" + known[1:], len(known)) if wrong == "bytes" else (known, len(known) + 1)
    with pytest.raises(CorruptError, match="not what"):
        blobs.put_part(File("p", "x", size, said.sha256, lambda: io.BytesIO(data)))
    assert list(blobs) == []


def test_a_part_whose_source_fails_leaves_no_blob(blobs: Blobs) -> None:
    class Torn(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input"):
        blobs.put_part(File("p", "x", 9, SHA256, Torn))
    assert list(blobs) == []


def test_all_are_kept_at_once_whatever_they_are(place: Place, blobs: Blobs) -> None:
    many = [f"paper {n}".encode() for n in range(30)]
    parts = [File.of("p", "x", data) for data in (BIG, DATA)]
    names = blobs.put_all([*many, *parts, many[0]])
    assert names == [hashlib.sha256(data).hexdigest() for data in (*many, BIG, DATA, many[0])]
    assert set(place.opened()) == set(names)


def test_of_all_that_are_kept_at_once_one_that_is_wrong_is_told(blobs: Blobs) -> None:
    wrong = File("p", "x", len(DATA), SHA256, lambda: io.BytesIO(b"b paper"))
    with pytest.raises(CorruptError, match="not what"):
        blobs.put_all([b"good", wrong, b"good too"])
    assert SHA256 not in blobs


def test_many_threads_may_put_the_same_bytes_at_once(place: Place, blobs: Blobs) -> None:
    start, answers = threading.Barrier(20), list[str]()

    def put() -> None:
        start.wait(PATIENCE)
        answers.append(blobs.put(DATA * 1000))

    threads = [threading.Thread(target=put) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(answers) == 20
    assert list(blobs) == [answers[0]]
    assert read(place.opened(), answers[0]) == DATA * 1000


def test_a_finished_file_becomes_a_blob(place: Place, blobs: Blobs) -> None:
    for data in (DATA, BIG):
        path = blobs.scratch / "pack.zip"
        path.write_bytes(data)
        sha256 = hashlib.sha256(data).hexdigest()
        blobs.put_path(path, sha256)
        assert read(place.opened(), sha256) == data


def test_what_is_removed_is_gone_and_what_is_not_there_is_no_error(place: Place, blobs: Blobs) -> None:
    kept, dropped = blobs.put(b"kept"), blobs.put(b"dropped")
    blobs.remove([dropped, SHA256])
    assert list(place.opened()) == [kept]
    with pytest.raises(CorruptError, match="gone"):
        blobs.open(dropped)
    assert dropped not in blobs


def test_the_first_hub_that_names_itself_has_the_place_for_ever(place: Place) -> None:
    assert place.opened().claim("we") == "we"
    assert place.opened().claim("we") == place.opened().claim("others") == "we"
    assert list(place.opened()) == [], "the name of the owner is no blob"


def test_of_many_hubs_that_name_themselves_at_once_one_has_the_place(place: Place) -> None:
    start, answers = threading.Barrier(8), list[str]()

    def claim(owner: str) -> None:
        start.wait(PATIENCE)
        answers.append(place.opened().claim(owner))

    threads = [threading.Thread(target=claim, args=(f"hub-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert (len(answers), len(set(answers))) == (8, 1)
