"""What only a folder of blobs promises: modes, names, and what killed writers left."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from pathlib import Path

import pytest

from hub import File
from hub.core.folder import Folder
from tests.integration.keeping import read

DATA = b"a paper"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> Folder:
    """An empty folder."""
    root = tmp_path / "blobs"
    root.mkdir(mode=0o700)
    return Folder(root)


def leftovers(blobs: Folder) -> list[Path]:
    """Temporary files."""
    return list(blobs.root.glob("**/.*"))


def test_a_blob_is_written_once_and_leaves_nothing_beside_it(blobs: Folder) -> None:
    blobs.put(DATA)
    before = blobs.path(SHA256).stat()
    blobs.put(DATA)
    blobs.put_part(File.of("a", "b", DATA))
    assert blobs.path(SHA256).stat() == before
    assert leftovers(blobs) == []


def test_a_blob_is_read_only_and_its_folder_ours(blobs: Folder) -> None:
    blobs.put(DATA)
    path = blobs.path(SHA256)
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o440, 0o700)


def test_a_finished_file_becomes_a_blob_by_its_name_alone(blobs: Folder, tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(DATA)
    inode = path.stat().st_ino
    blobs.put_path(path, SHA256)
    assert (blobs.path(SHA256).stat().st_ino, path.exists()) == (inode, False)
    assert stat.S_IMODE(blobs.path(SHA256).stat().st_mode) == 0o440


def test_a_finished_file_that_is_known_already_is_left_where_it_is(blobs: Folder, tmp_path: Path) -> None:
    blobs.put(DATA)
    path = tmp_path / "pack.zip"
    path.write_bytes(DATA)
    blobs.put_path(path, SHA256)
    assert path.exists()


def test_what_killed_writers_left_is_swept_when_it_is_old_enough(blobs: Folder) -> None:
    blobs.put(DATA)
    old, young, half_claimed = blobs.path(SHA256).parent / ".new-old", blobs.root / ".new-young", blobs.root / ".new-a"
    for path in (old, young, half_claimed):
        path.touch()
    os.utime(old, (1, 1))
    os.utime(half_claimed, (1, 1))
    blobs.sweep(time.time() - 60)
    assert [path.exists() for path in (old, young, half_claimed)] == [False, True, False]
    assert read(blobs, SHA256) == DATA


def test_what_goes_away_while_it_is_looked_at_is_no_error(blobs: Folder) -> None:
    """A link to nothing: it is listed, and not there, as a file that its writer has just renamed."""
    blobs.put(DATA)
    for name in (".new-renamed", "f" * 64):
        (blobs.path(SHA256).parent / name).symlink_to(blobs.root / "nothing")
    blobs.sweep(time.time() + 60)
    assert list(blobs) == [SHA256]
