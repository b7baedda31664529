"""The home of a chaos run with its six destinations, the far sides beside it, and the processes that deliver."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from bench import ledgers
from bench.chaos.plan import TIME_SCALE, Plan
from bench.flight import Watched, watching
from bench.furnish import Mailbox, add_books, add_companies, add_folder, add_mail, books_of, connect_exact
from bench.home import Home
from bench.relay import Relay, relay
from hub.testing.exact import Remote, running

_STOPS_WITHIN = 10.0  # seconds from SIGTERM to the exit
_PATIENCE = 60.0
_LOOK = 0.01
_A_MINUTE = 300  # calls
_FASTER = "UPDATE {} SET rate = :rate, burst = :burst, per_day = NULL WHERE rate IS NOT NULL"
_EXACT_SETUP = ("--token-calls-per-day", "1000000", "--per-day", "1000000", "--per-minute", str(_A_MINUTE))


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process that was told to stop did so."""

    code: int | None  # None: it did not, and was killed
    seconds: float

    @property
    def good(self) -> bool:
        """In order, and soon enough."""
        return self.code == 0 and self.seconds < _STOPS_WITHIN


@dataclass(slots=True)
class Office:
    """Everything of one run. `processes` deliver; `endings` are those of the ones told to stop."""

    home: Home
    watched: Watched
    relay: Relay
    exact: Remote
    ledger: Path
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)

    def start(self, count: int) -> None:
        """So many processes begin to deliver."""
        self.processes = [self.home.started("run") for _ in range(count)]

    def replace(self, n: int) -> None:
        """Another one in the place of one that ended."""
        self.processes[n] = self.home.started("run")

    def until_it_delivers(self, n: int) -> None:
        """Wait for one that was just started. Raises RuntimeError when it ends instead."""
        process, until = self.processes[n], time.monotonic() + _PATIENCE
        while not self.watched.delivers(process.pid):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"a process does not deliver ({process.returncode}): see {self.home.folder}.log")
            time.sleep(_LOOK)

    def stop(self, n: int) -> None:
        """Tell one to stop, once it delivers, and see how it does."""
        self.until_it_delivers(n)
        process, since = self.processes[n], time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            code: int | None = process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = None
        self.endings.append(Ending(code, time.monotonic() - since))

    def close(self) -> None:
        """Leave no process behind, whatever happened."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()


@contextmanager
def opened(plan: Plan, folder: Path) -> Iterator[Office]:
    """A furnished office, and its far sides as processes of their own."""
    ledger = folder / "exact.jsonl"
    words = ("--ledger", str(ledger), "--time-scale", str(TIME_SCALE), "--seed", str(plan.seed))
    with relay(folder, plan.mail_faults) as mail, running(*words, *_EXACT_SETUP) as (exact, _):
        home = _furnished(plan, folder, mail, exact)
        exact.fail(plan.exact_faults)
        with watching(home.url) as watched:
            office = Office(home, watched, mail, exact, ledger, folder)
            try:
                yield office
            finally:
                office.close()


def _furnished(plan: Plan, folder: Path, mail: Relay, exact: Remote) -> Home:
    """Two companies share a connection to Exact; each has its books, a mailbox and a folder."""
    settings = {"HUB_ALLOW_NETWORKS": "127.0.0.0/8", "HUB_LEASE": str(plan.lease), "HUB_SLOTS": str(plan.slots)}
    if plan.database:
        settings["HUB_DATABASE_URL"] = plan.database
    home = Home.made(folder / "home", **settings)
    connect_exact(home, exact, TIME_SCALE, folder)
    add_companies(home)
    for division, number in books_of().items():
        guards = ("--from", ledgers.SINCE, "--company", number)
        mailbox = Mailbox(mail.port, f"{number}@kantoor.example")
        add_books(home, division, *guards)
        add_mail(home, f"mail-{division}", mailbox, "--role", "copy", "--on-uncertain", "repeat", *guards)
        add_folder(home, f"folder-{division}", folder / f"archive-{division}", *guards)
    _hurry(home)
    return home


def _hurry(home: Home) -> None:
    """An administration bears so many calls a minute; here its minutes are shorter, so ours must be too."""
    engine = sa.create_engine(home.url)
    with engine.begin() as conn:
        for table in ("connection", "destination"):
            conn.execute(sa.text(_FASTER.format(table)), {"rate": _A_MINUTE * TIME_SCALE, "burst": _A_MINUTE / 4})
    engine.dispose()
