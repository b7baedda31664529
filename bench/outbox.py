"""The engine: how fast it hands over what waits, how soon it notices something new, and the memory it takes.

One process, four destinations that do nothing, SQLite. Everything else is as in `hub run`: papers are loaded and
prepared, marked before they are sent, settled with attempt and audit entry; window and breaker are on.

The floor is one thread that writes the same durable outcome by plain `sqlite3` (`bench.bare`). The bar itself is
three times a queue that loses jobs on a crash (huey on SQLite); HUB_BENCH_PEERS measures that one beside ours.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median, quantiles

from bench.bare import GROUP, drained_per_second
from bench.engine import PLACES, Told, fill, furnished, opened, started, told
from bench.papers import paper
from bench.table import Bar, Line, against_floor, on_its_own, rounds
from hub import Incoming
from hub.app import Hub

_PAPERS = int(os.environ.get("HUB_BENCH_PAPERS", "2000"))
_BARE = GROUP * PLACES * 150
_LETTERS = 150
_GAP = 0.02  # seconds
_START = 2.0
_PEERS = os.environ.get("HUB_BENCH_PEERS", "")
_THREE_HUEYS = 0.15  # of the floor, as both were measured on a quiet machine


def measure() -> Iterable[Line]:
    """Rate, latency, memory."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as text:
        folder = Path(text)
        drains: list[Told] = []
        ours = _drain_of_copies(folder, drains)
        fresh = (folder / f"bare-{n}.db" for n in count())
        measured = rounds(ours, lambda: drained_per_second(next(fresh), _BARE, PLACES))
        yield against_floor(
            "drain / bare sqlite3, one thread", "/s", measured, Bar(_THREE_HUEYS, least=True, later=True)
        )
        if _PEERS:
            yield against_floor("drain / huey on SQLite", "/s", rounds(ours, _huey), Bar(3, least=True, later=True))
        each = median(one.cpu / len(one.handed_over) for one in drains) * 1e6
        yield on_its_own("CPU of one delivery, all threads", "us", each, Bar(260, later=True))
        memory = median(one.megabytes for one in drains)
        yield on_its_own(f"memory after {_PAPERS * PLACES} deliveries", "MB", memory, Bar(110, later=True))
        yield from _latency(folder)


def _drain_of_copies(folder: Path, drains: list[Told]) -> Callable[[], float]:
    """Each call empties a copy of the same full home; what the process told is kept in `drains`."""
    full = folder / "full"
    hub = furnished(full)
    fill(hub, _PAPERS)
    hub.close()
    return partial(_drain, full, drains)


def _drain(full: Path, drains: list[Told]) -> float:
    copy = full.with_name("copy")
    shutil.copytree(full, copy)
    drains.append(told(started(copy, "--until-empty")))
    shutil.rmtree(copy)
    return len(drains[-1].handed_over) / drains[-1].seconds


def _latency(folder: Path) -> Iterable[Line]:
    """From the commit of an import to the start of `deliver` in another process that had nothing to do."""
    home = folder / "idle"
    furnished(home, places=1).close()
    process = started(home)
    hub = opened(home)
    imported = [_imported_at(hub, number) for number in range(_LETTERS + 1)]
    time.sleep(_START)
    process.terminate()
    waits = [(out - into) / 1e6 for into, out in zip(imported, told(process).handed_over, strict=True)][1:]
    cuts = quantiles(waits, n=100)
    yield on_its_own("idle: commit to start of deliver, p50", "ms", cuts[49], Bar(8, later=True))
    yield on_its_own("idle: commit to start of deliver, p99", "ms", cuts[98], Bar(30, later=True))


def _imported_at(hub: Hub, number: int) -> int:
    """Import one paper; returns when that was durable, in monotonic nanoseconds."""
    time.sleep(_GAP if number else _START)  # the first is not counted
    hub.intake.accept([Incoming(name=f"{number}.xml", data=paper(number))])
    return time.monotonic_ns()


def _huey() -> float:
    """Jobs a second of the peer, by its own script."""
    peers = Path(_PEERS) / "peers"
    python = os.environ.get("HUB_BENCH_PEERS_PYTHON", str(peers / "venv" / "bin" / "python"))
    command = [python, "peer_huey_sqlite.py", "--only", "drain1"]
    done = subprocess.run(command, cwd=peers, stdout=subprocess.PIPE, check=True)
    return float(json.loads(done.stdout)["drain1"]["per_s"])
