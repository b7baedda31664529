"""Queries on documents and their files."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from hub.core.blobs import Blobs
from hub.core.clock import from_ms
from hub.core.document import Document, Kind
from hub.core.files import File, FileRole
from hub.core.store.engine import Tx
from hub.core.tables import company, document, document_file
from hub.errors import NotFoundError, Problem

_AT_ONCE = 1_000  # ids a statement asks for
_IDENTITY = {"files", "problems", "id", "uid", "company", "kind", "sha256", "source", "arrived_at"}
_FACTS: TypeAdapter[Document] = TypeAdapter(Document)
_PROBLEMS = TypeAdapter(tuple[Problem, ...])


def supplier_key(paper: Document) -> str:
    """Who the supplier is, for telling doubles: the VAT number without punctuation, else the name without case."""
    vat = "".join(char for char in paper.supplier.vat if char.isalnum()).upper()
    return vat or paper.supplier.name.casefold().strip()


_ADD = sa.insert(document).returning(document.c.id)
_ADD_FILES = sa.insert(document_file)


def add(tx: Tx, company_id: int, paper: Document, reason: str = "") -> Document:
    """Keep an accepted paper: its bytes are already in the blob store. `reason` holds it (`conflict`)."""
    uid = uuid.uuid4().hex
    row = {
        "uid": uid,
        "company_id": company_id,
        "kind": paper.kind,
        "declared": paper.declared or paper.type,
        "number": paper.number,
        "issue_date": paper.issue_date,
        "due_date": paper.due_date,
        "period_date": paper.issue_date or from_ms(tx.at).date(),
        "currency": paper.currency,
        "total_without_tax": paper.totals.without_tax,
        "tax_total": paper.totals.tax,
        "payable": paper.totals.payable,
        "supplier_name": paper.supplier.name,
        "supplier_vat": paper.supplier.vat,
        "supplier_key": supplier_key(paper),
        "customer_name": paper.customer.name,
        "customer_vat": paper.customer.vat,
        "sha256": paper.sha256,
        "source": paper.source,
        "name": paper.original.name,
        "arrived_at": tx.at,
        "state": "held" if reason else "ok",
        "reason": reason,
        "problems": _PROBLEMS.dump_python(paper.problems, mode="json"),
        "facts": _FACTS.dump_json(paper, exclude=_IDENTITY, exclude_defaults=True).decode(),
    }
    new = int(tx.conn.execute(_ADD, row).scalar_one())
    _add_files(tx, new, paper.files)
    tx.audit("document.accepted", f"document:{new}", sha256=paper.sha256, kind=paper.kind, held=reason)
    return replace(paper, id=new, uid=uid, arrived_at=from_ms(tx.at))


def _add_files(tx: Tx, document_id: int, files: Sequence[File]) -> None:
    rows = [
        {"document_id": document_id, "n": n, "role": file.role, "name": file.name, "media_type": file.media_type}
        | {"size": file.size, "sha256": file.sha256}
        for n, file in enumerate(files, start=1)
    ]
    tx.conn.execute(_ADD_FILES, rows)


_SAME_ORIGINAL = sa.select(document.c.id).where(
    document.c.company_id == bindparam("company"), document.c.sha256 == bindparam("hash")
)
_SAME_PDF = (
    sa.select(document.c.id)
    .join(document_file, document_file.c.document_id == document.c.id)
    .where(document.c.company_id == bindparam("company"), document_file.c.sha256 == bindparam("hash"))
    .where(document_file.c.role == FileRole.PDF)
    .limit(1)
)


def same_bytes(conn: Connection, company_id: int, sha256: str) -> int | None:
    """The document of this company with exactly these bytes, as its original or as the PDF inside it."""
    wanted = {"company": company_id, "hash": sha256}
    return conn.execute(_SAME_ORIGINAL, wanted).scalar() or conn.execute(_SAME_PDF, wanted).scalar()


_SAME_NUMBER = (
    sa.select(document.c.id)
    .where(document.c.company_id == bindparam("company"), document.c.supplier_key == bindparam("supplier"))
    .where(document.c.number == bindparam("number"), document.c.declared == bindparam("declared"))
    .where(document.c.issue_date.between(bindparam("first"), bindparam("last")))
    .order_by(document.c.id)
    .limit(1)
)


def same_number(conn: Connection, company_id: int, paper: Document) -> int | None:
    """The first document with this declared type, supplier, number and issue year."""
    if not paper.number or not paper.issue_date:
        return None
    wanted = {
        "company": company_id,
        "supplier": supplier_key(paper),
        "number": paper.number,
        "declared": paper.declared or paper.type,
        "first": date(paper.issue_date.year, 1, 1),
        "last": date(paper.issue_date.year, 12, 31),
    }
    return conn.execute(_SAME_NUMBER, wanted).scalar()


_WHOLE = (
    sa.select(
        document.c.id,
        document.c.uid,
        document.c.kind,
        document.c.sha256,
        document.c.source,
        document.c.arrived_at,
        document.c.problems,
        document.c.facts,
        company.c.number,
    )
    .join(company)
    .where(document.c.id == bindparam("one"))
)


def load(conn: Connection, blobs: Blobs, document_id: int) -> Document:
    """A document with all its terms and files. Raises NotFoundError."""
    row = conn.execute(_WHOLE, {"one": document_id}).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no document {document_id}", action="see `hub doc list`")
    return replace(
        _FACTS.validate_json(row.facts),
        id=row.id,
        uid=row.uid,
        company=row.number,
        kind=Kind(row.kind),
        sha256=row.sha256,
        source=row.source,
        arrived_at=from_ms(row.arrived_at),
        problems=_PROBLEMS.validate_python(row.problems),
        files=tuple(files(conn, blobs, document_id)),
    )


def facts(conn: Connection, document_id: int) -> dict[str, Any]:
    """Every term the paper states, as JSON values."""
    text = conn.execute(sa.select(document.c.facts).where(document.c.id == document_id)).scalar_one()
    found: dict[str, Any] = json.loads(text)
    return found


_FILES = (
    sa.select(
        document_file.c.name,
        document_file.c.media_type,
        document_file.c.size,
        document_file.c.sha256,
        document_file.c.role,
    )
    .where(document_file.c.document_id == bindparam("one"))
    .order_by(document_file.c.n)
)


def files(conn: Connection, blobs: Blobs, document_id: int) -> Iterator[File]:
    """The files of a document: the original first."""
    for name, media_type, size, sha256, role in conn.execute(_FILES, {"one": document_id}).all():
        yield File(name, media_type, size, sha256, _opener(blobs, sha256), FileRole(role))


def _opener(blobs: Blobs, sha256: str) -> Any:
    return lambda: blobs.open(sha256)


_STATES = sa.select(document.c.id, document.c.company_id, document.c.state, document.c.reason, document.c.sha256)


def state_of(conn: Connection, document_id: int) -> Any:
    """`company_id`, `state`, `reason` and `sha256` of a document. Raises NotFoundError."""
    row = conn.execute(_STATES.where(document.c.id == document_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no document {document_id}", action="see `hub doc list`")
    return row


def states_of(conn: Connection, document_ids: Sequence[int]) -> dict[int, Any]:
    """The same of each of these documents, by its id."""
    found: dict[int, Any] = {}
    for first in range(0, len(document_ids), _AT_ONCE):
        some = document_ids[first : first + _AT_ONCE]
        found |= {row.id: row for row in conn.execute(_STATES.where(document.c.id.in_(some)))}
    return found


def set_state(tx: Tx, document_id: int, state: str, reason: str) -> None:
    """Hold a document or release it."""
    tx.conn.execute(sa.update(document).where(document.c.id == document_id).values(state=state, reason=reason))
    tx.audit(f"document.{state}", f"document:{document_id}", reason=reason)
