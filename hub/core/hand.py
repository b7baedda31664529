"""Bytes at hand: lately fetched from afar and found right, so that they need not be fetched for each destination.

Small ones lie in memory, large ones in files without a name, which are gone with the process. The oldest go first.
"""

from __future__ import annotations

import io
import os
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

SMALL = 1 << 20  # bytes; what is larger lies in a file
_MEMORY = 16 << 20
_DISK = 256 << 20


class Spool:
    """Bytes being gathered; then read as often as needed, from their beginning, by several threads at once."""

    def __init__(self, folder: Path) -> None:
        self.size = 0
        self._folder = folder
        self._data = bytearray()
        self._file: int | None = None

    def write(self, piece: bytes) -> None:
        """Add a piece."""
        self.size += len(piece)
        self._data += piece
        if self.size > SMALL:
            self._pour()

    def open(self) -> BinaryIO:
        """A stream of its own over all bytes; no more pieces may come."""
        if self._file is None:
            return io.BytesIO(self._data)
        return io.BufferedReader(_Pieces(self, self._file), SMALL)

    def _pour(self) -> None:
        """Move what is in memory to the end of a file without a name, which is gone when nobody has it open."""
        if self._file is None:
            self._file, name = tempfile.mkstemp(dir=self._folder)
            Path(name).unlink()
            weakref.finalize(self, os.close, self._file)
        left = memoryview(self._data)
        while left:
            left = left[os.write(self._file, left) :]
        self._data = bytearray()


class _Pieces(io.RawIOBase):
    """Reads a file by place: several at once do not move each other's position."""

    def __init__(self, spool: Spool, file: int) -> None:
        self._spool = spool  # the file is open as long as somebody has this
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._spool.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        count = os.preadv(self._file, [buffer], self._at)
        self._at += count
        return count


class Hand:
    """What is at hand, by SHA-256. Threads share it."""

    def __init__(self, memory: int = _MEMORY, disk: int = _DISK) -> None:
        self._room = {True: memory, False: disk}
        self._used = {True: 0, False: 0}
        self._kept: OrderedDict[str, Spool] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, sha256: str, fetch: Callable[[], Spool]) -> Spool:
        """The bytes, fetched when they are not at hand."""
        with self._lock:
            if sha256 in self._kept:
                self._kept.move_to_end(sha256)
                return self._kept[sha256]
        return self.keep(sha256, fetch())

    def keep(self, sha256: str, spool: Spool) -> Spool:
        """Have these bytes at hand. Somebody who reads what is dropped for them reads on undisturbed."""
        with self._lock:
            if sha256 not in self._kept:
                self._kept[sha256] = spool
                self._used[spool.size <= SMALL] += spool.size
                self._make_room(small=spool.size <= SMALL)
            return self._kept.get(sha256, spool)

    def drop(self, sha256: str) -> None:
        """Have them at hand no longer."""
        with self._lock:
            spool = self._kept.pop(sha256, None)
            if spool is not None:
                self._used[spool.size <= SMALL] -= spool.size

    def _make_room(self, *, small: bool) -> None:
        for sha256 in list(self._kept):
            if self._used[small] <= self._room[small]:
                return
            spool = self._kept[sha256]
            if (spool.size <= SMALL) is small:
                del self._kept[sha256]
                self._used[small] -= spool.size
