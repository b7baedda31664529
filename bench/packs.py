"""The export of a period: as fast as zip makes an archive of the same files, in memory that does not grow with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.home import COMPANY, Home
from bench.memory import peak_megabytes
from bench.papers import paper, scan
from bench.table import Bar, Line, Rounds, against_floor, on_its_own, rounds
from hub import File, FileRole, Incoming
from hub.app import Hub
from hub.app.exports import Ordered, export
from hub.config import Config

_PAPERS = int(os.environ.get("HUB_BENCH_PACK", "1000"))
_PICTURE = 50_000  # bytes of a PDF
_BATCH = 250
_PERIOD = "2026Q1"


def measure() -> Iterable[Line]:
    """Time against zip, memory for a whole quarter and how much of it comes with three times the papers."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as text:
        folder = Path(text)
        with_pictures(folder / "quarter", _PAPERS)
        program = shutil.which("zip")
        floor = "zip -6" if program else "zipfile, level 6"
        what = f"pack of {_PAPERS} papers with PDFs / {floor}"
        yield against_floor(what, "s", _times(folder, program), Bar(1.3, later=True))
        with_pictures(folder / "month", _PAPERS // 4)
        large, small = (_peak(folder / name) for name in ("quarter", "month"))
        yield on_its_own(f"memory of hub export run, {_PAPERS} papers", "MB", large, Bar(150, later=True))
        yield on_its_own(f"of that, more than with {_PAPERS // 4}", "MB", large - small, Bar(10, later=True))


def with_pictures(folder: Path, count: int) -> None:
    """A home with so many papers of one quarter, each with a PDF beside it."""
    home = Home.made(folder)
    hub = Hub.open(Config(home=home.folder))
    for first in range(1, count + 1, _BATCH):
        hub.intake.accept([_incoming(number) for number in range(first, min(first + _BATCH, count + 1))])
    hub.close()


def _incoming(number: int) -> Incoming:
    picture = File.of(f"{number}.pdf", "application/pdf", scan(number, _PICTURE), FileRole.PDF)
    return Incoming(name=f"{number}.xml", data=paper(number), beside=(picture,))


def _times(folder: Path, program: str | None) -> Rounds:
    """Our pack against an archive of what is in it."""
    hub = Hub.open(Config(home=folder / "quarter"))
    pack, files, bare = folder / "pack.zip", folder / "files", folder / "bare.zip"
    _export(hub, pack)
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(files)
    zipped = _by_program(program, files, bare) if program else lambda: _by_zipfile(files, bare)
    measured = rounds(lambda: _seconds(lambda: _export(hub, pack), pack), lambda: _seconds(zipped, bare))
    hub.close()
    return measured


def _export(hub: Hub, path: Path) -> None:
    ordered = Ordered(
        period=_PERIOD,
        company=COMPANY,
        kinds=frozenset(),
        formats=frozenset({"original", "pdf", "csv"}),
        target=str(path),
        via="",
        only_new=False,
        not_booked=False,
    )
    made = export(hub, ordered)
    if made["documents"] != _PAPERS:
        raise RuntimeError(f"{made['documents']} of {_PAPERS} papers are in the pack")


def _by_program(program: str, files: Path, target: Path) -> Callable[[], object]:
    return lambda: subprocess.run([program, "-6", "-q", "-r", str(target), "."], cwd=files, check=True)


def _by_zipfile(files: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(files.rglob("*")):
            archive.write(path, path.relative_to(files))


def _seconds(work: Callable[[], object], made: Path) -> float:
    """How long it takes to make a file that is not there yet."""
    made.unlink(missing_ok=True)
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _peak(home: Path) -> float:
    command = [sys.executable, "-m", "hub", "export", "run", "--period", _PERIOD, "--to", str(home.with_suffix(".zip"))]
    return peak_megabytes(command, os.environ | {"HUB_HOME": str(home)})
