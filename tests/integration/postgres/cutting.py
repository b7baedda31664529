"""A line to PostgreSQL that breaks at a COMMIT when told to: before the server hears it, or before its answer comes."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

_COMMIT = b"COMMIT\0"
_CHUNK = 1 << 16


class Line:
    """Listens on 127.0.0.1 and passes on to the server's socket; `cut` says at which commit it breaks, and when."""

    def __init__(self, server: Path) -> None:
        self.server = server
        self.commits = 0
        self.cuts = 0
        self._cut: tuple[int, str] | None = None
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def cut(self, after: int, when: str) -> None:
        """Break at the commit that comes after so many more: `before` the server hears it, or `after` it acted."""
        with self._lock:
            self._cut = (self.commits + after, when)

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for one in list(self._open):
            _end(one)

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listener.accept()
            except OSError:
                return
            theirs = socket.socket(socket.AF_UNIX)
            try:
                theirs.connect(str(self.server))
            except OSError:
                ours.close()
                continue
            self._open |= {ours, theirs}
            pair = _Pair(self, ours, theirs)
            threading.Thread(target=pair.to_server, daemon=True).start()
            threading.Thread(target=pair.from_server, daemon=True).start()

    def told(self, data: bytes) -> str:
        """What to do with what the hub says: `` passes on, `before` and `after` break the line there."""
        with self._lock:
            if _COMMIT not in data:
                return ""
            due = self._cut is not None and self.commits == self._cut[0]
            when = self._cut[1] if due and self._cut else ""
            self.commits += 1
            if due:
                self._cut = None
                self.cuts += 1
            return when


class _Pair:
    """One connection, both ways."""

    def __init__(self, line: Line, ours: socket.socket, theirs: socket.socket) -> None:
        self.line = line
        self.ours = ours
        self.theirs = theirs
        self.silent = threading.Event()  # the server's next answer goes nowhere

    def to_server(self) -> None:
        for data in _read(self.ours):
            when = self.line.told(data)
            if when == "before":
                break
            if when == "after":
                self.silent.set()
            with contextlib.suppress(OSError):
                self.theirs.sendall(data)
        if not self.silent.is_set():
            self._end()

    def from_server(self) -> None:
        for data in _read(self.theirs):
            if self.silent.is_set():
                break
            with contextlib.suppress(OSError):
                self.ours.sendall(data)
        self._end()

    def _end(self) -> None:
        _end(self.ours)
        _end(self.theirs)


def _read(source: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            data = source.recv(_CHUNK)
        except OSError:
            return
        if not data:
            return
        yield data


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
