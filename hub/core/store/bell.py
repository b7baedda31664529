"""How processes on PostgreSQL tell each other that a destination is to be looked at sooner: NOTIFY, heard by LISTEN.

Only a help: who hears nothing, because the connection is lost or a pooler stands between, looks from time to time.
"""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import PoolProxiedConnection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

RING = sa.text("NOTIFY hub_due")
_LISTEN = "LISTEN hub_due"
_SOON, _LATE = 0.5, 30.0  # seconds from one try to connect to the next


class Bell:
    """Hears that it rang, on a connection of its own. Belongs to one thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._lost: tuple[type[Exception], ...] = (DBAPIError, engine.dialect.loaded_dbapi.Error)
        self._taken: PoolProxiedConnection | None = None
        self._listener: Any = None  # the driver's own connection, once it listens
        self._again = 0.0  # monotonic time of the next try to connect
        self._pause = _SOON

    @property
    def hears(self) -> bool:
        """Whether it would hear."""
        return self._listener is not None

    def rang(self, patience: float) -> bool:
        """Whether it rang since it was asked last, or may have; waits up to `patience` seconds for it."""
        if self._listener is None:
            if time.monotonic() >= self._again and self._connect():
                return True  # whatever rang before was not heard
            time.sleep(patience)
            return False
        try:
            return bool(list(self._listener.notifies(timeout=patience, stop_after=1)))
        except self._lost:
            self.close()
            return True

    def close(self) -> None:
        """Hear no more, until it is asked again."""
        self._listener = None
        if self._taken is not None:
            self._taken.invalidate()  # it listens: nobody else gets it
            self._taken.close()
            self._taken = None

    def _connect(self) -> bool:
        """Listen; when nobody answers, the next try is later, and the one after it later still."""
        try:
            self._taken = self.engine.raw_connection()
            listener: Any = self._taken.driver_connection
            listener.autocommit = True
            listener.execute("SET idle_session_timeout = 0")
            listener.execute(_LISTEN)
        except self._lost:
            self.close()
            self._again = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, _LATE)
            return False
        self._listener = listener
        self._pause = _SOON
        return True
