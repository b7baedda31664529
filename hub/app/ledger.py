"""The two long lists, deliveries and documents, read in parts: ids in order, and the lines that are looked at."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hub.app.home import Hub
from hub.core import filters
from hub.core.store import board, finding, views
from hub.core.store.board import Wanted
from hub.errors import NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    """A delivery in a list. `kind` is `pack` for the papers of a period."""

    id: int
    document: int | None
    number: str
    kind: str
    party: str
    destination: str
    state: str
    reason: str
    tries: int
    next_attempt_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A document in a list; `party` is the other side of the paper."""

    id: int
    kind: str
    number: str
    issue_date: date | None
    party: str
    payable: Decimal | None
    currency: str
    state: str
    problems: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document as its own page tells it. `facts` are name and value in words, `problems` sentences."""

    line: DocumentLine
    facts: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    deliveries: tuple[DeliveryLine, ...]


def delivery_ids(hub: Hub, where: str, above: int = 0) -> Iterator[array[int]]:
    """The ids of deliveries that a filter finds, newest first, in parts. Raises UsageError about the filter."""
    wanted = Wanted(finding.of_deliveries(filters.parse(where, hub.now())), above)
    with hub.db.read() as conn:
        yield from board.delivery_ids(conn, wanted)


def document_ids(hub: Hub, where: str, above: int = 0) -> Iterator[array[int]]:
    """The ids of documents that a filter finds, likewise."""
    wanted = Wanted(finding.of_documents(filters.parse(where, hub.now())), above)
    with hub.db.read() as conn:
        yield from board.document_ids(conn, wanted)


def deliveries(hub: Hub, ids: Sequence[int]) -> dict[int, DeliveryLine]:
    """These deliveries, by id."""
    with hub.db.read() as conn:
        found = views.deliveries(conn, finding.deliveries_are(ids))
        return {record["id"]: _delivery(record) for record in found}


def documents(hub: Hub, ids: Sequence[int]) -> dict[int, DocumentLine]:
    """These documents, by id."""
    with hub.db.read() as conn:
        return {record["id"]: _document(record) for record in views.documents(conn, finding.documents_are(ids))}


def paper(hub: Hub, document_id: int) -> Paper:
    """A document with its facts and its deliveries. Raises NotFoundError."""
    with hub.db.read() as conn:
        record = next(views.documents(conn, finding.document_is(document_id)), None)
        if record is None:
            raise NotFoundError(f"there is no document {document_id}", action="see `hub doc list`")
        sent = tuple(map(_delivery, views.deliveries(conn, finding.of_document(document_id))))
    return Paper(
        line=_document(record),
        facts=tuple(_facts(record)),
        problems=tuple(f"{problem['message']} ({problem['code']})" for problem in record["problems"]),
        deliveries=sent,
    )


def _delivery(record: dict[str, Any]) -> DeliveryLine:
    return DeliveryLine(**{name: record[name] for name in DeliveryLine.__slots__})


def _document(record: dict[str, Any]) -> DocumentLine:
    side = "supplier" if record["kind"].startswith("purchase") else "customer"
    taken = ("id", "kind", "number", "issue_date", "payable", "currency", "state")
    return DocumentLine(
        **{name: record[name] for name in taken},
        party=record[side]["name"],
        problems=len(record["problems"]),
    )


def _facts(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for side in ("supplier", "customer"):
        yield side, " ".join(filter(None, record[side].values()))
    for name in ("issue_date", "due_date"):
        yield name.replace("_", " "), str(record[name] or "")
    for name in ("total_without_tax", "tax_total", "payable"):
        amount = record[name]
        yield name.replace("_", " "), "" if amount is None else f"{amount} {record['currency']}"
    yield "company", record["company"]
    yield "source", f"{record['source']}, {record['arrived_at']:%Y-%m-%d %H:%M}"
    for file in record["files"]:
        yield f"{file['role']} file", f"{file['name']} ({file['media_type']}, {file['size']} bytes)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One attempt at a delivery."""

    n: int
    started_at: datetime | None
    ended_at: datetime
    outcome: str
    code: str
    detail: str
    sent_sha256: str


def attempts(hub: Hub, delivery_id: int) -> tuple[Tried, ...]:
    """The attempts at a delivery, oldest first."""
    with hub.db.read() as conn:
        found = views.attempts(conn, delivery_id)
        return tuple(Tried(**{name: record[name] for name in Tried.__slots__}) for record in found)
