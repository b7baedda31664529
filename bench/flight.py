"""What a delivering process has in flight, read from the database while it runs and after it was killed."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

_POLL = 0.002
_PATIENCE = 30.0
_MINE = """
    SELECT destination.name, count(*), sum(outbox.begun)
    FROM outbox JOIN destination ON destination.id = outbox.destination_id
    WHERE outbox.worker GLOB ? AND outbox.due_at > CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
    GROUP BY destination.name
"""


@dataclass(frozen=True, slots=True)
class Flight:
    """Rows that a process holds by a live lease, and how many of them have `begun`, by destination."""

    held: dict[str, int]
    begun: dict[str, int]

    @property
    def all_begun(self) -> int:
        """Rows with `begun` at all destinations."""
        return sum(self.begun.values())


def in_flight(database: Path, pid: int) -> Flight:
    """What the process has in flight now; of a killed one: had, when it died."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(_MINE, (f"*-{pid}-*",)).fetchall()
    return Flight({name: held for name, held, _ in rows}, {name: begun for name, _, begun in rows if begun})


def killed_when(process: subprocess.Popen[bytes], database: Path, wanted: Callable[[Flight], bool]) -> Flight:
    """Kill the process at the first look that shows what is wanted; returns what it had in flight then.

    Read again after its death, for between a look and the signal something may settle. Raises RuntimeError when
    the moment does not come, or the process ends by itself.
    """
    deadline = time.monotonic() + _PATIENCE
    try:
        while not wanted(in_flight(database, process.pid)):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("there was nothing left to kill: give more papers or fewer kills")
            time.sleep(_POLL)
    finally:
        process.kill()
        process.wait()
    return in_flight(database, process.pid)
