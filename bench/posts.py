"""POSTs of 20 kB to a far side that answers at once, and after 50 ms with 100 in flight, beside bare httpx.

The papers are 20 kB each and leave by `hub.http`, with everything the engine does around it; the floor sends as much
from as many threads, a client each, and writes nothing. What is delivered while the windows of the destinations still
open is not counted. CPU is the worker's and the database's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench import raw
from bench.bed import Bed, scaled
from bench.engine import Told, together
from bench.far import Post
from bench.raw import Rate
from bench.stock import Kind, Stock
from bench.table import Bar, Line, against_floor, paired

_LINES = 26  # a paper of so many is 20 kB
_PAPERS = 500
_WARM_UP = 0.3  # of the deliveries
_PEERS = ("pgqueuer", "procrastinate")
_JOBS = 0.4  # of 5,000
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """A far side that takes `wait` milliseconds, and so many threads; ours must reach `least` of the floor's rate."""

    wait: int
    threads: int
    least: float


_TRIALS = (Trial(0, 32, 0.75), Trial(50, 100, 0.8))
Seen = Mapping[str, Rate]


def lines(bed: Bed) -> Iterable[Line]:
    """Rate and CPU on both databases."""
    for trial in _TRIALS:
        yield from _lines(bed, trial)


def _lines(bed: Bed, trial: Trial) -> Iterable[Line]:
    stocks = _stocks(bed, trial)
    taken = [_round(bed, trial, stocks) for _ in range(_ROUNDS)]
    what = f"POST at {trial.wait} ms, {trial.threads} threads"
    for name in stocks:
        rates = {peer: paired(_rates(taken, name), _rates(taken, peer)) for peer in taken[0] if peer not in stocks}
        for peer, measured in rates.items():
            least = trial.least if peer == "httpx" else 1
            yield against_floor(f"{what}, {name} / {peer}", "/s", measured, Bar(least, least=True))
    if trial.wait == 0:
        for name in stocks:
            spent = paired([one[name].cpu * 1e4 for one in taken], [one["httpx"].cpu * 1e4 for one in taken])
            yield against_floor(f"CPU of 10,000 POSTs, {name} / httpx", "s", spent, Bar(1.35))


def _rates(taken: list[dict[str, Rate]], name: str) -> list[float]:
    return [one[name].per_second for one in taken]


def _stocks(bed: Bed, trial: Trial) -> dict[str, Stock]:
    url = f"http://{bed.sink}/p/{trial.wait}"
    kind = Kind(
        papers=scaled(_PAPERS), times=2, lines=_LINES, plugin=Post.name, settings={"url": url}, slots=trial.threads
    )
    folder = bed.folder / f"post-{trial.wait}"
    return {
        "SQLite": Stock.made(folder, kind),
        "PostgreSQL": Stock.made(folder.with_name(f"{folder.name}-postgres"), kind, bed.server),
    }


def _round(bed: Bed, trial: Trial, stocks: Mapping[str, Stock]) -> dict[str, Rate]:
    """Everybody once."""
    seen = {name: _delivered(bed, stock) for name, stock in stocks.items()}
    count = next(iter(stocks.values())).kind.deliveries
    seen["httpx"] = raw.measured(f"http://{bed.sink}/p/{trial.wait}", trial.threads, count)
    if bed.peers and trial.wait:
        for name in _PEERS:
            figures = bed.peers.measure(name, f"post{trial.wait}b", scaled(1000) / 1000 * _JOBS)
            seen[name] = Rate(figures["per_s"], figures["cpu_s_per_10k"] / 1e4)
    return seen


def _delivered(bed: Bed, stock: Stock) -> Rate:
    with stock.copy() as folder:
        before = bed.database_seconds()
        told = together(folder, 1)
        database = bed.database_seconds() - before if stock.server else 0.0
    if len(told.began) != stock.kind.deliveries:
        raise RuntimeError(f"{len(told.began)} POSTs for {stock.kind.deliveries} deliveries")
    return Rate(_open_windows(told), (told.cpu + database) / len(told.began))


def _open_windows(told: Told) -> float:
    """Deliveries a second after the warm-up."""
    first = round(len(told.began) * _WARM_UP)
    return (len(told.began) - first) / (told.ended - told.began[first]) * 1e9
