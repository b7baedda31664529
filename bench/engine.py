"""The engine alone: destinations that take every paper and do nothing, in a process of their own.

`python -m bench.engine HOME [--until-empty]` delivers what waits there, as `hub run` does, and tells when each
delivery was handed over: one line of JSON at its end.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench.papers import SINCE, papers
from hub import Artifact, Document, Incoming, Limits, PluginInfo, Receipt, Role, hookimpl
from hub.app import Hub, configure
from hub.app.configure import Wanted
from hub.app.logs import configure as configure_logs
from hub.config import Config
from hub.core.runner import Until
from hub.core.store import companies

PLACES = 4
IN_FLIGHT = 64

_NAME = "nothing"
_BATCH = 250


class Nothing:
    """A destination that takes each paper at once; `handed_over` are the times, in monotonic nanoseconds."""

    def __init__(self) -> None:
        self.handed_over: list[int] = []

    @hookimpl
    def describe(self) -> PluginInfo:
        """A copy for nobody."""
        return PluginInfo(title="Nothing", summary="Nobody", roles=(Role.COPY,), limits=Limits(in_flight=IN_FLIGHT))

    @hookimpl
    def prepare(self, document: Document) -> Artifact:
        """The bytes as they came."""
        return Artifact((document.original,))

    @hookimpl
    def deliver(self) -> Receipt:
        """Note when."""
        self.handed_over.append(time.monotonic_ns())
        return Receipt("taken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the process tells at its end: times in monotonic nanoseconds, CPU in seconds, memory at its highest."""

    handed_over: tuple[int, ...]
    seconds: float
    cpu: float
    megabytes: float


def furnished(folder: Path, places: int = PLACES) -> Hub:
    """A new home with so many such destinations, open."""
    hub = opened(folder, new=True)
    with hub.db.write() as tx:
        companies.add(tx, "0123456749", "Voorbeeld NV")
    for n in range(1, places + 1):
        configure.add_destination(hub, Wanted(name=f"place-{n}", plugin=_NAME, from_date=date.fromisoformat(SINCE)))
    return hub


def opened(folder: Path, *, new: bool = False, plugin: Nothing | None = None) -> Hub:
    """The home, with the plugin registered: no entry point leads to it."""
    configure_logs("warning")
    hub = (Hub.init if new else Hub.open)(Config(home=folder))
    hub.host.add(_NAME, plugin or Nothing())
    return hub


def fill(hub: Hub, count: int) -> None:
    """Import so many papers; each then waits at every destination."""
    incoming = [Incoming(name=f"{n}.xml", data=data) for n, data in enumerate(papers(count), start=1)]
    for at in range(0, count, _BATCH):
        hub.intake.accept(incoming[at : at + _BATCH])


def started(folder: Path, *words: str) -> subprocess.Popen[str]:
    """The process that delivers."""
    command = [sys.executable, "-m", "bench.engine", str(folder), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def told(process: subprocess.Popen[str]) -> Told:
    """What it tells, when it has ended."""
    line, _ = process.communicate()
    return Told(**json.loads(line))


def main(words: Sequence[str]) -> None:
    """Deliver until nothing is left, or until SIGTERM."""
    plugin = Nothing()
    hub = opened(Path(words[0]), plugin=plugin)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    until = Until.EMPTY if "--until-empty" in words else Until.TOLD
    start, cpu = time.monotonic(), time.process_time()
    hub.run(until, timeout=None, only=(), told=stop)
    report = {
        "handed_over": plugin.handed_over,
        "seconds": time.monotonic() - start,
        "cpu": time.process_time() - cpu,
        "megabytes": _peak(),
    }
    sys.stdout.write(json.dumps(report) + "\n")


def _peak() -> float:
    """The most memory this process ever had, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main(sys.argv[1:])
