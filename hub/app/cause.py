"""Why a delivery is where it is: the cause in one sentence, whose turn it is, when it goes on, and what mends it.

What a code means is written down in `hub.core.meanings`, and for a plugin's own codes in its `describe()`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from hub.app.board import place_state
from hub.app.home import Hub
from hub.app.mend import FIRST, Mend, mend_of
from hub.core import meanings
from hub.core.clock import from_ms
from hub.core.delivery import DestinationState, State, Turn
from hub.core.meanings import CORE, PLACE, Meaning, meaning_of
from hub.core.store import board, companies, destinations, summary, workers
from hub.errors import PluginError
from hub.plugins.types import PluginInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The answer. `turn` is None when nobody has to do anything; `command` is one line to type, or empty."""

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
        place, connection = destinations.with_connection(conn, row.destination_id)
        now = summary.database_now(conn)
        first = None if row.waits_for is None else board.goes_first(conn, row.waits_for)
        company = companies.by_id(conn, place.company_id).number
        alive = workers.alive(conn, now, round(hub.config.lease * 1000))
    names = {"connection": connection.name if connection else "", "company": company}
    case = _Case(row, place, now, first=first, running=bool(alive), info=_info(hub, place.plugin), names=names)
    return _ANSWERS[State(row.shown_state)](case)


def _info(hub: Hub, plugin: str) -> PluginInfo | None:
    """None where the plugin is missing or broken: its papers have a cause all the same."""
    try:
        return hub.host.info(plugin)
    except PluginError:
        return None


@dataclass(frozen=True, slots=True)
class _Case:
    """A delivery, its destination, the database's clock, what goes before it, whether anybody delivers, its plugin."""

    row: Row[Any]
    place: Row[Any]
    now: int
    first: Row[Any] | None
    running: bool
    info: PluginInfo | None
    names: Mapping[str, str]

    @property
    def said(self) -> str:
        """Reason and detail of the delivery as they are stored."""
        return ": ".join(filter(None, (self.row.reason, self.row.detail)))

    def meaning(self, code: str, core: Mapping[str, Meaning] = CORE) -> Meaning | None:
        """What a code means: the plugin's word before the core's."""
        return meaning_of(code, self.info.meanings if self.info else {}, core)

    @property
    def told(self) -> str:
        """The delivery's reason in words; a code that nobody explains is shown as it is."""
        found = self.meaning(self.row.reason)
        return _with(found.sentence, self.row.detail) if found else self.said

    def is_(self, sentence: str, turn: Turn | None = None, command: str = "") -> Cause:
        """The answer to this case."""
        filled = self._filled(command)
        return Cause(
            id=self.row.id,
            cause=sentence,
            turn=turn,
            next_attempt_at=self._next(),
            command=filled,
            mend=mend_of(command) if filled else Mend.NOTHING,
        )

    def _next(self) -> datetime | None:
        """When it goes on by itself: not before its destination is looked at again; never while that is stopped."""
        row, place = self.row, self.place
        if row.due_at is None or row.shown_state == State.SENDING or place.state != DestinationState.ACTIVE:
            return None
        rests = place.opened_at is not None and place.next_due is not None
        return from_ms(max(row.due_at, place.next_due) if rests else row.due_at)

    def _filled(self, command: str) -> str:
        if "{document}" in command and self.row.document_id is None:
            return ""  # a pack is not sent again but exported anew
        row = self.row
        told = {"id": row.id, "document": row.document_id, "first": row.waits_for, "place": self.place.name}
        return command.format(**told, **self.names)


def _with(sentence: str, detail: str) -> str:
    return f"{sentence} ({detail})" if detail else sentence


def _queued(case: _Case) -> Cause:
    state, reason, turn = place_state(case.place)
    if state is not DestinationState.ACTIVE:
        return _waiting(case, state, reason, turn)
    if case.first is not None:
        return _behind(case, case.first)
    if (case.place.limited_until or 0) > case.now:
        until = from_ms(case.place.limited_until)
        words = f"the limit of calls at {case.place.name} is reached; it goes on at {until:%Y-%m-%d %H:%M:%S} UTC"
        return replace(case.is_(words, Turn.REMOTE), next_attempt_at=until)
    if case.row.due_at is not None and case.row.due_at > case.now:
        found = case.meaning(case.row.reason)
        sentence = f"the last try did not get through: {case.told}; it is tried again by itself"
        return case.is_(sentence, found.turn if found else Turn.NETWORK, _command(found, meanings.RETRY))
    if not case.running:
        return case.is_("it is due, but nothing delivers: no `hub run` is alive", Turn.YOU, "hub run")
    return case.is_("it is due and goes in its turn", Turn.US)


_STUCK = (State.HELD, State.UNCERTAIN)


def _behind(case: _Case, first: Row[Any]) -> Cause:
    """It is not its turn: an order is kept, or it credits an invoice that goes first."""
    named = f"{first.number or 'a pack'} before it (delivery {first.id}, {first.state})"
    turn = Turn.YOU if first.state in _STUCK else Turn.US
    if case.row.due_at is None:
        return case.is_(f"{case.place.name} takes papers in order: it waits for {named}", turn, FIRST)
    return case.is_(f"it credits an invoice: it waits for {named}, a week at most", turn, meanings.RETRY)


def _waiting(case: _Case, state: DestinationState, reason: str, turn: Turn | None) -> Cause:
    """The destination does not work; its detail begins with the code of what was met there."""
    code, _, _ = case.place.detail.partition(":")
    met = case.meaning(code, PLACE) if reason in _MET else None
    found = met or meaning_of(reason, PLACE)
    words = _with(found.sentence, case.place.detail) if found else _with(reason, case.place.detail)
    login = _login(case.info) if reason == "login_needed" or (met and reason == "connection") else ""
    unknown = meanings.TEST if reason == "settings_wrong" else _command(found, meanings.TEST)
    command = _command(met, "") or login or unknown
    whose = met.turn if met else turn
    return case.is_(f"{case.place.name} is {state}, so papers wait: {words}", whose, command)


_MET = ("login_needed", "settings_wrong", "connection")


def _login(info: PluginInfo | None) -> str:
    """How one logs in there; empty where a login is a setting."""
    if info is None or not info.login_at:
        return ""
    return f"hub {info.login_at} login {{{'connection' if info.login_at == 'connection' else 'place'}}}"


def _command(found: Meaning | None, otherwise: str) -> str:
    return found.command if found and found.command else otherwise


def _sending(case: _Case) -> Cause:
    return case.is_("a process has it right now", Turn.US)


def _uncertain(case: _Case) -> Cause:
    if case.row.due_at is not None:
        sentence = f"it may have arrived: {case.told}; that is found out before anything is sent again"
        return case.is_(sentence, Turn.US)
    sentence = f"it may have arrived, and nobody can be asked by us: {case.told}; ask the receiver, and say --resend"
    return case.is_(f"{sentence} instead of --arrived when it is not there", Turn.YOU, meanings.RESOLVE)


def _held(case: _Case) -> Cause:
    found = case.meaning(case.row.reason)
    sentence = case.told if found else f"a person must look: {case.told}"
    return case.is_(sentence, found.turn if found else Turn.YOU, _command(found, meanings.RETRY))


def _rejected(case: _Case) -> Cause:
    found = case.meaning(case.row.reason)
    sentence = f"{case.place.name} did not accept it: {case.told}"
    return case.is_(sentence, Turn.YOU, _command(found, meanings.AGAIN))


def _delivered(case: _Case) -> Cause:
    by_hand = " by a person's word" if case.row.reason == "by_hand" else ""
    reference = (case.row.receipt or {}).get("reference")
    receipt = f"; its receipt: {reference}" if reference else ""
    return case.is_(f"{case.place.name} took it{by_hand}{receipt}")


def _cancelled(case: _Case) -> Cause:
    return case.is_("a person stopped it", command=meanings.AGAIN)


_ANSWERS: Mapping[State, Callable[[_Case], Cause]] = {
    State.QUEUED: _queued,
    State.SENDING: _sending,
    State.UNCERTAIN: _uncertain,
    State.HELD: _held,
    State.REJECTED: _rejected,
    State.DELIVERED: _delivered,
    State.CANCELLED: _cancelled,
}
