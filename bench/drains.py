"""How fast the engine hands over what waits to far sides that do nothing, beside other queues at the same work.

One process and four destinations. Everything else is as in `hub run`: papers are loaded and prepared, marked before
they are sent, settled with attempt and audit entry; window and breaker are on. The peers enqueue before a worker
starts, and their jobs do nothing; theirs is the rate until no unfinished row is left.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import count
from statistics import median

from bench.bare import GROUP, drained_per_second
from bench.bed import Bed, scaled
from bench.engine import Told, together
from bench.stock import PLACES, Kind, Stock
from bench.table import Bar, Line, Measure, against_floor, on_its_own, paired, turns

_PAPERS = 2_500
_BARE = GROUP * PLACES * 150
_JOBS = {"procrastinate": 3_000, "pgqueuer": 10_000, "huey_sqlite": 10_000}  # each for some seconds
_A_SCALE = 10_000  # jobs of a peer's script at `--scale 1`


def lines(bed: Bed) -> Iterable[Line]:
    """Rates, and the CPU of a delivery."""
    kind = Kind(papers=scaled(_PAPERS), times=2)
    lite = Stock.made(bed.folder / "nothing", kind)
    post = Stock.made(bed.folder / "nothing-postgres", kind, bed.server)
    drains: list[Told] = []
    bare = (bed.folder / f"bare-{n}.db" for n in count())
    seen = turns(
        {
            "sqlite": partial(_drained, lite, 1, drains),
            "bare": lambda: drained_per_second(next(bare), _BARE, PLACES),
            "postgres": partial(_drained, post, 1, []),
            "two": partial(_drained, post, 2, []),
            **_peers(bed),
        }
    )
    for name, least in (("procrastinate", 15), ("pgqueuer", 1)):
        if name in seen:
            measured = paired(seen["postgres"], seen[name])
            yield against_floor(f"no-op drain, PostgreSQL / {name}", "/s", measured, Bar(least, least=True))
    measured = paired(seen["two"], seen["postgres"])
    yield against_floor("no-op drain, PostgreSQL, 2 processes / 1", "/s", measured, Bar(1.6, least=True))
    if "huey_sqlite" in seen:
        measured = paired(seen["sqlite"], seen["huey_sqlite"])
        yield against_floor("no-op drain, SQLite / huey", "/s", measured, Bar(3, least=True))
    measured = paired(seen["sqlite"], seen["bare"])
    yield against_floor("no-op drain, SQLite / bare sqlite3, one thread", "/s", measured, Bar(0.15, least=True))
    each = median(one.cpu / len(one.began) for one in drains) * 1e6
    yield on_its_own("CPU of a no-op delivery, SQLite, all threads", "us", each, Bar(260))


def _drained(stock: Stock, processes: int, keep: list[Told]) -> float:
    """Deliveries a second; what the processes told is kept too."""
    with stock.copy() as folder:
        told = together(folder, processes)
    if len(told.began) != stock.kind.deliveries:
        raise RuntimeError(f"{len(told.began)} of {stock.kind.deliveries} were delivered")
    keep.append(told)
    return told.per_second


def _peers(bed: Bed) -> dict[str, Measure]:
    return {name: partial(_jobs_a_second, bed, name) for name in _JOBS} if bed.peers else {}


def _jobs_a_second(bed: Bed, name: str) -> float:
    if bed.peers is None:
        raise ValueError("there are no peers")
    return float(bed.peers.measure(name, "drain1", scaled(_JOBS[name]) / _A_SCALE)["per_s_settled"])
