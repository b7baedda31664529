"""Files written so that they survive: whole or not at all, and synced with the folder that names them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

from hub.failpoints import hit

T = TypeVar("T")


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
            os.fsync(stream.fileno())
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
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
