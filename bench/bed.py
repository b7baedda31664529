"""Where a group of benches runs: a folder, a PostgreSQL server that syncs each commit, a far side, and the peers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import cpu, sink
from bench.peers import Peers, peers_for
from hub.testing.postgres import Postgres

SCALE = float(os.environ.get("HUB_BENCH_SCALE", "1"))


@dataclass(frozen=True, slots=True)
class Bed:
    """`sink` is the far side's `host:port`; `database` the number of the PostgreSQL server's process."""

    folder: Path
    server: Postgres
    database: int
    sink: str
    peers: Peers | None

    def database_seconds(self) -> float:
        """CPU seconds that the PostgreSQL server has used."""
        return cpu.tree_seconds(self.database)


@contextmanager
def made() -> Iterator[Bed]:
    """All of it, from start to end of the block."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as text:
        folder = Path(text)
        with Postgres(folder / "server") as server, sink.running() as address:
            if server.execute("SHOW fsync") != [("on",)]:
                raise RuntimeError("the server does not sync its commits: nothing measured on it would count")
            yield Bed(folder, server, _pid(server), address, peers_for(folder, server, address))


def _pid(server: Postgres) -> int:
    """The server's process: the one that started its checkpointer."""
    ((pid,),) = server.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
    return cpu.parent(pid)


def scaled(count: int) -> int:
    """How many of what a full run has; HUB_BENCH_SCALE=0.1 is a quick one."""
    return max(1, round(count * SCALE))
