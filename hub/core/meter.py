"""What a delivery took of the far side's limits: the calls made, and what the far side says is left."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Literal

Scope = Literal["minute", "day"]

# The longest that a far side's word may close it, in seconds: a wrong header must not stop a destination for a year.
_LONGEST = {"minute": 3_600.0, "day": 90_000.0}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the far side said: so many calls are left until the limit of this scope starts anew, in seconds."""

    scope: Scope
    remaining: int
    resets_in: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What one step took. `calls` is None where the plugin does not count them."""

    calls: int | None = None
    seen: tuple[Seen, ...] = ()

    @property
    def exhausted(self) -> bool:
        """The far side takes no more calls for now."""
        return any(seen.remaining <= 0 for seen in self.seen)


NO_USAGE = Usage()


class Meter:
    """A delivery's account of calls. The core reads it when the step is over, however that ends."""

    def __init__(self) -> None:
        self._calls: int | None = None
        self._seen: dict[Scope, tuple[int, float]] = {}

    def used(self, calls: int = 1) -> None:
        """So many calls were made; without this a delivery counts for what `Limits.calls` says."""
        self._calls = (self._calls or 0) + calls

    def seen(self, scope: Scope, remaining: int, resets_in: float) -> None:
        """The far side said that so many calls are left, and that the count starts anew in so many seconds.

        That wins over what the core counted. With none left nothing is sent until then, and a delivery that ends as
        `NotSent` for it burns no try.
        """
        wait = 0.0 if math.isnan(resets_in) else min(max(resets_in, 0.0), _LONGEST[scope])
        self._seen[scope] = (max(0, remaining), time.monotonic() + wait)

    @property
    def told(self) -> bool:
        """Whether the plugin noted anything."""
        return self._calls is not None or bool(self._seen)

    def usage(self) -> Usage:
        """What was noted until now; what the far side said of a time that is over is left out."""
        now = time.monotonic()
        seen = (Seen(scope, left, until - now) for scope, (left, until) in self._seen.items() if until > now)
        return Usage(self._calls, tuple(seen))
