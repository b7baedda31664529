"""Queries of the dashboard: what is open where, and the ids of the long lists, newest first, page by page."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hub.core.delivery import State
from hub.core.store.summary import SHOWN_STATE
from hub.core.tables import company, delivery, destination, document, incoming, outbox
from hub.errors import NotFoundError

Conditions = Sequence[sa.ColumnElement[bool]]

_FIRST_PAGE = 500  # soon on the screen
_PAGE = 20_000

_DELIVERY_IDS = sa.select(delivery.c.id).select_from(
    delivery.outerjoin(outbox, outbox.c.id == delivery.c.id)
    .outerjoin(document, document.c.id == delivery.c.document_id)
    .join(company, company.c.id == delivery.c.company_id)
    .join(destination, destination.c.id == delivery.c.destination_id)
)
_DOCUMENT_IDS = sa.select(document.c.id).join(company)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which ids of a list: those that meet the conditions (none: all) and are greater than `above`."""

    where: Conditions = ()
    above: int = 0


def delivery_ids(conn: Connection, wanted: Wanted) -> Iterator[array[int]]:
    """The ids of deliveries, newest first; a first page that is small, then large ones."""
    statement = _DELIVERY_IDS if wanted.where else sa.select(delivery.c.id)
    return _ids(conn, statement.where(*wanted.where), delivery.c.id, wanted.above)


def document_ids(conn: Connection, wanted: Wanted) -> Iterator[array[int]]:
    """The ids of documents, newest first; likewise."""
    statement = _DOCUMENT_IDS if wanted.where else sa.select(document.c.id)
    return _ids(conn, statement.where(*wanted.where), document.c.id, wanted.above)


def incoming_ids(conn: Connection) -> Iterator[array[int]]:
    """The ids of papers that were parked or refused and nobody dealt with yet, newest first."""
    waiting = sa.select(incoming.c.id).where(incoming.c.result.in_(("parked", "refused")))
    return _ids(conn, waiting, incoming.c.id, 0)


def _ids(conn: Connection, statement: sa.Select[Any], key: sa.Column[int], above: int) -> Iterator[array[int]]:
    """Keyset paging downwards: the cost of a page does not grow with how far it is."""
    statement = statement.where(key > above).order_by(key.desc())
    size, below = _FIRST_PAGE, None
    while True:
        page = statement if below is None else statement.where(key < below)
        found = array("q", conn.execute(page.limit(size)).scalars())
        if found:
            yield found
        if len(found) < size:
            return
        size, below = _PAGE, found[-1]


def incoming_rows(conn: Connection, incoming_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """These entries of the inbox."""
    return conn.execute(sa.select(incoming).where(incoming.c.id.in_(incoming_ids))).all()


def open_counts(conn: Connection) -> Sequence[Row[Any]]:
    """How many deliveries are open, as `how_many` by `destination_id`, shown `state` and `reason`; no history."""
    state = SHOWN_STATE.label("state")
    statement = (
        sa.select(outbox.c.destination_id, state, delivery.c.reason, sa.func.count().label("how_many"))
        .join(delivery, delivery.c.id == outbox.c.id)
        .group_by(outbox.c.destination_id, state, delivery.c.reason)
    )
    return conn.execute(statement).all()


def rejected_counts(conn: Connection) -> Sequence[Row[Any]]:
    """How many deliveries were rejected and not started anew, as `how_many` by `destination_id`."""
    later = delivery.alias("later")
    anew = sa.select(later.c.id).where(
        later.c.destination_id == delivery.c.destination_id,
        later.c.subject == delivery.c.subject,
        later.c.generation > delivery.c.generation,
    )
    place = delivery.c.destination_id + 0  # grouped by the bare column, SQLite would read all of an index for it
    statement = (
        sa.select(place.label("destination_id"), sa.func.count().label("how_many"))
        .where(delivery.c.state == State.REJECTED, ~anew.exists())
        .group_by(place)
    )
    return conn.execute(statement).all()


_OPEN = sa.select(
    delivery, SHOWN_STATE.label("shown_state"), outbox.c.due_at, outbox.c.attempts, outbox.c.waits_for
).outerjoin(outbox, outbox.c.id == delivery.c.id)


def standing(conn: Connection, delivery_id: int) -> Row[Any]:
    """A delivery with its `shown_state`, and what its outbox row says of its turn. Raises NotFoundError."""
    row = conn.execute(_OPEN.where(delivery.c.id == delivery_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no delivery {delivery_id}", action="see `hub outbox list`")
    return row


def goes_first(conn: Connection, delivery_id: int) -> Row[Any] | None:
    """The delivery that another one waits for: `id`, shown `state`, and the paper's `number` (null for a pack)."""
    statement: sa.Select[Any] = (
        sa.select(delivery.c.id, SHOWN_STATE.label("state"), document.c.number)
        .select_from(delivery.join(outbox, outbox.c.id == delivery.c.id))
        .outerjoin(document, document.c.id == delivery.c.document_id)
        .where(delivery.c.id == delivery_id)
    )
    return conn.execute(statement).one_or_none()
