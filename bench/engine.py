"""The engine in a process of its own, delivering to the far sides of `bench.far` what waits in a home.

`python -m bench.engine HOME [--until-empty]` delivers as `hub run` does, and tells when each delivery began: one line
of JSON at its end. Which database and how many threads stands in the home's `hub.toml`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.far import Moments, Nothing, Post
from bench.memory import own_peak_megabytes
from hub.app import Hub
from hub.app.logs import configure as configure_logs
from hub.config import read_config, share_network
from hub.core.runner import Until


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the process tells at its end: times in monotonic nanoseconds, CPU in seconds.

    `megabytes` is the most memory it had, after each `bench.far.STRIDE` deliveries and at its end.
    """

    began: tuple[int, ...]
    ended: int
    cpu: float
    megabytes: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """Deliveries a second from the first that began until all were settled."""
        return len(self.began) / (self.ended - min(self.began)) * 1e9


def opened(folder: Path, moments: Moments | None = None, *, new: bool = False) -> Hub:
    """The home, with the far sides registered."""
    configure_logs("warning")
    config = read_config({"HUB_HOME": str(folder)})
    share_network(config, os.environ)
    hub = (Hub.init if new else Hub.open)(config)
    for plugin in (Nothing, Post):
        hub.host.add(plugin.name, plugin(moments or Moments()))
    return hub


def started(folder: Path, *words: str) -> subprocess.Popen[str]:
    """The process that delivers."""
    command = [sys.executable, "-m", "bench.engine", str(folder), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def told(process: subprocess.Popen[str]) -> Told:
    """What it tells, when it has ended. Raises CalledProcessError when it did not end well."""
    line, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return Told(**json.loads(line))


def together(folder: Path, processes: int) -> Told:
    """Let so many processes empty the home; what they tell, as if they were one."""
    ends = [told(one) for one in [started(folder, "--until-empty") for _ in range(processes)]]
    return Told(
        began=tuple(sorted(moment for end in ends for moment in end.began)),
        ended=max(end.ended for end in ends),
        cpu=sum(end.cpu for end in ends),
        megabytes=max((end.megabytes for end in ends), key=lambda megabytes: megabytes[-1]),
    )


def main(words: Sequence[str]) -> None:
    """Deliver until nothing is left, or until SIGTERM."""
    moments = Moments()
    hub = opened(Path(words[0]), moments)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    until = Until.EMPTY if "--until-empty" in words else Until.TOLD
    cpu = time.process_time()
    hub.run(until, timeout=None, only=(), told=stop)
    report = {
        "began": list(moments.began),
        "ended": time.monotonic_ns(),
        "cpu": time.process_time() - cpu,
        "megabytes": [*moments.megabytes, own_peak_megabytes()],
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
