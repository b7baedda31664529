"""The files that a person names to be imported: found in folders, and read without ever waiting for one."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.errors import UsageError

STDIN = "-"  # how a person names standard input


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read. `trouble` is why its folder could not even be listed."""

    path: str
    trouble: OSError | None = None

    @property
    def name(self) -> str:
        """The file's name as text: on disk a name is bytes, of any encoding."""
        if self.path == STDIN:
            return "stdin"
        return os.fsencode(Path(self.path).name).decode("utf-8", "replace")

    def read(self) -> bytes:
        """Its bytes. Raises OSError, also for what is no file: a pipe, a socket or a device may never end."""
        if self.trouble:
            raise self.trouble
        handle = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not make us wait
        with open(handle, "rb") as stream:  # noqa: PTH123 - it is open already
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(errno.EINVAL, "this is no file", self.path)
            return stream.read()


def look(paths: Sequence[str]) -> list[Found]:
    """Every file named, and every file of the folders named, in order of their paths.

    Raises UsageError for a path that is not there: it is mistyped, and nothing was done yet.
    """
    return sorted((found for path in paths for found in _at(path)), key=lambda found: found.path)


def _at(path: str) -> Iterator[Found]:
    if path != STDIN and not os.path.lexists(path):
        raise UsageError(f"there is no file {path}", code="no_file", action="check the path")
    if path != STDIN and Path(path).is_dir():
        yield from _inside(path)
    else:
        yield Found(path)


def _inside(folder: str) -> Iterator[Found]:
    """What lies in a folder and below, hidden files left out; a folder that cannot be listed is found as itself."""
    unlisted: list[Found] = []

    def note(error: OSError) -> None:
        unlisted.append(Found(str(error.filename), error))

    for at, _, names in os.walk(folder, onerror=note):
        yield from (Found(str(Path(at, name))) for name in names if not name.startswith("."))
    yield from unlisted
