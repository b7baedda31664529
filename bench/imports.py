"""Papers in: the import command against the least that must be done for each paper, reading one, and memory.

HUB_BENCH_PAPERS says how many are imported (2,000; the bar is meant for 10,000, where starting up counts less).
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from lxml import etree

from bench.home import Home
from bench.memory import peak_megabytes
from bench.papers import heavy, paper, write_papers
from bench.table import Bar, Line, Rounds, against_floor, on_its_own, rounds
from hub import Incoming
from hub.core.arithmetic import findings
from hub.plugins.host import Host

_PAPERS = int(os.environ.get("HUB_BENCH_PAPERS", "2000"))
_READS = 200
_BATCH = 25
_HEAVY = 20  # MB
_TABLE = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE paper (sha256 TEXT PRIMARY KEY, name TEXT)"


def measure() -> Iterable[Line]:
    """Import, read, memory."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as text:
        folder = Path(text)
        what = f"hub import of {_PAPERS} papers / bare: hash, parse, fsync, row"
        yield against_floor(what, "papers/s", _imports(folder), Bar(0.5, least=True, later=True))
        for lines in (10, 1000):
            what = f"read and check a paper of {lines} lines / lxml parse and walk"
            yield against_floor(what, "ms", _reads(paper(1, lines=lines)), Bar(5, later=True))
        size, more = _memory(folder)
        bar = Bar(round(5 * size), later=True)
        yield on_its_own(f"memory of importing {size:.0f} MB, above a small paper", "MB", more, bar)


def _imports(folder: Path) -> Rounds:
    papers = write_papers(folder / "papers", _PAPERS)
    numbered = iter(range(10_000))

    def ours() -> float:
        home = Home.made(folder / f"home-{next(numbered)}")
        return _per_second(lambda: home.hub("import", str(folder / "papers")))

    return rounds(ours, lambda: _per_second(lambda: bare_import(papers, folder / f"bare-{next(numbered)}")))


def bare_import(papers: Sequence[Path], folder: Path) -> None:
    """The floor: read, hash, parse, write durably under the hash, one row each in batches."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        connection.executescript(_TABLE)
        for at in range(0, len(papers), _BATCH):
            rows = [(_kept(path, folder), path.name) for path in papers[at : at + _BATCH]]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO paper VALUES (?, ?)", rows)
            connection.execute("COMMIT")


def _kept(path: Path, folder: Path) -> str:
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    _walk(data)
    temporary = folder / ".new"
    with temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.rename(folder / sha256)
    return sha256


def _reads(data: bytes) -> Rounds:
    incoming = Incoming(name="paper.xml", data=data)
    host = Host()
    times = max(5, _READS * 10_000 // len(data))

    def ours() -> object:
        document = host.read(incoming)
        return document and findings(document)

    return rounds(lambda: _milliseconds(ours, times), lambda: _milliseconds(lambda: _walk(data), times))


def _walk(data: bytes) -> int:
    return sum(len(element.text or "") for element in etree.fromstring(data).iter())


def _memory(folder: Path) -> tuple[float, float]:
    """The size of a heavy paper, and how much more memory its import takes than that of a small one; both in MB."""
    home = Home.made(folder / "home-memory")
    peaks: list[float] = []
    for name, data in (("small", paper(2)), ("heavy", heavy(_HEAVY))):
        path = folder / f"{name}.xml"
        path.write_bytes(data)
        peaks.append(peak_megabytes([sys.executable, "-m", "hub", "import", str(path)], home.environment))
    return path.stat().st_size / 1e6, peaks[1] - peaks[0]


def _per_second(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return _PAPERS / (time.perf_counter() - start)


def _milliseconds(work: Callable[[], object], times: int) -> float:
    work()
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) * 1000 / times
