"""The memory of a process with 32 threads after 100,000 deliveries, and whether it still grows then."""

from __future__ import annotations

from collections.abc import Iterable

from bench.bed import Bed, scaled
from bench.engine import together
from bench.far import STRIDE
from bench.stock import Kind, Stock
from bench.table import Bar, Line, on_its_own
from hub.testing.postgres import Postgres

_PAPERS, _TIMES = 2_500, 10  # at four places 100,000 deliveries


def lines(bed: Bed) -> Iterable[Line]:
    """The most memory at the end, and what the second half added to it; a figure that is no matter of speed."""
    yield from _lines(bed, "SQLite", None)
    yield from _lines(bed, "PostgreSQL", bed.server)


def _lines(bed: Bed, name: str, server: Postgres | None) -> Iterable[Line]:
    kind = Kind(papers=scaled(_PAPERS), times=_TIMES)
    stock = Stock.made(bed.folder / f"memory-{name}", kind, server)
    with stock.copy() as folder:
        told = together(folder, 1)
    last = told.megabytes[-1]
    half = told.megabytes[kind.deliveries // 2 // STRIDE - 1] if kind.deliveries >= 2 * STRIDE else last
    yield on_its_own(f"memory after {kind.deliveries:,} deliveries, {name}", "MB", last, Bar(110))
    yield on_its_own(f"added by the last {kind.deliveries // 2:,} of them, {name}", "MB", last - half, Bar(5))
