"""How fast papers that are kept are put in the outbox: 1,000 deliveries in one transaction, as others take jobs."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial

from bench.bed import Bed, scaled
from bench.engine import opened
from bench.peers import Peers
from bench.stock import Kind, Stock, batches, queue
from bench.table import Bar, Line, against_floor, on_its_own, paired, turns

_AT_ONCE = 1_000
_TIMES = 4
_A_SCALE = 10_000  # jobs of a peer's script at `--scale 1`


def lines(bed: Bed) -> Iterable[Line]:
    """Beside the peer's own call for many jobs; alone where there is none."""
    stock = Stock.made(bed.folder / "enqueue", Kind(papers=_AT_ONCE, times=0, places=1), bed.server)
    what = f"enqueue of {_AT_ONCE:,} papers in one call, PostgreSQL"
    peers = bed.peers
    if peers is None:
        seen = turns({"ours": partial(_queued_a_second, stock)})
        yield on_its_own(what, "/s", sorted(seen["ours"])[1], Bar(14_100, least=True, later=True))
        return
    seen = turns({"ours": partial(_queued_a_second, stock), "theirs": partial(_jobs_a_second, peers)})
    yield against_floor(f"{what} / procrastinate", "/s", paired(seen["ours"], seen["theirs"]), Bar(1, least=True))


def _queued_a_second(stock: Stock) -> float:
    """Deliveries a second, each call and its commit."""
    with stock.copy() as folder:
        hub = opened(folder)
        (subjects,) = batches(hub, _AT_ONCE)
        start = time.monotonic()
        for _ in range(_TIMES):
            with hub.db.write() as tx:
                queue(tx, subjects, range(1, 2))
        taken = time.monotonic() - start
        hub.close()
    return _TIMES * len(subjects) / taken


def _jobs_a_second(peers: Peers) -> float:
    """The peer's, 1,000 jobs a call."""
    return float(peers.measure("procrastinate", "enqueue", scaled(_A_SCALE) / _A_SCALE)["batch_per_s"])
