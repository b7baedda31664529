"""Papers sent on by a person's word: which deliveries that makes, and the making of them. It only queues."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.engine import Connection

from hub.core.blobs import Blobs
from hub.core.delivery import Priority, Role, State
from hub.core.document import Document
from hub.core.routing import Asked, Route, Rule, needs_approval, route
from hub.core.store import deliveries, destinations, documents, locks, queueing
from hub.core.store.engine import Tx
from hub.core.store.queueing import Subject
from hub.errors import TemporaryError

_BY_HAND = 10  # papers that a person sends on at once; more of them are back-filling


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One document and one destination: a new delivery, or why there will be none.

    `why_not` is a routing reason, `live` (it is under way) or the finished state that only `again` passes over.
    """

    document_id: int
    number: str
    rule: Rule
    generation: int
    state: State
    reason: str = ""
    why_not: str = ""

    @property
    def needs_again(self) -> bool:
        """It was delivered, rejected or cancelled before: a person must say `--again`."""
        return self.why_not in {State.DELIVERED, State.REJECTED, State.CANCELLED}


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asked for: to these destinations (empty: every one that fits), and whether again."""

    to: tuple[str, ...] = ()
    again: bool = False


def plan(conn: Connection, blobs: Blobs, document_ids: Sequence[int], order: Order) -> list[Planned]:
    """What `doc deliver` would do, changing nothing. Raises NotFoundError for an unknown document or destination.

    Where nothing was named, the destinations that do not fit are left out, unless none fits: then each says why.
    """
    for name in order.to:
        destinations.named(conn, name)
    rules = [rule for rule in destinations.rules(conn) if not order.to or rule.name in order.to]
    planned: list[Planned] = []
    for document_id in document_ids:
        planned += _plan_one(conn, documents.load(conn, blobs, document_id), rules, order)
    return planned


def _plan_one(conn: Connection, document: Document, rules: Sequence[Rule], order: Order) -> list[Planned]:
    row = documents.state_of(conn, document.id)
    asked = Asked(company_id=row.company_id, booked_by=destinations.booked_by(conn, document.id), by_hand=True)
    routes = route(document, rules, asked)
    chosen = routes if order.to else [one for one in routes if one.fits] or routes
    held = row.reason if row.state == "held" else ""
    return [_planned(conn, document, held, _considered(conn, document, one, order)) for one in chosen]


def _considered(conn: Connection, document: Document, one: Route, order: Order) -> Route:
    """The route, with an earlier delivery of this paper there that is in the way as its reason."""
    last = deliveries.latest(conn, one.rule.destination_id, f"d{document.id}")
    if one.why_not or last is None:
        return one
    state = State(last.state)
    if not state.finished:
        return replace(one, why_not="live")
    return one if order.again else replace(one, why_not=state.value)


def _planned(conn: Connection, document: Document, held: str, one: Route) -> Planned:
    last = deliveries.latest(conn, one.rule.destination_id, f"d{document.id}")
    place = deliveries.approval_of(conn, one.rule.destination_id)
    reason = "document_held" if held == "by_hand" else held
    if not reason and needs_approval(place.approve, place.approved):
        reason = "approval"
    return Planned(
        document_id=document.id,
        number=document.number,
        rule=one.rule,
        generation=last.generation + 1 if last else 1,
        state=State.HELD if reason else State.QUEUED,
        reason=reason,
        why_not=one.why_not,
    )


def carry_out(tx: Tx, instance: uuid.UUID, planned: Sequence[Planned]) -> list[int]:
    """Queue what was planned; returns the new deliveries' ids. Many papers are back-filling: others go first.

    Raises TemporaryError, and nothing is queued, when somebody sent one of these papers on meanwhile.
    """
    going = [one for one in planned if not one.why_not]
    locks.sending_on(tx, {one.document_id for one in going})
    if any(_overtaken(tx.conn, one) for one in going):
        action = "look at `hub doc history`, and give the command again"
        raise TemporaryError("somebody else sent one of these on at this moment", code="overtaken", action=action)
    kept = documents.states_of(tx.conn, list({one.document_id for one in going}))
    priority = Priority.BY_HAND if len(kept) <= _BY_HAND else Priority.BACK_FILLING
    wanted = [(_subject(one, kept[one.document_id], priority), one.rule.destination_id) for one in going]
    made = queueing.enqueue(tx, instance, wanted)
    for one in going:
        tx.audit("document.sent_on", f"document:{one.document_id}", destination=one.rule.name)
    return made


def _subject(planned: Planned, kept: Any, priority: Priority) -> Subject:
    held = planned.reason if planned.reason != "approval" else ""
    return Subject(
        company_id=kept.company_id,
        sha256=kept.sha256,
        document_id=planned.document_id,
        held=held,
        priority=priority,
    )


def _overtaken(conn: Connection, one: Planned) -> bool:
    """Whether what was planned no longer is the next thing: a newer generation, or another booking road."""
    last = deliveries.latest(conn, one.rule.destination_id, f"d{one.document_id}")
    if one.generation != (last.generation + 1 if last else 1):
        return True
    road = destinations.booked_by(conn, one.document_id) if one.rule.role is Role.BOOKING else ""
    return road not in {"", one.rule.name}
