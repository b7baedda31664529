"""Named places where a test may make the process die or fail. They do nothing unless HUB_FAILPOINTS is set.

HUB_FAILPOINTS is a comma separated list of `name=action@n`: at the n-th passing (default 1; `*` is every one) of that
place, `kill` ends the process as SIGKILL does, `raise` raises OSError, `enospc` raises "no space left", `exit` leaves
at once, and `delay:50-300` lets so many milliseconds pass, which is how a far side on this machine becomes slow.
"""

from __future__ import annotations

import errno
import os
import random
import signal
import threading
import time
from collections import Counter

_ACTIONS = os.environ.get("HUB_FAILPOINTS", "")
_passed: Counter[str] = Counter()
_counting = threading.Lock()


def hit(name: str) -> None:
    """Pass the place `name`."""
    if _ACTIONS:
        _act(name)


def _act(name: str) -> None:
    with _counting:
        _passed[name] += 1
        count = _passed[name]
    for entry in _ACTIONS.split(","):
        place, _, action = entry.partition("=")
        what, _, when = action.partition("@")
        if place == name and (when == "*" or count == int(when or 1)):
            _do(name, what)


def _do(name: str, what: str) -> None:
    action, _, milliseconds = what.partition(":")
    if action == "delay":
        low, _, high = milliseconds.partition("-")
        time.sleep(random.uniform(float(low), float(high or low)) / 1000)  # noqa: S311 - a pause, no secret
    else:
        _fail(name, what)


def _fail(name: str, what: str) -> None:
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "exit":
        os._exit(70)
    number = errno.ENOSPC if what == "enospc" else errno.EIO
    raise OSError(number, f"failpoint {name}: {os.strerror(number)}")
