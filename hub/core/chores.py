"""What else must be done now and then, beside the pump: a thread of its own, since leases do not wait for chores."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

_LOG = structlog.get_logger("hub.chores")
_PATIENCE = 2.0  # seconds for chores at the end of a run; they are taken up by the next one


class Chores:
    """Does `work` when called, unless it is still at it."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._thread: threading.Thread | None = None

    def __call__(self) -> None:
        """Begin a round."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._round, name="chores", daemon=True)
            self._thread.start()

    def finish(self) -> None:
        """Wait a moment for a round that is under way."""
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def _round(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - a chore that failed must not end what delivers
            _LOG.warning("chores failed; they are done again in an hour", error=f"{type(error).__name__}: {error}")
