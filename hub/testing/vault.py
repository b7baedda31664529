"""A plugin's vault in memory, for tests of a plugin alone: the same methods, one process."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from hub.plugins.vault import Kept


class MemoryVault:
    """Behaves like `hub.Vault`; `lease` really excludes, over threads."""

    def __init__(self, **values: str) -> None:
        self._kept = {name: Kept(value, 1) for name, value in values.items()}
        self._lock = threading.Lock()
        self._leases: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def get(self, name: str) -> Kept | None:
        """The text under this name, or None."""
        return self._kept.get(name)

    def put(self, name: str, value: str, *, if_generation: int | None = None) -> bool:
        """Store a text, with `if_generation` only over that one (0: there is none yet)."""
        with self._lock:
            now = self._kept.get(name)
            generation = now.generation if now else 0
            if if_generation not in (None, generation):
                return False
            self._kept[name] = Kept(value, generation + 1)
            return True

    def forget(self, name: str) -> None:
        """Remove a text."""
        self._kept.pop(name, None)

    @contextmanager
    def lease(self, name: str, seconds: float) -> Iterator[None]:  # noqa: ARG002 - as long as it is held, here
        """Be the only holder."""
        with self._lock:
            mine = self._leases[name]
        with mine:
            yield
