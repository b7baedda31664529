"""How a process's threads are shared, so that one slow destination does not take them all. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_LINGERS = 1.0  # seconds after which a step holds its thread for long


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The threads of a process, and what it holds: by destination, all of it and what has been running for long.

    With slow destinations alone, `n` of them end at a share of `slots / (n + 1)` each: one share is always free.
    """

    slots: int
    held: Mapping[int, int] = field(default_factory=dict)
    lingering: Mapping[int, int] = field(default_factory=dict)

    def room(self, destination_id: int) -> int:
        """How many more it may be given: half of the threads that slow ones elsewhere leave, less what it has."""
        elsewhere = sum(count for place, count in self.lingering.items() if place != destination_id)
        return max(0, max(1, (self.slots - elsewhere) // 2) - self.held.get(destination_id, 0))


def share_of(slots: int, held: Iterable[tuple[int, float | None]], now: float) -> Share:
    """The share of a process that holds these: each is a destination and when its step began, None while it waits."""
    counted, lingering = Counter[int](), Counter[int]()
    for destination_id, began in held:
        counted[destination_id] += 1
        lingering[destination_id] += began is not None and now - began > _LINGERS
    return Share(slots=slots, held=counted, lingering=lingering)
