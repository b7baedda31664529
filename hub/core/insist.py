"""A database that does not answer is asked again: without end while the process works, for a grace when it stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

T = TypeVar("T")

_RETRY = 0.5  # seconds from one try to the next
_GRACE = 7.0  # seconds of tries once it is to end


class Insist:
    """Does what needs the database, as often as it takes. One thread uses it."""

    def __init__(self) -> None:
        self.told = threading.Event()  # a signal's: the process is to end
        self.ending = False  # likewise, by its own will
        self._until: float | None = None

    def __call__(self, work: Callable[[], T]) -> T:
        """What `work` gives; it must do all or nothing. Raises OperationalError when the grace is over."""
        while True:
            try:
                return work()
            except OperationalError:
                if self._is_enough():
                    raise
                time.sleep(_RETRY)

    def _is_enough(self) -> bool:
        if not self.ending and not self.told.is_set():
            return False
        self._until = self._until or time.monotonic() + _GRACE
        return time.monotonic() >= self._until
