"""What goes before what: lanes of ordered destinations, and credit notes behind the invoice they credit.

A row that must wait names the one that goes first (`waits_for`) and is not due, so that no claim ever reads it. When
that one is finished the next is found anew. In a lane, one row follows another in the order in which they were queued,
without an end to the waiting: a held or uncertain head keeps its lane. A credit note waits a week at most. Whoever
queues or finishes holds the destination's lock, so that none is overlooked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from hub.core.backoff import DAY
from hub.core.delivery import State
from hub.core.document import Kind
from hub.core.store.engine import Tx
from hub.core.store.outbox import wake
from hub.core.tables import delivery, destination, document, outbox

LONGEST = 7 * DAY  # that a credit note waits for its invoice

_CREDITS = (Kind.SALES_CREDIT_NOTE, Kind.PURCHASE_CREDIT_NOTE)
_INVOICES = (Kind.SALES_INVOICE, Kind.PURCHASE_INVOICE)


@dataclass(frozen=True, slots=True)
class Turn:
    """When a row is due, and which one goes before it (None: nothing does)."""

    due_at: int | None
    waits_for: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a row stands: its destination, its lane there, the invoice it credits."""

    id: int
    destination_id: int
    lane: str
    credits: str
    document_id: int | None

    @classmethod
    def of(cls, row: Any) -> Place:
        """From a row of the outbox with its delivery's document."""
        return cls(**{name: getattr(row, name) for name in cls.__slots__})


def lane_of(ordered: bool, company_id: int) -> str:
    """The lane of a row: at an ordered destination all papers of a company go one after another."""
    return f"c{company_id}" if ordered else ""


_PAPER = sa.select(document.c.company_id, document.c.kind, document.c.number, document.c.supplier_key).where(
    document.c.id == bindparam("one")
)
_FACTS = sa.select(document.c.id, document.c.facts).where(
    document.c.id.in_(bindparam("ids", expanding=True)), document.c.kind.in_(_CREDITS)
)


def credited(tx: Tx, document_ids: Iterable[int | None]) -> dict[int | None, tuple[str, ...]]:
    """The credit notes among these papers, with the numbers of the invoices that each credits."""
    ids = [one for one in document_ids if one is not None]
    return {row.id: _numbers(row.facts) for row in tx.conn.execute(_FACTS, {"ids": ids})} if ids else {}


def _numbers(facts: str) -> tuple[str, ...]:
    named = (one for one in json.loads(facts).get("references", ()) if one.get("role") == "billing")
    return tuple(dict.fromkeys(one["number"] for one in named if one.get("number")))


_LOCK = (
    sa.select(destination.c.id)
    .where(destination.c.id.in_(bindparam("ids", expanding=True)))
    .where(sa.or_(destination.c.ordered, destination.c.credit_waits))
    .order_by(destination.c.id)
    .with_for_update()
)


def lock(tx: Tx, destination_ids: Sequence[int]) -> bool:
    """Lock those of these destinations where one row may wait for another; whether there are any."""
    return bool(tx.conn.execute(_LOCK, {"ids": list(destination_ids)}).all())


_BEFORE = (
    sa.select(outbox.c.id)
    .where(outbox.c.destination_id == bindparam("place"), outbox.c.lane == bindparam("lane"), outbox.c.lane != "")
    .where(outbox.c.id < bindparam("one"))
    .order_by(outbox.c.id.desc())
    .limit(1)
)
_INVOICE = (
    sa.select(outbox.c.id)
    .select_from(
        document.join(delivery, delivery.c.document_id == document.c.id).join(outbox, outbox.c.id == delivery.c.id)
    )
    .where(document.c.company_id == bindparam("company"), document.c.supplier_key == bindparam("supplier"))
    .where(document.c.number.in_(bindparam("numbers", expanding=True)), document.c.kind.in_(_INVOICES))
    .where(delivery.c.destination_id == bindparam("place"))
    .order_by(outbox.c.id.desc())
    .limit(1)
)


def turn(tx: Tx, row: Place, *, hurried: bool = False) -> Turn:
    """When a row of the outbox is due.

    `hurried`: a person said so; a credit note then goes without its invoice, but never past its lane.
    """
    if row.lane:
        first = _before(tx, row)
        return Turn(tx.clock()) if first is None else Turn(None, first)
    invoice = None if hurried or not row.credits else _open_invoice(tx, row)
    return Turn(tx.clock()) if invoice is None else Turn(tx.clock() + LONGEST, invoice)


def ahead(tx: Tx, rows: Iterable[Place]) -> dict[int, int]:
    """Of rows that are new, in the order of their ids: the row that each goes behind in its lane."""
    found: dict[int, int] = {}
    ends: dict[tuple[int, str], int | None] = {}
    for row in rows:
        if row.lane:
            lane = (row.destination_id, row.lane)
            first = ends[lane] if lane in ends else _before(tx, row)
            ends[lane] = row.id
            if first is not None:
                found[row.id] = first
    return found


def _before(tx: Tx, row: Place) -> int | None:
    wanted = {"place": row.destination_id, "lane": row.lane, "one": row.id}
    found: int | None = tx.conn.execute(_BEFORE, wanted).scalar()
    return found


def _open_invoice(tx: Tx, row: Place) -> int | None:
    paper = tx.conn.execute(_PAPER, {"one": row.document_id}).one()
    wanted = {"company": paper.company_id, "supplier": paper.supplier_key, "place": row.destination_id}
    numbers = credited(tx, [row.document_id]).get(row.document_id, ())
    found: int | None = tx.conn.execute(_INVOICE, wanted | {"numbers": numbers}).scalar()
    return found


_INVOICE_ROW, _INVOICE_DELIVERY, _INVOICE_PAPER = outbox.alias(), delivery.alias(), document.alias()
_CREDIT_NOTES = (
    sa.select(outbox.c.id, sa.func.max(_INVOICE_ROW.c.id))
    .select_from(
        _INVOICE_ROW.join(_INVOICE_DELIVERY, _INVOICE_DELIVERY.c.id == _INVOICE_ROW.c.id)
        .join(_INVOICE_PAPER, _INVOICE_PAPER.c.id == _INVOICE_DELIVERY.c.document_id)
        .join(
            outbox,
            sa.and_(
                outbox.c.destination_id == _INVOICE_ROW.c.destination_id, outbox.c.credits == _INVOICE_PAPER.c.number
            ),
        )
        .join(delivery, delivery.c.id == outbox.c.id)
        .join(document, document.c.id == delivery.c.document_id)
    )
    .where(_INVOICE_ROW.c.id.in_(bindparam("ids", expanding=True)), _INVOICE_PAPER.c.kind.in_(_INVOICES))
    .where(outbox.c.credits != "", outbox.c.lane == "", outbox.c.waits_for.is_(None))
    .where(outbox.c.worker.is_(None), outbox.c.attempts == 0, outbox.c.due_at.is_not(None))
    .where(document.c.company_id == _INVOICE_PAPER.c.company_id)
    .where(document.c.supplier_key == _INVOICE_PAPER.c.supplier_key)
    .group_by(outbox.c.id)
)


_LEFT_ALONE = (
    sa.select(outbox.c.id).where(outbox.c.id.in_(bindparam("ids", expanding=True))).with_for_update(skip_locked=True)
)


def put_credit_notes_behind(tx: Tx, ids: Iterable[int]) -> None:
    """Let credit notes that came before these rows of invoices wait for them, where nobody has begun with them yet.

    One on which a person acts right now is left as it is: that transaction waits for the destination, which is ours.
    """
    if not (ids := list(ids)):
        return
    found = {row[0]: row[1] for row in tx.conn.execute(_CREDIT_NOTES, {"ids": ids})}
    if found:
        free = tx.conn.execute(_LEFT_ALONE, {"ids": list(found)}).scalars()
        _take(tx, {note: Turn(tx.clock() + LONGEST, found[note]) for note in free})


def put_behind_invoices(tx: Tx, rows: Iterable[Place]) -> None:
    """Let those of these new rows that are credit notes wait for their invoices, where these are in the outbox."""
    turns = {row.id: turn(tx, row) for row in rows if row.credits}
    _take(tx, {one: taken for one, taken in turns.items() if taken.waits_for is not None})


_TAKE = (
    sa.update(outbox)
    .where(outbox.c.id == bindparam("one"))
    .values(due_at=bindparam("due"), waits_for=bindparam("first"))
)


def _take(tx: Tx, turns: Mapping[int, Turn]) -> None:
    if turns:
        tx.conn.execute(_TAKE, [{"one": one, "due": it.due_at, "first": it.waits_for} for one, it in turns.items()])


_PLACES = sa.select(delivery.c.destination_id).where(delivery.c.id.in_(bindparam("ids", expanding=True))).distinct()
_FOLLOWERS = (
    sa.select(
        outbox.c.id,
        outbox.c.destination_id,
        outbox.c.lane,
        outbox.c.credits,
        delivery.c.document_id,
    )
    .join(delivery, delivery.c.id == outbox.c.id)
    .where(outbox.c.waits_for.in_(bindparam("ids", expanding=True)), outbox.c.waits_for.is_not(None))
    .where(outbox.c.worker.is_(None), delivery.c.state == State.QUEUED)
    .order_by(outbox.c.id)
)


def let_go(tx: Tx, finished: Sequence[int]) -> None:
    """Let what waited for these finished deliveries take its turn."""
    if not finished:
        return
    places = tx.conn.execute(_PLACES, {"ids": list(finished)}).scalars().all()
    if not lock(tx, places):
        return
    rows = tx.conn.execute(_FOLLOWERS, {"ids": list(finished)}).all()
    _take(tx, {row.id: turn(tx, Place.of(row)) for row in rows})
    wake(tx, sorted({row.destination_id for row in rows}), tx.clock())
