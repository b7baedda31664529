"""What lists print: documents, deliveries, attempts and destinations as records with the contract's field names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hub.core.clock import from_ms
from hub.core.store.summary import SHOWN_STATE
from hub.core.tables import (
    attempt,
    attempt_archive,
    audit,
    company,
    connection,
    delivery,
    destination,
    document,
    document_file,
    outbox,
)

Record = dict[str, Any]
Conditions = Sequence[sa.ColumnElement[bool]]

_PAGE = 500

_DOCUMENT_COLUMNS = [column for column in document.c if column.name != "facts"]


def documents(conn: Connection, where: Conditions = ()) -> Iterator[Record]:
    """Documents, oldest first, read page by page by id."""
    statement = sa.select(*_DOCUMENT_COLUMNS, company.c.number.label("company_number")).join(company)
    for page in _pages(conn, statement.where(*where), document.c.id):
        files = _files(conn, [row.id for row in page])
        for row in page:
            yield _document(row, files.get(row.id, []))


def _pages(conn: Connection, statement: sa.Select[Any], key: sa.Column[int]) -> Iterator[Sequence[Row[Any]]]:
    """Keyset paging: the cost of a page does not grow with how far it is."""
    after = 0
    while True:
        page = conn.execute(statement.where(key > after).order_by(key).limit(_PAGE)).all()
        if not page:
            return
        yield page
        after = page[-1].id


def _files(conn: Connection, document_ids: Sequence[int]) -> dict[int, list[Record]]:
    statement = sa.select(document_file).where(document_file.c.document_id.in_(document_ids))
    found: dict[int, list[Record]] = {}
    for row in conn.execute(statement.order_by(document_file.c.document_id, document_file.c.n)):
        names = ("role", "name", "media_type", "size", "sha256")
        found.setdefault(row.document_id, []).append({name: getattr(row, name) for name in names})
    return found


def _document(row: Row[Any], files: list[Record]) -> Record:
    return {
        "id": row.id,
        "uid": row.uid,
        "company": row.company_number,
        "kind": row.kind,
        "number": row.number,
        "issue_date": row.issue_date,
        "due_date": row.due_date,
        "currency": row.currency,
        "total_without_tax": row.total_without_tax,
        "tax_total": row.tax_total,
        "payable": row.payable,
        "supplier": {"name": row.supplier_name, "vat": row.supplier_vat},
        "customer": {"name": row.customer_name, "vat": row.customer_vat},
        "sha256": row.sha256,
        "source": row.source,
        "arrived_at": from_ms(row.arrived_at),
        "state": row.state,
        "problems": [{name: problem[name] for name in ("code", "message", "place")} for problem in row.problems],
        "files": files,
    }


_DELIVERIES = (
    sa.select(
        delivery,
        SHOWN_STATE.label("shown_state"),
        outbox.c.due_at,
        outbox.c.tries.label("row_tries"),
        document.c.number,
        document.c.kind,
        document.c.supplier_name,
        document.c.customer_name,
        company.c.number.label("company_number"),
        destination.c.name.label("destination_name"),
    )
    .select_from(delivery)
    .outerjoin(outbox, outbox.c.id == delivery.c.id)
    .outerjoin(document, document.c.id == delivery.c.document_id)
    .join(company, company.c.id == delivery.c.company_id)
    .join(destination, destination.c.id == delivery.c.destination_id)
)


def deliveries(conn: Connection, where: Conditions = ()) -> Iterator[Record]:
    """Deliveries, oldest first, read page by page by id."""
    for page in _pages(conn, _DELIVERIES.where(*where), delivery.c.id):
        yield from map(_delivery, page)


def _delivery(row: Row[Any]) -> Record:
    queued = row.shown_state in {"queued", "uncertain"} and row.due_at is not None
    return {
        "id": row.id,
        "document": row.document_id,
        "number": row.number or "",
        "kind": row.kind or "pack",
        "company": row.company_number,
        "party": _party(row),
        "destination": row.destination_name,
        "state": row.shown_state,
        "reason": row.reason,
        "key": row.key,
        "generation": row.generation,
        "tries": row.row_tries if row.row_tries is not None else row.tries,
        "next_attempt_at": from_ms(row.due_at) if queued else None,
        "delivered_at": from_ms(row.finished_at) if row.shown_state == "delivered" else None,
        "receipt": _receipt(row.receipt),
        "progress": row.progress or None,
    }


def _party(row: Row[Any]) -> str:
    """The other side of the paper, seen from our company."""
    name = row.supplier_name if (row.kind or "").startswith("purchase") else row.customer_name
    return name or ""


def _receipt(stored: Record | None) -> Record | None:
    if stored is None:
        return None
    at = stored["at"]
    return {"reference": stored["reference"], "at": None if at is None else from_ms(at), "detail": stored["detail"]}


def attempts(conn: Connection, delivery_id: int) -> Iterator[Record]:
    """The attempts of a delivery, oldest first, archived or not."""
    tables = (attempt, attempt_archive)
    both = sa.union_all(*(sa.select(table).where(table.c.delivery_id == delivery_id) for table in tables))
    for row in conn.execute(both.order_by("n")):
        yield {
            "delivery": row.delivery_id,
            "n": row.n,
            "worker": row.worker,
            "started_at": None if row.started_at is None else from_ms(row.started_at),
            "ended_at": from_ms(row.ended_at),
            "outcome": row.outcome,
            "code": row.code,
            "detail": row.detail,
            "sent_sha256": row.sent_sha256,
        }


def history(conn: Connection, document_id: int) -> Iterator[Record]:
    """What was done with a document and its deliveries, from the audit log, oldest first."""
    mine = sa.select(delivery.c.id).where(delivery.c.document_id == document_id)
    objects = [f"document:{document_id}", *(f"delivery:{found}" for found in conn.execute(mine).scalars())]
    statement = sa.select(audit).where(audit.c.object.in_(objects)).order_by(audit.c.at, audit.c.chain, audit.c.seq)
    for row in conn.execute(statement):
        names = ("actor", "action", "object", "detail")
        yield {"at": from_ms(row.at), **{name: getattr(row, name) for name in names}}


def destination_records(conn: Connection) -> Iterator[Record]:
    """Destinations with their connection's name and their company's number; settings without secrets."""
    statement = (
        sa.select(destination, connection.c.name.label("connection_name"), company.c.number.label("company_number"))
        .join(company, company.c.id == destination.c.company_id)
        .outerjoin(connection, connection.c.id == destination.c.connection_id)
        .where(destination.c.removed_at.is_(None))
        .order_by(destination.c.id)
    )
    for row in conn.execute(statement):
        yield {
            "id": row.id,
            "name": row.name,
            "plugin": row.plugin,
            "connection": row.connection_name,
            "company": row.company_number,
            "role": row.role,
            "kinds": row.kinds,
            "settings": row.settings,
            "from": row.from_date,
            "approve": row.approve,
            "on_uncertain": row.on_uncertain,
            "state": "blocked" if row.opened_at is not None and row.state == "active" else row.state,
            "reason": "breaker" if row.opened_at is not None and row.state == "active" else row.reason,
        }
