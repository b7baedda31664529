"""What a claim of 100 costs: with a million waiting, beside ten million finished, beside a paused destination.

Each claim is a transaction with its commit, by the engine's own statements, on SQLite and on PostgreSQL; what it got
is handed back, which is not timed. The same home without the burden is the floor. HUB_BENCH_SCALE=0.01 makes the
burdens a hundredth: filling them takes longer than measuring.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from functools import partial

import sqlalchemy as sa

from bench import backlog, bed
from bench.bed import Bed, scaled
from bench.engine import opened
from bench.stock import Kind, Stock
from bench.table import Bar, Line, against_floor, paired, turns
from hub.app import Hub
from hub.core.store import outbox
from hub.core.store.claiming import Ask, claim
from hub.testing.postgres import Postgres

_BATCH = 100
_PAPERS = 250
_PLACES = (1, 2, 3, 4)
_PAUSED = 5
_FEW, _MANY, _FINISHED = 10_000, 1_000_000, 10_000_000
_ROUNDS = 201  # of single claims in turns: the differences are small, and a machine with other work is not
_ASK = Ask(worker="bench", budget=_BATCH, lease_ms=60_000)


def measure() -> Iterable[Line]:
    """Every line of the claims' bars on both databases."""
    with bed.made() as made:
        yield from _lines(made, "SQLite", None)
        yield from _lines(made, "PostgreSQL", made.server)


def _lines(bed: Bed, name: str, server: Postgres | None) -> Iterable[Line]:
    with ExitStack() as stack:
        hubs = {burden: stack.enter_context(closing(hub)) for burden, hub in _burdened(bed, name, server)}
        for hub in hubs.values():
            _milliseconds(hub)  # what is read for the first time is not counted
        seen = turns({burden: partial(_milliseconds, hub) for burden, hub in hubs.items()}, _ROUNDS)
    what = f"claim of {_BATCH}, {name}"
    few = seen["few"]
    yield against_floor(f"{what}, {scaled(_MANY):,} waiting / {_FEW:,}", "ms", paired(seen["many"], few), Bar(1.5))
    history = f"{what}, beside {scaled(_FINISHED):,} finished / none"
    yield against_floor(history, "ms", paired(seen["history"], few), Bar(1.2))
    rates = [[1000 / one for one in times] for times in (seen["paused"], few)]
    beside = f"claims of others beside {scaled(_MANY):,} due of a paused one, {name} / none"
    yield against_floor(beside, "/s", paired(*rates), Bar(0.95, least=True))


def _burdened(bed: Bed, name: str, server: Postgres | None) -> Iterator[tuple[str, Hub]]:
    """Homes with the same few waiting, and with a burden beside them; what is finished came first, as in life."""
    for burden in ("few", "many", "history", "paused"):
        stock = Stock.made(bed.folder / f"{burden}-{name}", Kind(papers=_PAPERS, times=0, places=_PAUSED), server)
        if burden == "history":
            backlog.finished(stock, scaled(_FINISHED))
        if burden == "paused":
            backlog.waiting(stock, scaled(_MANY), [_PAUSED])
        backlog.waiting(stock, scaled(_MANY) if burden == "many" else _FEW, _PLACES)
        backlog.paused(stock, _PAUSED)
        backlog.analysed(stock)
        yield burden, opened(stock.folder)


def _milliseconds(hub: Hub) -> float:
    """How long a claim takes; what it got is handed back."""
    with hub.db.write() as tx:
        tx.conn.execute(sa.text("UPDATE destination SET next_due = 1"))
    start = time.perf_counter()
    with hub.db.write() as tx:
        claims = claim(tx, _ASK)
    taken = time.perf_counter() - start
    if len(claims) != _BATCH:
        raise RuntimeError(f"{len(claims)} were claimed, not {_BATCH}")
    with hub.db.write() as tx:
        outbox.hand_back(tx, _ASK.worker, claims)
    return taken * 1000
