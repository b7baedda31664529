"""Children made by fork: what they need is imported already, so that a command costs a fraction of a second.

Only for a parent with one thread and no open database.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hub import failpoints

_TICK = 0.002
_PATIENCE = 60.0


@dataclass(slots=True)
class Child:
    """A forked process. `status` is None while it runs or stands still."""

    pid: int
    status: int | None = None

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal."""
        return None if self.status is None else os.waitstatus_to_exitcode(self.status)

    def stopped_or_ended(self) -> bool:
        """Wait for either; True when it stands still. One that does neither in time is killed."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                return True
            if pid:
                self.status = status
                return False
            time.sleep(_TICK)
        self.kill()
        return False

    def go_on(self) -> None:
        """Let one that stands still go on."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it, unless it has ended."""
        if self.status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            _, self.status = os.waitpid(self.pid, 0)


def forked(work: Callable[[], int | None], log: Path) -> Child:
    """A child that does this and leaves with the code it gives; what it says is added to a file and `.err`."""
    pid = os.fork()
    if pid:
        return Child(pid)
    code = 1
    try:
        for descriptor, path in ((1, log), (2, log.with_suffix(".err"))):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), descriptor)
        code = work() or 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 1
    except BaseException as error:  # noqa: BLE001 - nothing of the child may come back into the parent
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


@dataclass(frozen=True, slots=True)
class Sprung:
    """Where a child leaves word that its trap was sprung."""

    path: Path

    def note(self, _trap: failpoints.Trap) -> None:
        """Called in the child, just before it dies."""
        self.path.touch()

    def __bool__(self) -> bool:
        return self.path.exists()


_MODULES = (
    "alembic.command",
    "hub.app.exports",
    "hub.cli.export",
    "hub.cli.home",
    "hub.cli.outbox",
    "hub.cli.papers",
    "hub.cli.run",
    "hub.cli.state",
    "hub.core.courier",
    "hub.core.intake",
    "hub.core.pump",
    "hub.core.runner",
    "hub.core.shelf",
    "hub.core.verify",
    "hub.http",
    "hub.plugins.host",
    "hub.plugins.vault",
    "hub.xml",
    "hub_email.post",
    "hub_exact.booking",
    "hub_ubl_export.write",
    "sqlalchemy.dialects.sqlite",
    "structlog",
)


def warm_up() -> None:
    """Import what commands import, once, in the parent."""
    for name in _MODULES:
        importlib.import_module(name)


def command(words: tuple[str, ...], environment: Mapping[str, str], log: Path, trap: str = "") -> Child:
    """`hub` with these words, in a child, with a trap; `sprung(log)` says whether it was sprung."""

    def work() -> int:
        from hub.cli.main import main  # noqa: PLC0415 - only the child sets up a command line

        os.environ.clear()
        os.environ.update(environment)
        failpoints.arm(trap, sprung(log).note)
        main(words)
        return 0

    return forked(work, log)


def sprung(log: Path) -> Sprung:
    """Whether the trap of the child that writes to this log was sprung."""
    return Sprung(log.with_suffix(".sprung"))
