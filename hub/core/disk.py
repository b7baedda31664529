"""Files written so that they survive: whole or not at all, and synced with the folder that names them."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, TypeVar

from hub.errors import DiskError, TemporaryError
from hub.failpoints import hit

T = TypeVar("T")

_FULL = {errno.ENOSPC, errno.EDQUOT}


def write_file(path: Path, write: Callable[[BinaryIO], T]) -> T:
    """Write a file whole or not at all: beside its place, synced, then renamed over what was there.

    Gives what `write` gives; mode 0600. A failure leaves nothing, a crash at most a hidden `.part-*`.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            result = write(stream)
            stream.flush()
            sync(stream.fileno())
        hit("export.before_rename")
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return result


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def sync(descriptor: int) -> None:
    """Make what was written durable. Raises DiskError when the disk failed: it must never be asked a second time.

    After a failed fsync the system may forget which pages it could not write, so that the next one says yes although
    the bytes are lost. A disk that is merely full raises OSError as usual.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno in _FULL:
            raise
        raise DiskError(f"the disk did not keep what was written: {error.strerror}") from error


def need_room(folders: Iterable[Path], size: int) -> None:
    """Raise TemporaryError (`no_space`) unless `size` bytes more fit on the disk of each of these folders."""
    for folder in folders:
        free = shutil.disk_usage(folder).free
        if free < size:
            raise TemporaryError(
                f"{folder} has {free / 1e6:.0f} MB free; {size / 1e6:.0f} MB are needed to write down what happens",
                code="no_space",
                action="make room on the disk, then try again",
            )
