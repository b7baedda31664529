"""A home with its far sides, put back to the same state before each trial of a failpoint."""

from __future__ import annotations

import random
import shutil
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import ledgers
from bench.chaos.forked import Child, command, forked, warm_up
from bench.furnish import Mailbox, add_books, add_companies, add_folder, add_mail, books_of, connect_exact
from bench.home import COMPANY, Home
from bench.relay import Letter, Relay
from hub.testing.exact import Books, ExactServer, Remote
from hub.testing.exact import Setup as ExactSetup
from hub.testing.smtp import Setup as SmtpSetup
from hub.testing.smtp import SmtpServer

SCALE = 20  # what was sent to Exact and is not in the books is settled after 10.5 s
SLOTS = 2
ASKING = "ask@kantoor.example"  # the mailbox of the rule `ask`
INIT = ("init", "--company", "Voorbeeld NV", "--enterprise-number", COMPANY)
_PORTS = (20_000, 30_000)  # below those that a system gives to whoever does not choose
_READY = 10.0
_ROUND_PAUSE = 0.5
_NAP = 0.01
_LAST_ROUND = 30.0  # seconds
_FORGET = (
    "UPDATE outbox SET due_at = 1 WHERE due_at IS NOT NULL",
    "UPDATE connection SET closed_until = NULL",
    "UPDATE destination SET next_due = 1, rest_until = NULL, closed_until = NULL, "
    "opened_at = CASE WHEN opened_at IS NULL THEN NULL ELSE 1 END",
)
_NO_LIMITS = ("UPDATE connection SET rate = NULL, per_day = NULL", "UPDATE destination SET rate = NULL, per_day = NULL")
_LOST = ("UPDATE outbox SET due_at = 1 WHERE worker IS NOT NULL", "UPDATE destination SET next_due = 1")


class ForkedHome(Home):
    """A home whose commands are children of this process."""

    def started(self, *words: str, trap: str = "", log: str = "log") -> Child:  # type: ignore[override]  # no Popen
        """The command, still running, with a trap."""
        return command(words, self.environment, self.folder.with_name(log), trap)

    def hub(self, *words: str, ends: Collection[int] = (0,)) -> str:
        """What the command prints. Raises RuntimeError with its own words when it ends in another way."""
        log = self.folder.with_name("said")
        log.unlink(missing_ok=True)
        child = self.started(*words, log="said")
        child.stopped_or_ended()
        if child.code not in ends:
            said = log.with_suffix(".err").read_text(encoding="utf-8")
            raise RuntimeError(f"hub {' '.join(words[:2])} ended with {child.code}: {said[-1000:]}")
        return log.read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`work` is where everything happens, `templates` has its states by name.

    The papers of the first company go to a mailbox, into a folder, and to a mailbox to which nothing is sent twice
    unless a person says so; those of the second go into its books.
    """

    folder: Path
    papers: Sequence[ledgers.Sold]
    mail_port: int
    exact_port: int

    @classmethod
    def built(cls, folder: Path, count: int) -> Scene:
        """A scene with so many papers, in the states `empty`, `furnished`, `full` (papers came in) and `lost`."""
        warm_up()
        mail_port, exact_port = _free_ports()
        scene = cls(folder=folder, papers=ledgers.sold(count), mail_port=mail_port, exact_port=exact_port)
        scene.work.mkdir(parents=True)
        ledgers.write(scene.papers, folder / "papers")
        scene._keep("empty")
        with scene.far_sides() as exact:
            scene._furnish(exact)
        scene._keep("furnished")
        with scene.far_sides():
            scene.home.hub("import", str(folder / "papers"))
            scene._keep("full")
            died = scene.home.started("run", "--once", trap="mark.committed=kill@2")
            died.stopped_or_ended()
        scene.sql(*_LOST)
        scene._keep("lost")
        return scene

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def home(self) -> ForkedHome:
        """The home; its environment is all that a command is told."""
        folder = self.work / "home"
        settings = {"HUB_HOME": str(folder), "HUB_LEASE": "60", "HUB_SLOTS": str(SLOTS), "HUB_LOG": "error"}
        return ForkedHome(folder, {**settings, "HUB_ALLOW_NETWORKS": "127.0.0.0/8"})

    def put_back(self, name: str) -> None:
        """Everything as it was in a state; what commands said is gone too."""
        shutil.rmtree(self.work)
        shutil.copytree(self.folder / "templates" / name, self.work)

    def sql(self, *statements: str, patience: float = 10.0) -> list[tuple[Any, ...]]:
        """Change or ask the database behind the hub's back; the rows of the last one. Raises OperationalError."""
        with closing(sqlite3.connect(self.home.database, timeout=patience)) as connection, connection:
            rows: list[tuple[Any, ...]] = []
            for statement in statements:
                rows = connection.execute(statement).fetchall()
        return rows

    def leases_end(self, patience: float = 10.0) -> bool:
        """Every lease is over, as if its time had passed; False when somebody holds the database."""
        try:
            self.sql(*_LOST, patience=patience)
        except sqlite3.OperationalError:
            return False
        return True

    def finish(self) -> None:
        """Deliver until nothing waits, ask a person about what nobody else can tell, and deliver that."""
        self._deliver()
        if unclear := self.sql("SELECT id, key FROM delivery JOIN outbox USING (id) WHERE begun AND due_at IS NULL"):
            arrived = {letter.key for letter in self.letters()}
            for one, key in unclear:
                self.home.hub("outbox", "resolve", str(one), "--arrived" if key in arrived else "--resend")
            self._deliver()

    def _deliver(self) -> None:
        """Round by round, as if the time between them had passed, until nothing waits for it."""
        until = time.monotonic() + _LAST_ROUND
        rounds = 0
        while time.monotonic() < until:
            self.sql(*_FORGET)
            self.home.hub("run", "--once", ends=(0, 5))
            rounds += 1
            if not self.sql("SELECT count(*) FROM outbox WHERE due_at IS NOT NULL OR waits_for IS NOT NULL")[0][0]:
                return
            if rounds > len(_FORGET):
                time.sleep(_ROUND_PAUSE)  # what may still be on its way into the books is waited for

    @contextmanager
    def far_sides(self) -> Iterator[Remote]:
        """Mail server and Exact, in children of their own, until the end of the block."""
        smtp = SmtpSetup(port=self.mail_port, log=self.work / "relay.jsonl", keep=self.work / "relay", remember=False)
        exact = ExactSetup(port=self.exact_port, ledger=self.ledger, time_scale=SCALE, per_minute=100_000)
        children = [
            forked(lambda: _served(SmtpServer(smtp), self.work / "mail.ready"), self.work / "far.log"),
            forked(lambda: _served(ExactServer(exact), self.work / "exact.ready"), self.work / "far.log"),
        ]
        try:
            for name in ("mail.ready", "exact.ready"):
                _wait_for((self.work / name).exists)
            yield Remote(f"http://127.0.0.1:{self.exact_port}")
        finally:
            for child in children:
                child.kill()
            for name in ("mail.ready", "exact.ready"):
                (self.work / name).unlink(missing_ok=True)

    @property
    def ledger(self) -> Path:
        """What Exact wrote down."""
        return self.work / "exact.jsonl"

    @property
    def books(self) -> Books:
        """What Exact has booked."""
        return Books.read(self.ledger)

    def letters(self) -> list[Letter]:
        """What the mail server has taken."""
        return Relay(self.mail_port, self.work / "relay.jsonl", self.work / "relay").letters()

    def _furnish(self, exact: Remote) -> None:
        """The first company's papers go by mail and into a folder, the second's into its books."""
        mailed, booked = books_of().items()
        home = self.home
        home.hub(*INIT)
        add_companies(home)
        connect_exact(home, exact, SCALE, self.work)
        guards = ("--from", ledgers.SINCE, "--company")
        add_books(home, booked[0], *guards, booked[1])
        mailbox = Mailbox(self.mail_port, f"{mailed[1]}@kantoor.example")
        add_mail(home, f"mail-{mailed[0]}", mailbox, "--role", "copy", "--on-uncertain", "repeat", *guards, mailed[1])
        careful = ("--role", "copy", "--on-uncertain", "ask")
        add_mail(home, f"ask-{mailed[0]}", Mailbox(self.mail_port, ASKING), *careful, *guards, mailed[1])
        add_folder(home, f"folder-{mailed[0]}", self.work / "archive", *guards, mailed[1])
        self.sql(*_NO_LIMITS)
        exact.advance(600, quietly=True)  # the first token is over: every trial begins with a new one

    def _keep(self, name: str) -> None:
        shutil.copytree(self.work, self.folder / "templates" / name)


def _served(server: Any, ready: Path) -> None:
    with server:
        ready.touch()
        signal.pause()


def _wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + _READY
    while not condition():
        if time.monotonic() > until:
            raise RuntimeError("the far sides did not start")
        time.sleep(_NAP)


def _free_ports() -> tuple[int, int]:
    """Two that nobody listens at now."""
    found: list[int] = []
    while len(found) < 2:  # noqa: PLR2004 - one for each far side
        port = random.randrange(*_PORTS)  # noqa: S311 - no secret
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
    return found[0], found[1]
