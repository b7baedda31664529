"""What Exact's answers mean: rows on one side, and on the other the error for each refusal. Pure.

A refusal is told by a JSON error value being there, not by the status: Exact answers business errors with 500.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from hub import Held, LoginNeeded, NotSent, Problem, Rejected, SettingsError, Severity, Uncertain, show

if TYPE_CHECKING:
    from hub.http import Reply

Row = Mapping[str, Any]
Refusal = NotSent | Rejected | Held | LoginNeeded | SettingsError | Uncertain

# What leaves no doubt that nothing was written.
CLEAR = (NotSent, Rejected, Held, LoginNeeded, SettingsError)

_GOOD = range(200, 300)
_FORBIDDEN, _TIMED_OUT, _TOO_MANY = 403, 408, 429
_CLIENT = range(400, 500)
_BLIND_WAIT = 61.0  # seconds; the minute's limit starts anew each whole minute
_SHOWN = 400
_BY_STATUS: Mapping[int, Callable[[str], Refusal]] = {
    400: partial(Held, "payload"),  # a call that Exact cannot read is our fault: the same paper would fail again
    401: partial(LoginNeeded, "exact.401"),
    404: partial(SettingsError, "exact.404"),
}
_USER_REASONS = frozenset({"blockeduser", "inactiveuser"})  # another person must log in; the rest is set at Exact


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked: `reading` calls may be repeated without harm; `scale` is the connection's time_scale."""

    name: str
    reading: bool
    now: datetime
    scale: float = 1.0


def accepted(reply: Reply, call: Call) -> Reply:
    """The answer when it is a good one; raises the error that it means."""
    if reply.status in _GOOD and (reply.status == 204 or _is_json(reply)):  # noqa: PLR2004 - no content
        return reply
    raise refusal(reply, call)


def refusal(reply: Reply, call: Call) -> Refusal:
    """The error for an answer that is no good one."""
    text = error_text(reply)
    said = show(f"{call.name}: Exact answered {reply.status} {text}".rstrip(), limit=_SHOWN)
    if reply.status in _BY_STATUS:
        return _BY_STATUS[reply.status](said)
    if reply.status == _FORBIDDEN:
        return _forbidden(reply, said)
    if reply.status == _TOO_MANY:
        return NotSent("exact.rate_limit", said, retry_after=wait_of(reply, call))
    code = f"exact.{reply.status}"
    if reply.status != _TIMED_OUT and (text or reply.status in _CLIENT):
        return _judgement(code, text, said, call)
    return NotSent(code, said) if call.reading else Uncertain(code, said)


def _judgement(code: str, text: str, said: str, call: Call) -> Refusal:
    """A word of Exact's own, for good: about a write it judges the paper, about a read what was set."""
    if call.reading:
        return SettingsError(code, said)
    return Rejected([Problem(code, text, severity=Severity.FATAL)]) if text else Held(code, said)


def _forbidden(reply: Reply, said: str) -> LoginNeeded | SettingsError:
    reason = reply.headers.get("reason", "")
    told = f"{said} ({show(reason, limit=100)})" if reason else said
    if reason.strip().lower() in _USER_REASONS:
        return LoginNeeded("exact.403", told)
    return SettingsError("exact.403", told)


def error_text(reply: Reply) -> str:
    """Exact's own words, in the language of its user; several are joined by `; `. Empty when it said none."""
    try:
        value = reply.json()["error"]["message"]["value"]
    except (ValueError, KeyError, TypeError):
        return ""
    lines = value.splitlines() if isinstance(value, str) else []
    return show("; ".join(line.strip() for line in lines if line.strip()), limit=_SHOWN)


def wait_of(reply: Reply, call: Call) -> float:
    """How long to wait after a 429, in seconds; the day's limit counts when it is the one that is told."""
    told = reply.retry_after(call.now)
    if told is not None:
        return told
    for name in ("x-ratelimit-minutely-reset", "x-ratelimit-reset"):
        if reset := _epoch_ms(reply.headers.get(name, "")):
            return max(reset / 1000 - call.now.timestamp(), 0.0) + 1 / call.scale
    return _BLIND_WAIT / call.scale


def _epoch_ms(text: str) -> int:
    return int(text) if text.strip().isdecimal() else 0


def rows(reply: Reply) -> tuple[Sequence[Row], str]:
    """The rows of an answer and the address of the next page (empty: none); raises ValueError.

    Exact has three shapes: `d` is the rows, holds them as `results`, or is the one row itself.
    """
    held = _decimal_json(reply)["d"]
    if isinstance(held, Mapping) and "results" in held:
        return _rows(held["results"]), str(held.get("__next") or "")
    return _rows([held] if isinstance(held, Mapping) else held), ""


def _rows(value: Any) -> Sequence[Row]:
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise ValueError("the answer holds no rows")
    return value


def _decimal_json(reply: Reply) -> Mapping[str, Any]:
    answer = json.loads(reply.text, parse_float=Decimal)
    if not isinstance(answer, Mapping) or "d" not in answer:
        raise ValueError("the answer has no `d`")
    return answer


def _is_json(reply: Reply) -> bool:
    """It has the envelope of an answer; a maintenance page comes with 200 too."""
    try:
        _decimal_json(reply)
    except ValueError:
        return False
    return True
