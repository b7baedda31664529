"""Why a delivery is where it is: the cause in one sentence, whose turn it is, when it goes on, and what mends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.engine import Row

from hub.app.board import place_state
from hub.app.home import Hub
from hub.core.clock import from_ms
from hub.core.delivery import DestinationState, State, Turn
from hub.core.store import board, destinations, summary, workers


class Mend(StrEnum):
    """What a person can do about it, in one word."""

    NOTHING = ""
    APPROVE = "approve"
    RETRY = "retry"
    RESOLVE = "resolve"
    RELEASE = "release"  # the document
    AGAIN = "again"  # a new generation
    RUN = "run"
    DESTINATION = "destination"  # mend the place, not the paper
    FIRST = "first"  # look at the paper that goes before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The answer. `turn` is None when nobody has to do anything; `command` is what to type, with the choice if any."""

    id: int
    cause: str
    turn: Turn | None
    next_attempt_at: datetime | None
    command: str
    mend: Mend


def why(hub: Hub, delivery_id: int) -> Cause:
    """Say why. Raises NotFoundError."""
    with hub.db.read() as conn:
        row = board.standing(conn, delivery_id)
        place, _ = destinations.with_connection(conn, row.destination_id)
        now = summary.database_now(conn)
        first = None if row.waits_for is None else board.goes_first(conn, row.waits_for)
        alive = workers.alive(conn, now, round(hub.config.lease * 1000))
    return _ANSWERS[State(row.shown_state)](_Case(row, place, now, first=first, running=bool(alive)))


@dataclass(frozen=True, slots=True)
class _Case:
    """A delivery, its destination, the database's clock, what goes before it, and whether anybody delivers."""

    row: Row[Any]
    place: Row[Any]
    now: int
    first: Row[Any] | None
    running: bool

    @property
    def said(self) -> str:
        """Reason and detail of the delivery, in words."""
        return ": ".join(filter(None, (self.row.reason, self.row.detail)))

    def is_(self, sentence: str, turn: Turn | None = None, mend: Mend = Mend.NOTHING) -> Cause:
        """The answer to this case."""
        row = self.row
        due = row.due_at is not None and row.shown_state != State.SENDING
        return Cause(
            id=row.id,
            cause=sentence,
            turn=turn,
            next_attempt_at=from_ms(row.due_at) if due else None,
            command=_COMMANDS[mend].format(
                id=row.id, document=row.document_id, place=self.place.name, first=row.waits_for
            ),
            mend=mend,
        )


_COMMANDS: Mapping[Mend, str] = {
    Mend.NOTHING: "",
    Mend.APPROVE: "hub outbox approve {id}",
    Mend.RETRY: "hub outbox retry {id}",
    Mend.RESOLVE: "hub outbox resolve {id} --arrived (or --resend)",
    Mend.RELEASE: "hub doc release {document}",
    Mend.AGAIN: "hub doc deliver {document} --to {place} --again",
    Mend.RUN: "hub run",
    Mend.DESTINATION: "hub destination test {place}",
    Mend.FIRST: "hub outbox why {first}",
}


def _queued(case: _Case) -> Cause:
    state, reason, turn = place_state(case.place)
    if state is not DestinationState.ACTIVE:
        words = ": ".join(filter(None, (reason, case.place.detail)))
        return case.is_(f"{case.place.name} is {state} ({words}), so papers wait", turn, Mend.DESTINATION)
    if case.first is not None:
        return _behind(case, case.first)
    if (case.place.limited_until or 0) > case.now:
        until = from_ms(case.place.limited_until)
        words = f"the limit of calls at {case.place.name} is reached; it goes on at {until:%Y-%m-%d %H:%M:%S} UTC"
        return replace(case.is_(words, Turn.REMOTE), next_attempt_at=until)
    if case.row.due_at is not None and case.row.due_at > case.now:
        return case.is_(f"the last try did not get through ({case.said}); tried again", Turn.NETWORK, Mend.RETRY)
    if not case.running:
        return case.is_("it is due, but nothing delivers: no `hub run` is alive", Turn.YOU, Mend.RUN)
    return case.is_("it is due and goes in its turn", Turn.US)


_STUCK = (State.HELD, State.UNCERTAIN)


def _behind(case: _Case, first: Row[Any]) -> Cause:
    """It is not its turn: an order is kept, or it credits an invoice that goes first."""
    named = f"{first.number or 'a pack'} before it (delivery {first.id}, {first.state})"
    turn = Turn.YOU if first.state in _STUCK else Turn.US
    if case.row.due_at is None:
        return case.is_(f"{case.place.name} takes papers in order: it waits for {named}", turn, Mend.FIRST)
    return case.is_(f"it credits an invoice: it waits for {named}, a week at most", turn, Mend.RETRY)


def _sending(case: _Case) -> Cause:
    return case.is_("a process has it right now", Turn.US)


def _uncertain(case: _Case) -> Cause:
    if case.row.due_at is not None:
        return case.is_("it may have arrived; that is found out before anything is sent again", Turn.US)
    return case.is_(f"it may have arrived, and nobody can be asked by us ({case.said})", Turn.YOU, Mend.RESOLVE)


_HELD: Mapping[str, tuple[str, Mend]] = {
    "approval": ("it waits for your yes before it goes", Mend.APPROVE),
    "conflict": ("another paper has the same supplier, kind, number and year: compare them", Mend.RELEASE),
    "document_held": ("a person holds this document", Mend.RELEASE),
    "crashed": ("three processes died with it", Mend.RETRY),
    "corrupt": ("stored bytes are gone or changed: run `hub verify`, restore that file", Mend.RETRY),
    "exhausted": ("a week of tries did not get through", Mend.RETRY),
}


def _held(case: _Case) -> Cause:
    sentence, mend = _HELD.get(case.row.reason, ("", Mend.RETRY))
    if not sentence:
        return case.is_(f"a person must look ({case.said}); mend that first", Turn.YOU, mend)
    detail = f" ({case.row.detail})" if case.row.detail else ""
    return case.is_(sentence + detail, Turn.YOU, mend)


def _rejected(case: _Case) -> Cause:
    return case.is_(f"{case.place.name} did not accept these bytes ({case.said})", Turn.YOU, _again(case))


def _delivered(case: _Case) -> Cause:
    by_hand = " by a person's word" if case.row.reason == "by_hand" else ""
    reference = (case.row.receipt or {}).get("reference")
    receipt = f"; its receipt: {reference}" if reference else ""
    return case.is_(f"{case.place.name} took it{by_hand}{receipt}")


def _cancelled(case: _Case) -> Cause:
    return case.is_("a person stopped it", mend=_again(case))


def _again(case: _Case) -> Mend:
    """A pack is not sent again but exported anew."""
    return Mend.NOTHING if case.row.document_id is None else Mend.AGAIN


_ANSWERS: Mapping[State, Callable[[_Case], Cause]] = {
    State.QUEUED: _queued,
    State.SENDING: _sending,
    State.UNCERTAIN: _uncertain,
    State.HELD: _held,
    State.REJECTED: _rejected,
    State.DELIVERED: _delivered,
    State.CANCELLED: _cancelled,
}
