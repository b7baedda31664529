"""A plugin's durable secrets: tokens and passwords that it was given, encrypted, in the hub's database.

What `put` stored is durable when it returns, so a token is safe before it is first used. `lease` makes one process
the one that renews it.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hub.core.store import secrets, summary
from hub.core.store.engine import Database
from hub.errors import NotSent
from hub.failpoints import hit
from hub.plugins.seal import Seal

_PATIENCE = 30.0  # seconds to wait for another holder
_LOOK = 0.05


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored text; `generation` goes up by one with every `put`."""

    value: str = field(repr=False)
    generation: int


class Vault:
    """The secrets of one owner: a connection or a destination."""

    def __init__(self, db: Database, seal: Callable[[], Seal], owner: str) -> None:
        self._db = db
        self._seal = seal
        self._owner = f"vault:{owner}"

    def get(self, name: str) -> Kept | None:
        """The text under this name, or None."""
        with self._db.read() as conn:
            row = secrets.one(conn, (self._owner, name))
        return None if row is None else Kept(self._seal().open({name: row.value})[name], row.generation)

    def put(self, name: str, value: str, *, if_generation: int | None = None) -> bool:
        """Store a text; durable when this returns.

        With `if_generation` only over that generation (0: there is none yet); False when there is another.
        """
        sealed = self._seal().seal({name: value})
        with self._db.write() as tx:
            if if_generation is not None:
                if not secrets.put_if(tx, (self._owner, name), sealed[name], if_generation):
                    return False
            else:
                secrets.put(tx, self._owner, sealed)
        hit("token.stored")
        return True

    def forget(self, name: str) -> None:
        """Remove a text."""
        with self._db.write() as tx:
            secrets.forget(tx, self._owner, name)

    @contextmanager
    def lease(self, name: str, seconds: float) -> Iterator[None]:
        """Be the only holder over all processes, for `seconds` at most; waits for its turn.

        Read again what you are about to renew: the holder before may have done it. Raises NotSent (`vault_busy`).
        """
        holder = uuid.uuid4().hex
        self._take(name, holder, round(seconds * 1000))
        try:
            yield
        finally:
            with self._db.write() as tx:
                secrets.give_back(tx, (self._owner, name), holder)

    def _take(self, name: str, holder: str, duration: int) -> None:
        until = time.monotonic() + _PATIENCE
        while True:
            with self._db.read() as conn:
                free = secrets.is_free(conn, (self._owner, name), summary.database_now(conn))
            if free:
                with self._db.write() as tx:
                    if secrets.take(tx, (self._owner, name), holder, duration):
                        return
            if time.monotonic() >= until:
                raise NotSent("vault_busy", f"another process is renewing {name}", unwell=False)
            threading.Event().wait(_LOOK)
