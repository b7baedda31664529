"""What happens next, by what a plugin raised and how far the trip had come. Pure: one table, one function.

Before the mark nothing has left the house, so whatever goes wrong there is "not sent". After it, anything that is not
a clear word of the far side is "uncertain".
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, replace

from hub.core.backoff import DAY, SECOND, delay
from hub.core.claim import Block, Claim, Settlement
from hub.core.delivery import Absent, OnUncertain, Outcome, Receipt, State, Turn
from hub.core.meter import NO_USAGE, Usage
from hub.core.words import show
from hub.errors import (
    Blocked,
    CorruptError,
    Held,
    HubError,
    LoginNeeded,
    NotSent,
    PluginDied,
    PluginHung,
    Rejected,
    TemporaryError,
    Uncertain,
)

_DETAIL_LIMIT = 500
_OURS_AT_MOST = 300 * SECOND  # until our own side is tried again


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """How far a step had come when it ended. `chance` (0..1) spreads the next try."""

    claim: Claim
    started_at: int
    marked: bool = False
    tracing: bool = False
    sent_sha256: str = ""
    can_trace: bool = False
    trace_after: float = 0.0
    on_uncertain: OnUncertain = OnUncertain.ASK
    login_shared: bool = True
    chance: float = 0.5
    usage: Usage = NO_USAGE


def answered(trip: Trip, answer: Receipt | Absent) -> Settlement:
    """The far side's word: it has the paper, or (a trace) it never got it."""
    if isinstance(answer, Absent):
        return replace(
            _base(trip, Outcome.ABSENT, State.QUEUED), code="absent", detail=_text(answer.evidence), due_in=0
        )
    code = "traced" if trip.tracing else ""
    return replace(_base(trip, Outcome.DELIVERED, State.DELIVERED), receipt=answer, code=code, unwell=False)


def ask_a_person(trip: Trip) -> Settlement:
    """It may have arrived, nobody can be asked, and the destination's rule says that a person decides."""
    settlement = _base(trip, None, State.UNCERTAIN)
    detail = "it may have arrived, and this far side cannot be asked"
    return replace(settlement, code="lost" if trip.claim.lost else "unanswered", detail=detail, begun=True)


def stopped(claim: Claim) -> Settlement:
    """The process was told to stop while this was being sent: it may have arrived."""
    settlement = _base(Trip(claim=claim, started_at=0), Outcome.UNCERTAIN, State.UNCERTAIN)
    detail = "the process was told to stop while this was being sent"
    return replace(settlement, code="stopped", detail=detail, due_in=0, begun=True, burns_try=False)


def judge(trip: Trip, error: BaseException) -> Settlement:
    """What becomes of a delivery whose step raised."""
    if isinstance(error, PluginDied) and error.hopeless:
        return replace(_held(trip, Held("crashed", _words(error))), begun=trip.marked)
    if trip.tracing:
        return _trace_failed(trip, error)
    for kind, rule in _RULES:
        if isinstance(error, kind):
            return rule(trip, error)
    if trip.marked:
        code = error.code if isinstance(error, PluginDied) else "plugin_error"
        return _uncertain(trip, code, _words(error))
    return _not_sent(trip, NotSent(_code_of(error), _words(error), unwell=False))  # the far side was not reached


def _base(trip: Trip, outcome: Outcome | None, state: State) -> Settlement:
    return Settlement(
        claim=trip.claim, outcome=outcome, state=state, started_at=trip.started_at, sent_sha256=trip.sent_sha256
    )


def _not_sent(trip: Trip, error: NotSent) -> Settlement:
    """Queued again by backoff or the far side's own time; held when a week of tries has passed."""
    wait = delay(trip.claim.tries + 1, trip.chance)
    rest = None if error.retry_after is None else round(min(max(error.retry_after * SECOND, SECOND), DAY))
    settlement = replace(
        _base(trip, Outcome.NOT_SENT, State.QUEUED),
        code=error.reason,
        detail=_text(error.detail),
        begun=trip.claim.begun,
        unwell=True if error.unwell else None,
        rest=rest if error.unwell else None,
    )
    if trip.usage.exhausted:
        return _until_reset(settlement)
    if wait is None:
        return replace(settlement, state=State.HELD, code="exhausted", detail=f"{error.reason}: {settlement.detail}")
    return replace(settlement, due_in=wait if rest is None else rest)


def _until_reset(settlement: Settlement) -> Settlement:
    """The far side's limit of calls is reached: nobody's fault, so it waits at no cost until the budget opens again."""
    return replace(settlement, due_in=0, burns_try=False, unwell=None, rest=None)


def _rejected(trip: Trip, error: Rejected) -> Settlement:
    return replace(_base(trip, Outcome.REJECTED, State.REJECTED), code=error.reason, detail=_text(error.detail))


def _held(trip: Trip, error: Held) -> Settlement:
    settlement = replace(_base(trip, Outcome.HELD, State.HELD), code=error.reason, detail=_text(error.detail))
    return replace(settlement, begun=trip.claim.begun)


def _corrupt(trip: Trip, error: CorruptError) -> Settlement:
    settlement = _held(trip, Held("corrupt", f"{error.message}; {error.action}"))
    return replace(settlement, begun=trip.marked)


def _blocked(trip: Trip, error: Blocked) -> Settlement:
    """Wait untouched, without burning a try, until somebody mends the destination."""
    login = isinstance(error, LoginNeeded)
    reason = "login_needed" if login else "settings_wrong"
    block = Block(reason, f"{error.reason}: {_text(error.detail)}", Turn.YOU, connection=login and trip.login_shared)
    settlement = _base(trip, Outcome.NOT_SENT, State.QUEUED)
    return replace(
        settlement,
        code=error.reason,
        detail=_text(error.detail),
        begun=trip.claim.begun,
        burns_try=False,
        due_in=0,
        block=block,
    )


def _raised_uncertain(trip: Trip, error: Uncertain) -> Settlement:
    if not trip.marked:
        return _not_sent(trip, NotSent(error.reason, error.detail))
    return _uncertain(trip, error.reason, _text(error.detail))


def _hung(trip: Trip, error: PluginHung) -> Settlement:
    """It counts against the destination: a thread was lost, so the next ones go there one by one."""
    if trip.marked:
        return _uncertain(trip, error.code, _words(error))
    return _not_sent(trip, NotSent(error.code, _words(error)))


def _uncertain(trip: Trip, code: str, detail: str) -> Settlement:
    """It may have arrived: looked at again by trace or by the rule `repeat`, else a person decides."""
    settlement = replace(_base(trip, Outcome.UNCERTAIN, State.UNCERTAIN), code=code, detail=detail, begun=True)
    settlement = replace(settlement, unwell=True)
    if trip.can_trace and not trip.tracing:
        return replace(settlement, due_in=round(trip.trace_after * SECOND))
    if trip.can_trace or trip.on_uncertain is OnUncertain.REPEAT:
        return replace(settlement, due_in=delay(trip.claim.tries + 1, trip.chance))
    return settlement


def _trace_failed(trip: Trip, error: BaseException) -> Settlement:
    """A trace that did not answer changes nothing but the time of the next one."""
    if isinstance(error, Blocked):
        return replace(_blocked(trip, error), outcome=Outcome.UNCERTAIN, state=State.UNCERTAIN, begun=True)
    if isinstance(error, CorruptError):
        return replace(_corrupt(trip, error), outcome=Outcome.UNCERTAIN, state=State.UNCERTAIN, begun=True)
    if isinstance(error, TemporaryError):
        return _ours(trip, error)
    code = error.code if isinstance(error, PluginHung | PluginDied) else "trace_failed"
    settlement = _uncertain(trip, code, _words(error))
    if isinstance(error, NotSent) and trip.usage.exhausted:
        return _until_reset(settlement)
    if isinstance(error, NotSent) and error.retry_after is not None:
        return replace(settlement, due_in=round(min(max(error.retry_after * SECOND, SECOND), DAY)))
    return settlement


def _ours(trip: Trip, error: TemporaryError) -> Settlement:
    """Our own side cannot work just now (bytes out of reach, a full disk): it waits, burns no try, blames nobody."""
    marked = trip.marked
    outcome, state = (Outcome.UNCERTAIN, State.UNCERTAIN) if marked else (Outcome.NOT_SENT, State.QUEUED)
    wait = delay(trip.claim.attempts + 1, trip.chance) or _OURS_AT_MOST
    return replace(
        _base(trip, outcome, state),
        code=error.code,
        detail=_text(f"{error.message}; {error.action}"),
        begun=marked,
        burns_try=False,
        due_in=min(wait, _OURS_AT_MOST),
    )


_RULES: tuple[tuple[type[BaseException], Callable[..., Settlement]], ...] = (
    (NotSent, _not_sent),
    (Rejected, _rejected),
    (Held, _held),
    (Uncertain, _raised_uncertain),
    (Blocked, _blocked),
    (CorruptError, _corrupt),
    (PluginHung, _hung),
    (TemporaryError, _ours),
)


def _code_of(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "no_space"
    return error.code if isinstance(error, HubError) else "plugin_error"


def _words(error: BaseException) -> str:
    text = error.message if isinstance(error, HubError) else f"{type(error).__name__}: {error}"
    return _text(text)


def _text(text: str) -> str:
    return show(text, limit=_DETAIL_LIMIT)
