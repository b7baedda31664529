"""The dashboard on a long history: how soon it paints and has its content, how soon a key is answered, and memory.

HUB_BENCH_ROWS says how many deliveries there are (100,000). Times are in milliseconds, at 80x24.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from bench.home import Home
from bench.papers import paper
from bench.table import Bar, Line, on_its_own

_ROWS = int(os.environ.get("HUB_BENCH_ROWS", "100000"))
_PATIENCE = 30.0  # seconds
_QUIET = 0.1
_KEYS = [b"\x1b[B"] * 20 + [b"\x1b[6~"] * 20 + [b"\x1b[F", b"\x1b[H"] * 5  # down, page down, end, home
_FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
INSERT INTO delivery (company_id, destination_id, document_id, subject, key, state, created_at, changed_at, finished_at)
SELECT 1, 1, 1, 'old' || i, 'k' || i, 'delivered', 1, 1, 1 FROM n
"""


def measure() -> Iterable[Line]:
    """Start it five times, press keys, look at its memory."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        home = _filled(Path(folder))
        starts = [_started(home) for _ in range(5)]
        with _dashboard(home) as screen:
            screen.until(b"delivered")
            screen.drain()
            keys = [screen.answered(key) for key in _KEYS]
            memory = _megabytes(screen.child.pid)
    of = f"of {_ROWS:,} deliveries"
    yield on_its_own("hub tui: first paint", "ms", min(first for first, _ in starts), Bar(250, later=True))
    yield on_its_own(f"hub tui: outbox {of} there", "ms", min(there for _, there in starts), Bar(500, later=True))
    yield on_its_own(f"hub tui: key to paint, 95 of 100, {of}", "ms", quantiles(keys, n=20)[-1], Bar(50, later=True))
    yield on_its_own(f"hub tui: memory, {of}", "MB", memory, Bar(120))


def _filled(folder: Path) -> Home:
    home = Home.made(folder / "home")
    home.hub("destination", "add", "map", "ubl_export", "--set", f"path={folder / 'map'}", "--from", "2020-01-01")
    (folder / "paper.xml").write_bytes(paper(1))
    home.hub("import", str(folder / "paper.xml"))
    with closing(sqlite3.connect(home.database)) as connection:
        connection.execute(_FILL, {"rows": _ROWS})
        connection.commit()
    return home


@dataclass(frozen=True, slots=True)
class _Screen:
    """A terminal with the dashboard in it."""

    child: subprocess.Popen[bytes]
    terminal: int
    since: float

    def read(self, patience: float) -> bytes:
        """What comes next, or nothing."""
        ready, _, _ = select.select([self.terminal], [], [], patience)
        return os.read(self.terminal, 1 << 16) if ready else b""

    def until(self, wanted: bytes) -> float:
        """Milliseconds from its start until this stands on it."""
        seen = b""
        while wanted not in seen:
            if time.perf_counter() - self.since > _PATIENCE:
                raise RuntimeError(f"{wanted!r} did not come: {seen[-500:]!r}")
            seen += self.read(_QUIET)
        return (time.perf_counter() - self.since) * 1000

    def drain(self) -> None:
        """Until nothing more comes."""
        while self.read(_QUIET):
            pass

    def answered(self, key: bytes) -> float:
        """Milliseconds from a key to the first thing that it changes."""
        start = time.perf_counter()
        os.write(self.terminal, key)
        self.read(_PATIENCE)
        took = (time.perf_counter() - start) * 1000
        self.drain()
        return took


@contextmanager
def _dashboard(home: Home) -> Iterator[_Screen]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "hub", "tui", "--view", "outbox"]
    environment = {**home.environment, "TERM": "xterm-256color"}
    since = time.perf_counter()
    child = subprocess.Popen(
        command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    try:
        yield _Screen(child, ours, since)
    finally:
        os.write(ours, b"q")
        try:
            child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
        os.close(ours)


def _started(home: Home) -> tuple[float, float]:
    with _dashboard(home) as screen:
        return screen.until(b"opening the home"), screen.until(b"delivered")


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
