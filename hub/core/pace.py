"""How a process that delivers works: how much at a time, for how long, and where."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hub.core.share import share_of
from hub.core.store.claiming import Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Threads, lease, and which destinations."""

    slots: int = 32
    lease_ms: int = 60_000
    only: frozenset[int] | None = None
    due_by: int | None = None  # `run --once`: only what is due by then (database clock)
    room: Callable[[], bool] = lambda: True  # whether there is room to write down what comes of a sending

    def ask(self, worker: str, budget: int, held: Iterable[tuple[int, float | None]]) -> Ask:
        """What a worker asks for that holds these: each a destination, and when its step began (monotonic)."""
        return Ask(
            worker=worker,
            budget=budget,
            lease_ms=self.lease_ms,
            only=self.only,
            due_by=self.due_by,
            share=share_of(self.slots, held, time.monotonic()),
        )
