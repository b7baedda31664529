"""What Exact says of its limits: calls a minute and a day, of one app in one division.

Both sets of headers come with a good answer, one of them with a refusal, none with some errors: a header that is
missing says nothing. Resets are Unix milliseconds; the minute starts anew at each whole minute, the day at 00:00 UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hub import Meter
from hub_exact.answers import Call, wait_of

if TYPE_CHECKING:
    from hub.http import Reply

PER_MINUTE = 60
PER_DAY = 5_000
CALLS = 3  # of a paper whose customer is known

_TOO_MANY = 429
_MINUTE = 61.0  # seconds; a clock that goes wrong must not make more of a minute
_Limit = tuple[Literal["minute", "day"], str]  # and how its headers begin
_SCOPES: tuple[_Limit, ...] = (
    ("minute", "x-ratelimit-minutely"),
    ("day", "x-ratelimit"),
)


def note(meter: Meter, reply: Reply, call: Call) -> None:
    """Tell the core that a call was made, and what is left by Exact's word."""
    meter.used()
    closed = [_note_scope(meter, reply, call, of) for of in _SCOPES]
    if reply.status == _TOO_MANY and not any(closed):
        meter.seen("minute", 0, wait_of(reply, call))


def _note_scope(meter: Meter, reply: Reply, call: Call, of: _Limit) -> bool:
    """Note one limit; whether it was told that none is left."""
    scope, prefix = of
    remaining, reset = (reply.headers.get(f"{prefix}-{name}", "").strip() for name in ("remaining", "reset"))
    if not (remaining.isdecimal() and reset.isdecimal()):
        return False
    wait = int(reset) / 1000 - call.now.timestamp() + 1 / call.scale
    meter.seen(scope, int(remaining), min(wait, _MINUTE / call.scale) if scope == "minute" else wait)
    return remaining == "0"
