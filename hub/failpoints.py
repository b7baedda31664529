"""Named places where a test may make the process die, fail or stand still. Without HUB_FAILPOINTS they do nothing.

HUB_FAILPOINTS is a comma separated list of `name=action@n`: at the n-th passing (default 1; `*` is every one) of that
place, `kill` ends the process as SIGKILL does, `exit` leaves at once, `stop` lets it stand still until SIGCONT comes,
`raise` raises RuntimeError, `eio` and `enospc` are the disk's errors, `drop` is a connection that breaks, and
`delay:50-300` lets so many milliseconds pass, which is how a far side on this machine becomes slow.

`POINTS` are all there are; another name, or another action, is an error: a test that never fires proves nothing.
"""

from __future__ import annotations

import errno
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub.errors import UsageError

POINTS: Mapping[str, str] = {
    "ingest.blob_synced": "a paper's bytes are synced, and have no name yet",
    "ingest.before_transaction": "all bytes are safe, no row names them",
    "ingest.before_commit": "document and deliveries are written, not committed",
    "ingest.committed": "they are durable, the answer is not given",
    "claim.committed": "deliveries are leased",
    "claim.lost_row": "the lease of a dead or stalled worker is about to be taken over",
    "prepare.done": "the exact bytes are built and kept, not marked",
    "mark.committed": "the mark is durable, nothing has left",
    "deliver.begin": "just before the plugin is asked to hand over",
    "send.request_written": "the last byte of a request or a message has left",
    "send.response_read": "the answer was read, nobody knows it yet",
    "deliver.returned": "the far side's answer is known to one thread",
    "step.stored": "a step of several calls is durable",
    "settle.before_commit": "outcomes, marks and claims are written, not committed",
    "settle.committed": "they are durable, no thread knows it yet",
    "token.before_call": "a refresh token is about to be spent",
    "token.after_call": "it is spent, the new pair is in memory only",
    "token.stored": "a secret is durable in the vault",
    "pack.paper": "a paper is in the archive",
    "pack.stored": "the archive is a blob, no row names it",
    "pack.before_commit": "the pack's row is written, not committed",
    "pack.committed": "it is durable",
    "export.before_rename": "a file is whole and synced, and has no name yet",
    "migrate.step": "one revision of the schema was applied, not committed",
}
ACTIONS = frozenset({"kill", "exit", "stop", "raise", "eio", "enospc", "drop", "delay"})

_EXIT_CODE = 70
_DISK = {"eio": errno.EIO, "enospc": errno.ENOSPC}


@dataclass(frozen=True, slots=True)
class Trap:
    """What happens at a place. `nth` None: at every passing; `delay`: milliseconds, from and to."""

    point: str
    action: str
    nth: int | None = 1
    delay: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def parse(cls, text: str) -> Trap:
        """Read `name=action@n`. Raises UsageError for what is none."""
        point, _, rest = text.strip().partition("=")
        what, _, when = rest.partition("@")
        action, _, milliseconds = what.partition(":")
        low, _, high = milliseconds.partition("-")
        if point not in POINTS:
            raise _wrong(text, f"there is no place '{point}'")
        if action not in ACTIONS or (action == "delay") is not bool(milliseconds):
            raise _wrong(text, f"'{what}' is no action")
        try:
            return cls(
                point, action, None if when == "*" else int(when or 1), (float(low or 0), float(high or low or 0))
            )
        except ValueError:
            raise _wrong(text, "n and milliseconds are numbers") from None


def _wrong(text: str, why: str) -> UsageError:
    return UsageError(f"HUB_FAILPOINTS: {text}: {why}", code="failpoint", action="see hub/failpoints.py, or unset it")


class _Traps:
    """The traps of this process, and how often each place was passed."""

    def __init__(self, text: str, told: Callable[[Trap], None] | None = None) -> None:
        self._told = told
        self._traps = [Trap.parse(one) for one in text.split(",") if one.strip()]
        self._passed: Counter[str] = Counter()
        self._counting = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._traps)

    def spring(self, point: str, broken: Exception | None) -> None:
        with self._counting:
            self._passed[point] += 1
            count = self._passed[point]
        for trap in self._traps:
            if trap.point == point and trap.nth in {None, count}:
                if self._told:
                    self._told(trap)
                _do(trap, broken)


_traps = _Traps(os.environ.get("HUB_FAILPOINTS", ""))


def armed() -> bool:
    """Whether any place does anything in this process."""
    return bool(_traps)


def arm(text: str, told: Callable[[Trap], None] | None = None) -> None:
    """Take these traps from now on, counted from one, instead of those of the environment: for a forked process.

    `told` is called with a trap just before it does its work.
    """
    global _traps  # noqa: PLW0603 - a switch of the whole process, as the variable is
    _traps = _Traps(text, told)


def hit(point: str, broken: Exception | None = None) -> None:
    """Pass a place of `POINTS`. `broken` is what `drop` raises there: how a cut connection shows itself."""
    if _traps:
        _traps.spring(point, broken)


def _do(trap: Trap, broken: Exception | None) -> None:
    if trap.action == "delay":
        time.sleep(random.uniform(*trap.delay) / 1000)  # noqa: S311 - a pause, no secret
    elif trap.action in {"kill", "stop"}:
        # To this thread: one that is sent to the process lets this thread go a little further before it takes effect.
        signal.pthread_kill(threading.get_ident(), signal.SIGKILL if trap.action == "kill" else signal.SIGSTOP)
    elif trap.action == "exit":
        os._exit(_EXIT_CODE)
    else:
        raise _failure(trap, broken)


def _failure(trap: Trap, broken: Exception | None) -> Exception:
    words = f"failpoint {trap.point}"
    if trap.action == "drop":
        return broken or ConnectionResetError(errno.ECONNRESET, words)
    if trap.action in _DISK:
        return OSError(_DISK[trap.action], f"{words}: {os.strerror(_DISK[trap.action])}")
    return RuntimeError(words)
