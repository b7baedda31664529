"""How soon a process that had nothing to do notices a paper: from the commit of its import to the start of `deliver`.

The paper is imported by another process than the one that delivers it, as by `hub import` beside `hub run`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from statistics import median, quantiles

from bench.bed import Bed, scaled
from bench.engine import opened, started, told
from bench.papers import paper
from bench.stock import Kind, Stock
from bench.table import Bar, Line, on_its_own
from hub import Incoming
from hub.app import Hub

_LETTERS = 150
_GAP = 0.02  # seconds
_START = 2.0
_ROUNDS = 3
_P50, _P99 = 49, 98


def lines(bed: Bed) -> Iterable[Line]:
    """The middle and the slow end on both databases; medians of the rounds."""
    kind = Kind(places=1)
    stocks = {
        "PostgreSQL": (Stock.made(bed.folder / "idle-postgres", kind, bed.server), 6),
        "SQLite": (Stock.made(bed.folder / "idle", kind), 8),
    }
    taken = [{name: _waits(stock) for name, (stock, _) in stocks.items()} for _ in range(_ROUNDS)]
    for name, (_, limit) in stocks.items():
        cuts = [quantiles(one[name], n=100) for one in taken]
        for word, at, most in (("p50", _P50, limit), ("p99", _P99, 30)):
            middle = median(cut[at] for cut in cuts)
            yield on_its_own(f"idle: commit to start of deliver, {name}, {word}", "ms", middle, Bar(most))


def _waits(stock: Stock) -> list[float]:
    """Milliseconds, of each paper but the first."""
    with stock.copy() as folder:
        process = started(folder)
        hub = opened(folder)
        imported = [_imported_at(hub, number) for number in range(scaled(_LETTERS) + 1)]
        time.sleep(_START)
        process.terminate()
        began = told(process).began
        hub.close()
    return [(out - into) / 1e6 for into, out in zip(imported, began, strict=True)][1:]


def _imported_at(hub: Hub, number: int) -> int:
    """Import one paper; returns when that was durable, in monotonic nanoseconds."""
    time.sleep(_GAP if number else _START)  # the first is not counted
    incoming = Incoming(name=f"{number}.xml", data=paper(number))
    hub.intake.accept([incoming])
    return time.monotonic_ns()
