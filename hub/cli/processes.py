"""The processes of `hub run`: several of one command, begun again when they die, and one that starts itself anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from hub.errors import UsageError

_ENDINGS = {signal.SIGTERM, signal.SIGINT}
_LOOK = 0.2  # seconds from one look at the children to the next
_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds before a child that died is begun again, doubling
_OVER = frozenset({0, UsageError.exit_code})  # it ended in order, or would only fail again


def listen(told: threading.Event) -> None:
    """The first signal stops cleanly, the second at once."""

    def hear(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's shape
        if told.is_set():
            os._exit(128 + number)
        told.set()

    for ending in _ENDINGS:
        signal.signal(ending, hear)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDINGS)


def follow_parent(told: threading.Event) -> None:
    """A parent that was killed cannot tell its children to stop; the end of their standard input does."""
    sys.stdin.buffer.read()
    told.set()


def start_anew(left: float | None) -> NoReturn:
    """Become the same command again, in the same process; `left` is what is left of its --timeout, in seconds.

    A signal that comes meanwhile waits until the new one listens.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    words = sys.argv[1:] if left is None else [*_without("--timeout"), f"--timeout={left:.3f}"]
    os.execv(sys.executable, [sys.executable, "-m", "hub", *words])  # noqa: S606 - ourselves


def family(workers: int, told: threading.Event, *, keep: bool) -> int:
    """So many processes of the same command; signals go to all, the worst exit code is ours.

    `keep`: one that died, as by a plugin's fault, is begun again.
    """
    command = [sys.executable, "-m", "hub", *_without("--workers"), "--child"]
    children = [_Child(command) for _ in range(workers)]
    while any([child.goes_on(keep=keep) for child in children]):  # a list: each is looked at  # noqa: C419
        if told.wait(_LOOK):
            for child in children:
                child.process.terminate()
            break
    codes = [child.process.wait() for child in children]
    if told.is_set():  # a child that was still starting has not begun to listen, and has nothing to drain
        codes = [0 if code == -signal.SIGTERM else code for code in codes]
    return max(code if code >= 0 else 128 - code for code in codes)


def _without(option: str) -> Sequence[str]:
    """The words of this command without an option and its value."""
    words = [word for word in sys.argv[1:] if not word.startswith(f"{option}=")]
    if option in words:
        at = words.index(option)
        del words[at : at + 2]
    return words


@dataclass(slots=True)
class _Child:
    """One of the processes."""

    command: Sequence[str]
    process: subprocess.Popen[bytes]
    pause: float
    again_at: float | None

    def __init__(self, command: Sequence[str]) -> None:
        self.command = command
        self.pause = _PAUSE
        self._start()

    def goes_on(self, *, keep: bool) -> bool:
        """Whether it runs, or will again."""
        code = self.process.poll()
        if code is None:
            return True
        if not keep or code in _OVER:
            return False
        if self.again_at is None:
            self.again_at = time.monotonic() + self.pause
            self.pause = min(2 * self.pause, _LONGEST_PAUSE)
        if time.monotonic() >= self.again_at:
            self._start()
        return True

    def _start(self) -> None:
        # In a group of its own: Ctrl-C would reach it beside our SIGTERM, and the second signal ends without draining.
        environment = {name: value for name, value in os.environ.items() if name != "HUB_RUN_WORKERS"}
        self.process = subprocess.Popen(  # noqa: S603 - ours
            self.command, env=environment, process_group=0, stdin=subprocess.PIPE
        )
        self.again_at = None
