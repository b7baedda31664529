"""Queries on papers for somebody who may see some companies and no others: every one of them takes those companies."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hub.core.delivery import Role, State
from hub.core.filters import Filter
from hub.core.store import finding
from hub.core.tables import company, delivery, destination, document, document_file, pack

Numbers = Collection[str]

_LIVE = (State.QUEUED, State.UNCERTAIN, State.HELD, State.DELIVERED)
_COLUMNS = [column for column in document.c if column.name not in {"facts", "problems"}]
_PLACED = document.alias("placed")
_PAPERS: sa.Select[Any] = sa.select(*_COLUMNS, company.c.number.label("company_number")).join(company)


def companies(conn: Connection, numbers: Numbers) -> dict[str, str]:
    """The names of these companies, by number, in the order of their names; unknown numbers are left out."""
    statement = sa.select(company.c.number, company.c.name).where(company.c.number.in_(numbers))
    return {row.number: row.name for row in conn.execute(statement.order_by(company.c.name, company.c.number))}


def page(conn: Connection, numbers: Numbers, wanted: Filter, window: tuple[str, int]) -> Sequence[Row[Any]]:
    """Papers, newest first: at most so many behind the paper with this uid (empty: from the first)."""
    after, limit = window
    statement = _PAPERS.where(company.c.number.in_(numbers), *finding.of_documents(wanted))
    if after:
        statement = statement.where(_behind(numbers, after))
    newest_first = (document.c.period_date.desc(), document.c.id.desc())
    return conn.execute(statement.order_by(*newest_first).limit(limit)).all()


def _behind(numbers: Numbers, uid: str) -> sa.ColumnElement[bool]:
    """Older than the paper with this uid; nothing is when it is not among theirs. As a row, so that an index helps."""
    place = (
        sa.select(_PLACED.c.period_date, _PLACED.c.id)
        .join(company, company.c.id == _PLACED.c.company_id)
        .where(_PLACED.c.uid == uid, company.c.number.in_(numbers))
    )
    return sa.tuple_(document.c.period_date, document.c.id) < place.scalar_subquery()


def one(conn: Connection, numbers: Numbers, uid: str) -> Row[Any] | None:
    """The paper with this uid, when it is one of theirs."""
    statement = _PAPERS.where(document.c.uid == uid, company.c.number.in_(numbers))
    return conn.execute(statement).one_or_none()


def booked_by(conn: Connection, document_ids: Sequence[int]) -> dict[int, str]:
    """Which destination books which of these papers, by document id."""
    statement = (
        sa.select(delivery.c.document_id, destination.c.name)
        .join(destination, destination.c.id == delivery.c.destination_id)
        .where(delivery.c.document_id.in_(document_ids), delivery.c.state.in_(_LIVE))
        .where(destination.c.role == Role.BOOKING)
        .order_by(destination.c.id.desc())
    )
    return {row.document_id: row.name for row in conn.execute(statement)}


def files(conn: Connection, document_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The files of these papers, the original first, by document id."""
    statement = sa.select(document_file).where(document_file.c.document_id.in_(document_ids))
    found: dict[int, list[Row[Any]]] = {}
    for row in conn.execute(statement.order_by(document_file.c.document_id, document_file.c.n)):
        found.setdefault(row.document_id, []).append(row)
    return found


_PACKS = sa.select(pack, company.c.number.label("company_number")).join(company)


def packs(conn: Connection, numbers: Numbers, target: str) -> Iterator[Row[Any]]:
    """The packs made for a target, newest first; one whose bytes are those of a newer one is left out."""
    seen: set[str] = set()
    statement = _PACKS.where(company.c.number.in_(numbers), pack.c.target == target)
    for row in conn.execute(statement.order_by(pack.c.id.desc())):
        if row.sha256 not in seen:
            seen.add(row.sha256)
            yield row


def pack_with(conn: Connection, numbers: Numbers, sha256: str) -> Row[Any] | None:
    """The newest pack with these bytes, when it is of one of theirs."""
    statement = _PACKS.where(company.c.number.in_(numbers), pack.c.sha256 == sha256)
    return conn.execute(statement.order_by(pack.c.id.desc()).limit(1)).one_or_none()
