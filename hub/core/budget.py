"""How many calls a far side still bears: a bucket for the minute, a count for the day, and its own word, all pure.

The bucket never lets more through in any minute than `per_minute` (it starts with `burst` and refills with the rest).
A day is the far side's: it ends when the far side says, and until it has said so at midnight UTC. What the far side
says is left wins over what was counted here. Times in milliseconds of one clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.core.backoff import DAY, MINUTE, SECOND
from hub.core.meter import Seen, Usage

_NO_LIMIT = 1 << 30


@dataclass(frozen=True, slots=True)
class Refill:
    """How a bucket is filled: `burst` calls at once, then `rate` a minute."""

    rate: float | None
    burst: float


def refill(per_minute: int | None, burst: int) -> Refill:
    """The bucket that lets at most `per_minute` calls through in any minute, `burst` of them at once."""
    if per_minute is None:
        return Refill(None, float(burst))
    at_once = min(burst, max(1, per_minute // 2))
    return Refill(float(max(per_minute - at_once, per_minute / 2)), float(at_once))


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is left. `closed_until` is the far side's own word; call `refilled` before asking for room."""

    rate: float | None = None
    burst: float = 1.0
    tokens: float = 1.0
    refilled_at: int | None = None
    per_day: int | None = None
    day_left: int | None = None
    day_ends_at: int | None = None
    closed_until: int | None = None

    def refilled(self, now: int) -> Budget:
        """With what time has brought: tokens up to `burst` (more only by the far side's word), and a new day."""
        budget = self._new_day(now)
        if self.rate is None:
            return budget
        elapsed = max(0, now - (self.refilled_at if self.refilled_at is not None else now))
        grown = min(self.burst, self.tokens + self.rate * elapsed / MINUTE)
        return replace(budget, tokens=max(self.tokens, grown), refilled_at=now)

    def _new_day(self, now: int) -> Budget:
        if self.per_day is None or (self.day_ends_at is not None and now < self.day_ends_at):
            return self
        end = self.day_ends_at if self.day_ends_at is not None else 0
        return replace(self, day_left=self.per_day, day_ends_at=end + ((now - end) // DAY + 1) * DAY)

    def room(self, calls: int, now: int) -> int:
        """How many deliveries of so many calls may go now."""
        if now < (self.closed_until or 0):
            return 0
        room = _NO_LIMIT
        if self.rate is not None:
            room = int(self.tokens // calls) or int(self.tokens >= min(calls, self.burst))
        if self.day_left is not None:
            room = min(room, self.day_left // calls)
        return max(0, room)

    def open_at(self, calls: int, now: int) -> int:
        """When there will be room for one again; `now` when there is."""
        at = max(now, self.closed_until or 0)
        if self.day_left is not None and self.day_left < calls:
            at = max(at, self.day_ends_at or 0)
        short = min(calls, self.burst) - self.tokens
        if self.rate is not None and short > 0:
            at = max(at, now + round(short * MINUTE / self.rate) + 1)
        return at

    def spent(self, calls: int) -> Budget:
        """Less so many calls; a negative number gives them back, to the bucket up to `burst`."""
        tokens, left = self.tokens - calls, self.day_left
        if calls < 0:
            tokens = max(self.tokens, min(self.burst, tokens))
        if left is not None:
            left = min(max(0, left - calls), self.per_day if self.per_day is not None else left)
        return replace(self, tokens=tokens if self.rate is not None else self.tokens, day_left=left)

    def told(self, usage: Usage, now: int, *, calls: int, spare: int) -> Budget:
        """After a delivery that was reckoned to take `calls` told what it used and what the far side said.

        `spare` calls are kept back for what is under way and not in the far side's count yet.
        """
        budget = self if usage.calls is None else self.spent(usage.calls - calls)
        for seen in usage.seen:
            budget = budget._seen(seen, _Room(calls, spare), now)
        return budget

    def _seen(self, seen: Seen, room: _Room, now: int) -> Budget:
        ends = now + round(seen.resets_in * SECOND)
        budget = self
        if seen.remaining < room.calls:
            budget = replace(budget, closed_until=max(budget.closed_until or 0, ends))
        if seen.scope == "minute" and budget.rate is not None:
            return replace(budget, tokens=room.reckoned(budget.tokens, seen.remaining))
        if seen.scope == "day" and budget.per_day is not None:
            left = budget.day_left if budget.day_left is not None else budget.per_day
            return replace(budget, day_left=int(room.reckoned(left, seen.remaining)), day_ends_at=ends)
        return budget


@dataclass(frozen=True, slots=True)
class _Room:
    """What a delivery takes, and what is kept back for those under way."""

    calls: int
    spare: int

    def reckoned(self, ours: float, theirs: int) -> float:
        """What is left when both have counted: theirs, less what they have not seen yet, but at most theirs."""
        return min(float(theirs), max(ours, float(theirs - self.spare)))
