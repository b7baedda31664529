"""Files written so that they survive: whole or not at all, and synced with the folder that names them."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

from hub.errors import DiskError, TemporaryError
from hub.failpoints import hit

T = TypeVar("T")

_FULL = {errno.ENOSPC, errno.EDQUOT}
_SQLITE_FULL = sqlite3.SQLITE_FULL
# A write or a sync that failed for another reason than a full disk; what is then on it is not known.
_SQLITE_FAILING = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC, sqlite3.SQLITE_IOERR_WRITE}


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


def is_full(error: BaseException | None) -> bool:
    """Whether this error, of the system or of a database, says that there is no space left."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    # sqlite3's and psycopg's own names for it
    return getattr(error, "sqlite_errorcode", None) == _SQLITE_FULL or getattr(error, "sqlstate", None) == "53100"


def is_failing(error: BaseException | None) -> bool:
    """Whether a database says that the disk failed while it made something durable."""
    return getattr(error, "sqlite_errorcode", None) in _SQLITE_FAILING


def no_space(message: str) -> TemporaryError:
    """The disk is full."""
    return TemporaryError(
        message, code="no_space", action="nothing was half done; make room on the disk, then try again"
    )
