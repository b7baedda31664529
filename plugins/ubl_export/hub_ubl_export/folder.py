"""A folder on disk, held by its descriptor: nothing below it is reached by path, so no link leads outside.

Every function raises OSError as the system gave it; `naming_errors` turns that into what happens next.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from enum import Enum, auto
from pathlib import Path

from hub import File, Held, NotSent, SettingsError

_CHUNK = 1 << 20
# Narrowed by the process's umask: who may read the folder is the operator's choice.
_FILE_MODE = 0o660
_FOLDER_MODE = 0o770

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe under that name must not block
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_WRONG_PLACE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})
_NO_FILE = frozenset({errno.ELOOP, errno.ENXIO})  # a link, a socket
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


class Seen(Enum):
    """What lies under a name: nothing, exactly this file, or something else."""

    NOTHING = auto()
    SAME = auto()
    OTHER = auto()


@contextmanager
def naming_errors(path: Path) -> Iterator[None]:
    """What the disk refused, as what happens next: wait and try again, or mend the settings."""
    try:
        yield
    except OSError as error:
        raise judged(error, path) from error


def judged(error: OSError, path: Path) -> NotSent | SettingsError:
    """A full or failing disk may be well later; a missing or forbidden folder needs a person."""
    detail = f"{path}: {error.strerror or error}"
    if error.errno in _FULL:
        return NotSent("disk_full", detail)
    if error.errno in _FORBIDDEN:
        return SettingsError("not_writable", detail)
    if error.errno in _WRONG_PLACE:
        return SettingsError("no_folder", detail)
    return NotSent("disk_error", detail)


def make_root(root: Path) -> None:
    """Make the folder when only it is missing: a share that is not mounted must not be filled locally."""
    if not root.is_dir():
        root.mkdir(_FOLDER_MODE, exist_ok=True)
        with _closing(os.open(root.parent, _FOLDER)) as parent:
            os.fsync(parent)


@contextmanager
def inside(root: Path, below: Sequence[str], *, make: bool) -> Iterator[int]:
    """The descriptor of a folder some levels below `root`; `make` makes the levels that are missing."""
    with ExitStack() as stack:
        folder = stack.enter_context(_closing(os.open(root, _FOLDER)))
        for name in below:
            folder = stack.enter_context(_closing(_enter(folder, name, make=make)))
        yield folder


def look(folder: int, name: str, file: File) -> Seen:
    """Compare what lies under `name` with `file`, by size and SHA-256."""
    try:
        opened = os.open(name, _READ, dir_fd=folder)
    except FileNotFoundError:
        return Seen.NOTHING
    except OSError as error:
        if error.errno in _NO_FILE:
            return Seen.OTHER
        raise
    with _closing(opened) as found:
        return Seen.SAME if _holds(found, file) else Seen.OTHER


def put(folder: int, name: str, temporary: str, file: File) -> None:
    """Write `file` whole and durably under `name`; FileExistsError when the name is taken by now.

    `temporary` may be removed by somebody who thinks this writer is dead: then nothing gets the name.
    """
    try:
        _write(folder, temporary, file)
        _rename(folder, temporary, name)
    except FileNotFoundError:
        raise NotSent("overtaken", f"a later attempt to write {file.name} has begun") from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)


@contextmanager
def _closing(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _enter(folder: int, name: str, *, make: bool) -> int:
    with suppress(FileNotFoundError):
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, _FOLDER_MODE, dir_fd=folder)
        os.fsync(folder)
    return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)


def _holds(found: int, file: File) -> bool:
    seen = os.fstat(found)
    if not stat.S_ISREG(seen.st_mode) or seen.st_size != file.size:
        return False
    with os.fdopen(found, "rb", closefd=False) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256


def _write(folder: int, name: str, file: File) -> None:
    digest = hashlib.sha256()
    with file.open() as source, os.fdopen(os.open(name, _CREATE, _FILE_MODE, dir_fd=folder), "wb") as target:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    if digest.hexdigest() != file.sha256:
        raise Held("corrupt", f"the stored bytes of {file.name} are not what they were")


def _rename(folder: int, temporary: str, name: str) -> None:
    """Without ever replacing what is there: a link to a taken name fails, and so does creating it."""
    try:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        os.close(os.open(name, _CREATE, _FILE_MODE, dir_fd=folder))  # the name is ours from here
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
