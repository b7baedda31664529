"""What a delivering process has in flight, read from the database while it runs and after it was killed."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hub.core.store.engine import database_ms

_POLL = 0.002
_PATIENCE = 30.0
_NOW = sa.select(database_ms())
_MINE = sa.text(
    """
    SELECT destination.name, count(*), sum(CASE WHEN outbox.begun THEN 1 ELSE 0 END)
    FROM outbox JOIN destination ON destination.id = outbox.destination_id
    WHERE outbox.worker LIKE :whose AND outbox.due_at > :now
    GROUP BY destination.name
    """
)
_DELIVERS = sa.text("SELECT count(*) FROM worker WHERE id LIKE :whose AND stopped_at IS NULL")
_WAITING = sa.text("SELECT count(*) FROM outbox WHERE due_at IS NOT NULL OR waits_for IS NOT NULL")


@dataclass(frozen=True, slots=True)
class Flight:
    """Rows that a process holds by a live lease, and how many of them have `begun`, by destination."""

    held: dict[str, int]
    begun: dict[str, int]

    @property
    def all_begun(self) -> int:
        """Rows with `begun` at all destinations."""
        return sum(self.begun.values())


class Watched:
    """A home's database as a bystander sees it: it reads, and keeps nobody waiting."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def in_flight(self, pid: int) -> Flight:
        """What the process has in flight now; of a killed one: had, when it died."""
        with self._engine.connect() as conn:
            wanted = {"whose": f"%-{pid}-%", "now": conn.execute(_NOW).scalar_one()}
            rows = conn.execute(_MINE, wanted).all()
        return Flight({name: int(held) for name, held, _ in rows}, {name: int(n) for name, _, n in rows if n})

    def delivers(self, pid: int) -> bool:
        """Whether the process has come so far that it delivers."""
        with self._engine.connect() as conn:
            return bool(conn.execute(_DELIVERS, {"whose": f"%-{pid}-%"}).scalar_one())

    def waiting(self) -> int:
        """Deliveries that wait for their time or for another one, or are out; not those that wait for a person."""
        with self._engine.connect() as conn:
            return int(conn.execute(_WAITING).scalar_one())


@contextmanager
def watching(url: str) -> Iterator[Watched]:
    """Look at a home's database, by its address."""
    made = sa.make_url(url)
    if made.get_backend_name() == "sqlite":
        made = made.set(database=f"file:{made.database}", query={"mode": "ro", "uri": "true"})
    engine = sa.create_engine(made, isolation_level="AUTOCOMMIT")
    try:
        yield Watched(engine)
    finally:
        engine.dispose()


def killed_when(process: subprocess.Popen[bytes], watched: Watched, wanted: Callable[[Flight], bool]) -> Flight:
    """Kill the process at the first look that shows what is wanted; returns what it had in flight then.

    Read again after its death, for between a look and the signal something may settle. Raises RuntimeError when
    the moment does not come, or the process ends by itself.
    """
    deadline = time.monotonic() + _PATIENCE
    try:
        while not wanted(watched.in_flight(process.pid)):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("there was nothing left to kill: give more papers or fewer kills")
            time.sleep(_POLL)
    finally:
        process.kill()
        process.wait()
    return watched.in_flight(process.pid)
