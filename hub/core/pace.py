"""How a process that delivers works: how much at a time, for how long, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Threads, lease, and which destinations."""

    slots: int = 32
    lease_ms: int = 60_000
    only: frozenset[int] | None = None
    due_by: int | None = None  # `run --once`: only what is due by then (database clock)
    room: Callable[[], bool] = lambda: True  # whether there is room to write down what comes of a sending
