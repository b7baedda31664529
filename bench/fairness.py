"""What a slow destination costs a fast one in the same process: the time from commit to `deliver`, alone and beside.

The slow one has far more waiting than it can take, and each of its deliveries holds a thread for 300 ms, or for 30 s.
The fast one gets a paper each 20 ms. Alone means that the slow one is paused. The process's threads, its claims and
its pump are shared, so this is what `hub.core.share` is for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from statistics import quantiles

from bench import bed
from bench.bed import Bed, scaled
from bench.engine import opened
from bench.papers import SINCE
from bench.stock import Kind, Stock, batches, queue
from bench.table import Bar, Line, against_floor, paired, turns
from hub import Artifact, Delivery, Document, Limits, PluginInfo, Receipt, Role, hookimpl
from hub.app import Hub, configure, places
from hub.app.configure import Wanted
from hub.core.runner import Until
from hub.core.store.queueing import Subject

_ROUNDS = 3
_PAPERS = 250
_BACKLOG = 4  # times these at the slow one
_GAP = 0.02  # seconds
_SETTLED = 1.5  # seconds until the slow one holds what it may
_IN_FLIGHT = 64
_FAST, _SLOW = 1, 2


@dataclass
class Stopwatch:
    """A destination that takes each paper at once and notes when, by the delivery."""

    began: dict[int, int] = field(default_factory=dict)

    @hookimpl
    def describe(self) -> PluginInfo:
        """A copy for nobody."""
        return _info("Fast")

    @hookimpl
    def prepare(self, document: Document) -> Artifact:
        """The bytes as they came."""
        return Artifact((document.original,))

    @hookimpl
    def deliver(self, delivery: Delivery) -> Receipt:
        """Note when, in monotonic nanoseconds."""
        self.began[delivery.id] = time.monotonic_ns()
        return Receipt("taken")


@dataclass
class Snail:
    """A destination that holds each paper for so many seconds, until it is let go."""

    seconds: float
    let_go: threading.Event = field(default_factory=threading.Event)

    @hookimpl
    def describe(self) -> PluginInfo:
        """A copy for nobody."""
        return _info("Slow")

    @hookimpl
    def prepare(self, document: Document) -> Artifact:
        """The bytes as they came."""
        return Artifact((document.original,))

    @hookimpl
    def deliver(self) -> Receipt:
        """Take one's time."""
        self.let_go.wait(self.seconds)
        return Receipt("taken")


def measure() -> Iterable[Line]:
    """Every line of this file."""
    with bed.made() as made:
        yield from lines(made)


def lines(bed: Bed) -> Iterable[Line]:
    """The fast one's p95 beside the slow one, by that when it is alone."""
    for name, server in (("SQLite", None), ("PostgreSQL", bed.server)):
        stock = Stock.made(bed.folder / f"fair-{name}", Kind(papers=scaled(_PAPERS), times=0, places=0), server)
        for seconds in (0.3, 30.0):
            seen = turns(
                {
                    "beside": partial(_p95, stock, seconds, paused=False),
                    "alone": partial(_p95, stock, seconds, paused=True),
                },
                _ROUNDS,
            )
            what = f"p95 of a fast one beside one of {seconds:g} s, {name} / alone"
            yield against_floor(what, "ms", paired(seen["beside"], seen["alone"]), Bar(1.2))


def _p95(stock: Stock, seconds: float, *, paused: bool) -> float:
    """Milliseconds from the commit of the queueing to the start of `deliver` at the fast one."""
    stopwatch, snail = Stopwatch(), Snail(seconds)
    with stock.copy() as folder:
        hub = opened(folder)
        hub.host.add("fast", stopwatch)
        hub.host.add("slow", snail)
        subjects = _furnished(hub, paused=paused)
        with _running(hub, snail):
            time.sleep(_SETTLED)
            queued = dict(_queued(hub, subject) for subject in subjects)
            _wait_for(stopwatch, len(queued))
        hub.close()
    waits = [(stopwatch.began[one] - at) / 1e6 for one, at in queued.items()]
    return quantiles(waits, n=20)[-1]


def _furnished(hub: Hub, *, paused: bool) -> list[Subject]:
    """Two destinations, the slow one with more than it can take; returns the papers for the fast one."""
    since = date.fromisoformat(SINCE)
    for name in ("fast", "slow"):
        configure.add_destination(hub, Wanted(name=name, plugin=name, from_date=since))
    kept = list(batches(hub))
    for _ in range(_BACKLOG):
        for some in kept:
            with hub.db.write() as tx:
                queue(tx, some, range(_SLOW, _SLOW + 1))
    if paused:
        places.pause(hub, "slow")
    return [subject for some in kept for subject in some]


@contextmanager
def _running(hub: Hub, snail: Snail) -> Iterator[None]:
    """The engine beside the block."""
    told = threading.Event()
    thread = threading.Thread(target=lambda: hub.run(Until.TOLD, timeout=None, only=(), told=told))
    thread.start()
    try:
        yield
    finally:
        told.set()
        snail.let_go.set()
        thread.join()


def _queued(hub: Hub, subject: Subject) -> tuple[int, int]:
    """Queue one paper at the fast one; the delivery, and when that was durable in monotonic nanoseconds."""
    time.sleep(_GAP)
    with hub.db.write() as tx:
        [made] = queue(tx, [subject], range(_FAST, _FAST + 1))
    return made, time.monotonic_ns()


def _wait_for(stopwatch: Stopwatch, count: int) -> None:
    end = time.monotonic() + 60
    while len(stopwatch.began) < count:
        if time.monotonic() > end:
            raise RuntimeError(f"only {len(stopwatch.began)} of {count} papers left")
        time.sleep(_GAP)


def _info(title: str) -> PluginInfo:
    return PluginInfo(title=title, summary="Measures", roles=(Role.COPY,), limits=Limits(in_flight=_IN_FLIGHT))
