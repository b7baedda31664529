"""One process in which a plugin runs apart (`hub.plugins.apart`), and the channel to it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from hub.plugins import wire
from hub.plugins.wire import Message


class Process:
    """One process of a plugin. One thread at a time talks to it."""

    def __init__(self, command: Sequence[str], opening: Message) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - ours
                [*command, str(theirs.fileno())],
                env={name: value for name, value in os.environ.items() if name != "HUB_FAILPOINTS"},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=2,  # what a plugin prints is no answer of ours
                process_group=0,  # Ctrl-C is for us
            )
        self._answers = self._channel.makefile("rb")
        self.tell(opening)

    def tell(self, message: Message) -> None:
        """Send it a message. That it is gone shows in what comes back."""
        with suppress(OSError):
            self._channel.sendall(wire.line(message))

    def hear(self, seconds: float) -> Message:
        """Its next message. Raises TimeoutError, EOFError when it has ended, ValueError for rubbish."""
        self._channel.settimeout(seconds)
        try:
            return wire.read(self._answers)
        except ConnectionError as error:
            raise EOFError from error

    def end(self, patience: float = 0.0) -> str:
        """End it and all it has started; says how it ended by itself, if it does within so many seconds."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        code = self._process.poll()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._answers.close()
        self._channel.close()
        if code is None:
            return ""
        return f"exit code {code}" if code >= 0 else f"signal {-code}"
