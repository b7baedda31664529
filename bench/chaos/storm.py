"""The storm: papers come in by portions while processes are killed, frozen and told to stop at random moments."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.chaos.office import Office
from bench.chaos.plan import Blow, Plan
from bench.flight import Flight

_LOOK = 0.005
_WORK_COMES = 4.0  # seconds to wait for something to have begun, before it strikes all the same
_OVERSTAYS = (1.0, 2.5)  # seconds that a frozen process is longer away than its lease
_IMPORT_TRIES = 5
_FAR_SIDES_RECOVER = 0.65  # of the storm: the rest is kills alone


@dataclass(frozen=True, slots=True)
class Struck:
    """One blow: what, Unix times from and to (of a frozen process), and what was in flight."""

    blow: Blow
    at: float
    until: float
    flight: Flight


@dataclass(slots=True)
class Storm:
    """Strikes at an office, blow by blow."""

    office: Office
    plan: Plan
    papers: Sequence[Path]
    struck: list[Struck] = field(default_factory=list)
    _thaws: dict[int, threading.Thread] = field(default_factory=dict)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = self.plan.chance

    def rage(self) -> None:
        """All of it; afterwards every paper has come in, and no process stands still."""
        blows = self.plan.blows
        for n, blow in enumerate(blows):
            if n == int(len(blows) * _FAR_SIDES_RECOVER):
                self.office.exact.recover()
            portion = self.papers[n :: len(blows)]
            kills_import = blow is Blow.KILL_IMPORT
            importing = _Import(self.office, portion, self._chance.uniform(0.3, 1.2) if kills_import else None)
            importing.start()
            if not kills_import:
                time.sleep(self._chance.uniform(*self.plan.pause))
                self._strike(blow)
            importing.join()
            if importing.error:
                raise importing.error
            if kills_import:
                self.struck.append(Struck(blow, importing.killed_at, importing.killed_at, Flight({}, {})))
        for thaw in self._thaws.values():
            thaw.join()

    def _strike(self, blow: Blow) -> None:
        victim = self._victim()
        self.office.until_it_delivers(victim)
        process = self.office.processes[victim]
        flight = self._when_busy(process)
        at = time.time()
        if blow is Blow.STALL:
            self._freeze(victim, flight)
            return
        if blow is Blow.TERM:
            self.office.stop(victim)
        else:
            process.kill()
            process.wait()
            flight = self.office.watched.in_flight(process.pid)
        self.struck.append(Struck(blow, at, at, flight))
        self.office.replace(victim)

    def _victim(self) -> int:
        """Any that does not stand still; all of them do at most for a while."""
        while True:
            moving = [n for n in range(len(self.office.processes)) if not self._frozen(n)]
            if moving:
                return self._chance.choice(moving)
            time.sleep(_LOOK)

    def _frozen(self, n: int) -> bool:
        return n in self._thaws and self._thaws[n].is_alive()

    def _when_busy(self, process: subprocess.Popen[bytes]) -> Flight:
        """Wait for a moment at which something has begun, in vain if there is little to do."""
        deadline = time.monotonic() + _WORK_COMES
        least = self._chance.randint(1, 2)
        while True:
            flight = self.office.watched.in_flight(process.pid)
            if process.poll() is not None:
                raise RuntimeError(f"a delivering process ended by itself with {process.returncode}")
            if flight.all_begun >= least or time.monotonic() > deadline:
                return flight
            time.sleep(_LOOK)

    def _freeze(self, victim: int, flight: Flight) -> None:
        """Stop it past its lease; it goes on by itself while the storm does."""
        process, length = self.office.processes[victim], self.plan.lease + self._chance.uniform(*_OVERSTAYS)
        at = time.time()
        process.send_signal(signal.SIGSTOP)
        self.struck.append(Struck(Blow.STALL, at, at + length, flight))
        thaw = threading.Thread(target=_thaw, args=(process, length))
        thaw.start()
        self._thaws[victim] = thaw


def _thaw(process: subprocess.Popen[bytes], length: float) -> None:
    time.sleep(length)
    process.send_signal(signal.SIGCONT)


class _Import(threading.Thread):
    """One portion on its way in, in a thread; killed after so many seconds, and done again, when that is given."""

    def __init__(self, office: Office, portion: Sequence[Path], kill_after: float | None) -> None:
        super().__init__()
        self._office = office
        self._portion = portion
        self._kill_after = kill_after
        self.killed_at = 0.0
        self.error: RuntimeError | None = None

    def run(self) -> None:
        """Until all of it was accepted; a database that is locked by a frozen process makes it try again."""
        words = ("import", *map(str, self._portion))
        if not self._portion:
            return
        if self._kill_after is not None:
            process = self._office.home.started(*words)
            try:
                process.wait(self._kill_after)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self.killed_at = time.time()
        for _ in range(_IMPORT_TRIES):
            try:
                self._office.home.hub(*words)
            except RuntimeError as error:
                self.error = error
            else:
                self.error = None
                return


def telling(struck: Sequence[Struck]) -> float:
    """The share of kills and stalls that fell while something had begun."""
    counted = [one for one in struck if one.blow in {Blow.KILL, Blow.STALL}]
    return sum(one.flight.all_begun > 0 for one in counted) / max(1, len(counted))


def shuffled(papers: Sequence[Path], chance: random.Random) -> list[Path]:
    """The papers in another order: companies, kinds and customers come in mixed."""
    mixed = list(papers)
    chance.shuffle(mixed)
    return mixed
