"""Putting papers in the outbox: any number of them by a few statements, with keys made before the first attempt."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Row

from hub.core.delivery import Priority, State
from hub.core.routing import needs_approval
from hub.core.store import waiting
from hub.core.store.engine import Tx
from hub.core.store.given import any_of, listed
from hub.core.store.group import inserting
from hub.core.store.outbox import wake
from hub.core.store.waiting import Place
from hub.core.tables import delivery, destination, outbox

_AT_ONCE = 1_000  # deliveries of one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is delivered: a document or a pack of a company, and the hash its key hangs on.

    `held` keeps it in the outbox for a person, with that reason. `priority` says who goes first there.
    """

    company_id: int
    sha256: str
    document_id: int | None = None
    pack_id: int | None = None
    held: str = ""
    priority: Priority = Priority.AUTOMATIC

    @property
    def name(self) -> str:
        """`d7` or `p7`: one column that tells documents and packs apart."""
        return f"d{self.document_id}" if self.document_id is not None else f"p{self.pack_id}"


Wanted = tuple[Subject, int]  # a paper, and the destination it goes to


def key(instance: uuid.UUID, destination_uid: str, sha256: str, generation: int) -> str:
    """The name of a delivery on every attempt, made before the first one."""
    return str(uuid.uuid5(instance, f"{destination_uid}|{sha256}|{generation}"))


def enqueue(tx: Tx, instance: uuid.UUID, wanted: Sequence[Wanted]) -> list[int]:
    """Put these papers in the outbox, each as its next generation there; returns the delivery ids, in this order.

    At a destination that wants approval first, they wait there for a person.
    """
    if not wanted:
        return []
    places = _places(tx, {place for _, place in wanted})
    made: list[int] = []
    for first in range(0, len(wanted), _AT_ONCE):
        made += _put(tx, _next_generations(tx, instance, wanted[first : first + _AT_ONCE], places))
    wake(tx, sorted(places), tx.clock())
    return made


_PLACES = (
    sa.select(
        destination.c.id,
        destination.c.uid,
        destination.c.approve,
        destination.c.approved,
        destination.c.ordered,
        destination.c.credit_waits,
    )
    .where(destination.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(destination.c.id)
)


def _places(tx: Tx, ids: Iterable[int]) -> dict[int, Row[Any]]:
    """These destinations by id, locked where one row may wait for another."""
    places: dict[int, Any] = {row.id: row for row in tx.conn.execute(_PLACES, {"ids": list(ids)})}
    if any(place.ordered or place.credit_waits for place in places.values()):
        waiting.lock(tx, list(places))
    return places


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    """A delivery to be made; without a `reason` it is due, with one it waits for a person."""

    subject: Subject
    place: Row[Any]
    generation: int
    key: str
    reason: str

    @property
    def lane(self) -> str:
        """Where it stands in line, if its destination is ordered."""
        return waiting.lane_of(self.place.ordered, self.subject.company_id)

    @property
    def heeds_invoices(self) -> bool:
        """A credit note waits here for its invoice."""
        return bool(self.place.credit_waits) and not self.lane


_LAST = (
    sa.select(delivery.c.destination_id, delivery.c.subject, sa.func.max(delivery.c.generation))
    .where(delivery.c.destination_id.in_(bindparam("places", expanding=True)))
    .where(any_of(delivery.c.subject, bindparam("subjects", type_=sa.Text())))
    .group_by(delivery.c.destination_id, delivery.c.subject)
)


def _next_generations(
    tx: Tx, instance: uuid.UUID, wanted: Sequence[Wanted], places: Mapping[int, Row[Any]]
) -> list[_New]:
    """Each paper's next generation at its destination, and its key."""
    named = {"places": list(places), "subjects": listed({subject.name for subject, _ in wanted})}
    last = Counter({(at, subject): n for at, subject, n in tx.conn.execute(_LAST, named)})
    made: list[_New] = []
    for subject, at in wanted:
        last[at, subject.name] += 1
        place, generation = places[at], last[at, subject.name]
        reason = subject.held or ("approval" if needs_approval(place.approve, place.approved) else "")
        name = key(instance, place.uid, subject.sha256, generation)
        made.append(_New(subject=subject, place=place, generation=generation, key=name, reason=reason))
    return made


_DELIVERIES = inserting(
    delivery,
    "company_id",
    "destination_id",
    "document_id",
    "pack_id",
    "subject",
    "key",
    "generation",
    "state",
    "reason",
    "created_at",
    "changed_at",
)
_NEWEST = sa.select(sa.func.coalesce(sa.func.max(delivery.c.id), 0))
_NEWER = sa.select(delivery.c.key, delivery.c.id).where(delivery.c.id > bindparam("newest"))


def _put(tx: Tx, news: Sequence[_New]) -> list[int]:
    """Write them: deliveries, rows of the outbox, audit entries; returns the ids."""
    newest = tx.conn.execute(_NEWEST).scalar_one()
    _DELIVERIES.run(tx.conn, [_delivery_row(tx, new) for new in news])
    ids = {row.key: row.id for row in tx.conn.execute(_NEWER, {"newest": newest})}  # and those of others, meanwhile
    made = [(ids[new.key], new) for new in news]
    _line_up(tx, sorted(made, key=lambda pair: pair[0]))
    for one, new in made:
        told = {"subject": new.subject.name, "destination": new.place.id, "held": new.reason}
        tx.audit("delivery.queued", f"delivery:{one}", **told)
    return [one for one, _ in made]


def _delivery_row(tx: Tx, new: _New) -> tuple[Any, ...]:
    subject, state = new.subject, State.HELD if new.reason else State.QUEUED
    return (
        subject.company_id,
        new.place.id,
        subject.document_id,
        subject.pack_id,
        subject.name,
        new.key,
        new.generation,
        state.value,
        new.reason,
        tx.at,
        tx.at,
    )


_ROWS = inserting(outbox, "id", "destination_id", "priority", "lane", "credits", "waits_for", "due_at")


def _line_up(tx: Tx, made: Sequence[tuple[int, _New]]) -> None:
    """Write the engine's rows, in the order of their ids: each due when its turn is."""
    heeding = {one for one, new in made if new.heeds_invoices}
    credited = waiting.credited(tx, {new.subject.document_id for one, new in made if one in heeding})
    stand = {one: _place(one, new, credited if one in heeding else {}) for one, new in made}
    ahead = waiting.ahead(tx, list(stand.values()))
    _ROWS.run(tx.conn, [_outbox_row(tx, new, stand[one], ahead.get(one)) for one, new in made])
    waiting.put_behind_invoices(tx, [stand[one] for one, new in made if one in heeding and not new.reason])
    waiting.put_credit_notes_behind(tx, heeding)


def _place(one: int, new: _New, credited: Mapping[int | None, Sequence[str]]) -> Place:
    document_id = new.subject.document_id
    numbers = credited.get(document_id) or ("",)
    return Place(id=one, destination_id=new.place.id, lane=new.lane, credits=numbers[0], document_id=document_id)


def _outbox_row(tx: Tx, new: _New, place: Place, ahead: int | None) -> tuple[Any, ...]:
    due = None if new.reason or ahead else tx.clock()
    waits_for = None if new.reason else ahead
    return (place.id, place.destination_id, int(new.subject.priority), place.lane, place.credits, waits_for, due)
