"""The blob store: bytes by their SHA-256, whole or not at all, never written again."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import threading
import time
from pathlib import Path

import pytest

from hub import File
from hub.core.blobs import Blobs
from hub.errors import CorruptError
from tests.integration.far import PATIENCE

DATA = b"a paper"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    """An empty store."""
    root = tmp_path / "blobs"
    root.mkdir(mode=0o700)
    return Blobs(root)


def read(blobs: Blobs, sha256: str) -> bytes:
    """All bytes of a blob."""
    with blobs.open(sha256) as stream:
        return stream.read()


def leftovers(blobs: Blobs) -> list[Path]:
    """Temporary files."""
    return list(blobs.root.glob("**/.*"))


@pytest.mark.parametrize("data", [b"", b"x", os.urandom(3 << 20)], ids=["empty", "one byte", "3 MiB"])
def test_bytes_come_back_under_their_hash(blobs: Blobs, data: bytes) -> None:
    sha256 = blobs.put(data)
    part = File.of("part", "x", data)
    assert sha256 == hashlib.sha256(data).hexdigest() == blobs.put_part(part)
    assert read(blobs, sha256) == data
    assert (list(blobs), leftovers(blobs)) == ([sha256], [])


def test_a_blob_is_written_once(blobs: Blobs) -> None:
    blobs.put(DATA)
    before = blobs.path(SHA256).stat()
    blobs.put(DATA)
    blobs.put_part(File.of("a", "b", DATA))
    assert blobs.path(SHA256).stat() == before


def test_a_blob_is_read_only_and_its_folder_ours(blobs: Blobs) -> None:
    blobs.put(DATA)
    path = blobs.path(SHA256)
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o440, 0o700)


@pytest.mark.parametrize("damage", [b"", b"a paqer", DATA + b"!"])
def test_damaged_bytes_are_never_given(blobs: Blobs, damage: bytes) -> None:
    blobs.put(DATA)
    blobs.path(SHA256).chmod(0o600)
    blobs.path(SHA256).write_bytes(damage)
    with pytest.raises(CorruptError, match="changed"):
        blobs.open(SHA256)


def test_missing_bytes_are_named_with_what_to_do(blobs: Blobs) -> None:
    with pytest.raises(CorruptError, match="gone") as error:
        blobs.open(SHA256)
    assert "hub verify" in error.value.action


def test_bytes_that_come_again_heal_what_was_lost(blobs: Blobs) -> None:
    blobs.put(DATA)
    blobs.path(SHA256).unlink()
    blobs.put(DATA)
    assert read(blobs, SHA256) == DATA


@pytest.mark.parametrize(
    ("data", "size"), [(b"b paper", len(DATA)), (DATA, len(DATA) + 1)], ids=["other bytes", "other size"]
)
def test_a_part_that_is_not_what_it_says_is_not_kept(blobs: Blobs, data: bytes, size: int) -> None:
    with pytest.raises(CorruptError, match="not what"):
        blobs.put_part(File("p", "x", size, SHA256, lambda: io.BytesIO(data)))
    assert (list(blobs), leftovers(blobs)) == ([], [])


def test_a_part_whose_source_fails_leaves_no_blob(blobs: Blobs) -> None:
    class Torn(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input"):
        blobs.put_part(File("p", "x", 9, SHA256, Torn))
    assert list(blobs) == []


def test_many_threads_may_put_the_same_bytes_at_once(blobs: Blobs) -> None:
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
    assert (list(blobs), leftovers(blobs)) == ([answers[0]], [])
    assert read(blobs, answers[0]) == DATA * 1000


def test_a_finished_file_becomes_a_blob_by_its_name_alone(blobs: Blobs, tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(DATA)
    inode = path.stat().st_ino
    blobs.put_path(path, SHA256)
    assert (blobs.path(SHA256).stat().st_ino, path.exists()) == (inode, False)
    assert stat.S_IMODE(blobs.path(SHA256).stat().st_mode) == 0o440


def test_a_finished_file_that_is_known_already_is_left_where_it_is(blobs: Blobs, tmp_path: Path) -> None:
    blobs.put(DATA)
    path = tmp_path / "pack.zip"
    path.write_bytes(DATA)
    blobs.put_path(path, SHA256)
    assert path.exists()


def test_what_killed_writers_left_is_swept_when_it_is_old_enough(blobs: Blobs) -> None:
    blobs.put(DATA)
    folder = blobs.path(SHA256).parent
    old, young = folder / ".new-old", folder / ".new-young"
    old.touch()
    young.touch()
    os.utime(old, (1, 1))
    blobs.sweep(time.time() - 60)
    assert (old.exists(), young.exists(), read(blobs, SHA256)) == (False, True, DATA)
