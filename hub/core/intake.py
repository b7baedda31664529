"""Papers in: bytes safe on disk, then document, files, deliveries, keys and audit in one transaction; only then "yes".

Several papers may share a transaction: they are answered together, when it is durable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from hub.core import media
from hub.core.blobs import Blobs
from hub.core.document import Document, Incoming
from hub.core.files import File, FileRole
from hub.core.recognise import Parked, Reader, Recognised, Refused, Verdict, recognise
from hub.core.routing import Asked, Rule, route
from hub.core.store import companies, destinations, documents, incoming, locks, queueing, removals
from hub.core.store.engine import Database, Tx
from hub.core.store.incoming import NewIncoming
from hub.core.store.queueing import Subject, Wanted
from hub.errors import Problem
from hub.failpoints import hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What became of one paper. `result`: accepted, duplicate, conflict, parked or refused."""

    name: str
    result: str
    document_id: int | None = None
    incoming_id: int | None = None
    problems: tuple[Problem, ...] = ()


def _enough(size: int) -> None:
    """Where nobody counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The door for papers, whatever source they come from. `room` raises when so many bytes cannot be kept."""

    db: Database
    blobs: Blobs
    reader: Reader
    room: Callable[[int], None] = _enough

    def accept(self, papers: Sequence[Incoming]) -> list[Arrived]:
        """Take these papers in; every answer is durable when it is given. Raises TemporaryError without room."""
        self.room(sum(len(paper.data) for paper in papers))
        judged = [(paper, self._judge(paper)) for paper in papers]
        with self.db.read() as conn:
            removed = removals.mark(conn)
        kept = self._keep(judged)
        hit("ingest.before_transaction")
        try:
            arrived = self._commit(judged, kept, removed)
        except IntegrityError:  # another process took the same bytes in at the same moment: now they are known
            arrived = self._commit(judged, kept, removed)
        hit("ingest.committed")
        return arrived

    def _commit(self, judged: Sequence[tuple[Incoming, Verdict]], kept: set[str], removed: str) -> list[Arrived]:
        with self.db.write() as tx:
            if removals.hold_off(tx) != removed and not all(sha256 in self.blobs for sha256 in kept):
                self._keep(judged)  # removed meanwhile; nobody removes any from here on
            locks.taking_in(tx, {verdict.company.id for _, verdict in judged if isinstance(verdict, Recognised)})
            taking = _Taking(tx, destinations.rules(tx.conn), [])
            arrived = [_store(taking, paper, verdict) for paper, verdict in judged]
            queueing.enqueue(tx, companies.instance_id(tx.conn), taking.wanted)
            hit("ingest.before_commit")
        return arrived

    def preview(self, paper: Incoming) -> Arrived:
        """What would become of a paper, without keeping anything."""
        verdict = self._judge(paper)
        if not isinstance(verdict, Recognised):
            with self.db.read() as conn:
                double = _double(conn, paper, verdict)
            return double or Arrived(name=paper.name, result=_word(verdict), problems=verdict.problems)
        with self.db.read() as conn:
            company_id, document = verdict.company.id, verdict.document
            known = documents.same_bytes(conn, company_id, document.sha256)
            rival = None if known else documents.same_number(conn, company_id, document)
        result = "duplicate" if known else "conflict" if rival else "accepted"
        problems = (*document.problems, *_clash(known, rival))
        return Arrived(name=paper.name, result=result, document_id=known, problems=problems)

    def assign(self, incoming_id: int, paper: Incoming) -> Arrived:
        """Place a paper that was parked, by a person's word in `paper.given`."""
        arrived = self.accept([paper])[0]
        if arrived.document_id is not None:
            with self.db.write() as tx:
                incoming.assigned(tx, incoming_id, arrived.document_id)
        return arrived

    def _judge(self, paper: Incoming) -> Verdict:
        with self.db.read() as conn:
            ours = companies.every(conn)
        return recognise(paper, self.reader, ours)

    def _keep(self, judged: Sequence[tuple[Incoming, Verdict]]) -> set[str]:
        """Bytes first: whatever a row will name is on disk, synced, before the transaction begins. Returns hashes."""
        things: list[bytes | File] = []
        for paper, verdict in judged:
            things.append(paper.data)
            files = verdict.document.files if isinstance(verdict, Recognised) else paper.beside
            things += [file for file in files if file.role is not FileRole.ORIGINAL]
        return set(self.blobs.put_all(things))


@dataclass(frozen=True, slots=True)
class _Taking:
    """A transaction that takes papers in: where they may go, and what is to be queued for all of them at its end."""

    tx: Tx
    rules: Sequence[Rule]
    wanted: list[Wanted]

    def queue(self, kept: Document, subject: Subject) -> None:
        """Queue it for every destination that takes it."""
        routes = route(kept, self.rules, Asked(company_id=subject.company_id))
        self.wanted.extend((subject, one.rule.destination_id) for one in routes if one.fits)


def _store(taking: _Taking, paper: Incoming, verdict: Verdict) -> Arrived:
    tx = taking.tx
    if not isinstance(verdict, Recognised):
        return _double(tx.conn, paper, verdict) or _set_aside(tx, paper, verdict)
    company_id, document = verdict.company.id, verdict.document
    known = documents.same_bytes(tx.conn, company_id, document.sha256)
    if known is not None:
        return Arrived(name=paper.name, result="duplicate", document_id=known, problems=_clash(known, None))
    rival = documents.same_number(tx.conn, company_id, document)
    document = replace(document, problems=(*document.problems, *_clash(None, rival)))
    held = "conflict" if rival else ""
    kept = documents.add(tx, company_id, document, held)
    incoming.assigned_same_bytes(tx, document.sha256, kept.id)
    for file in kept.files:
        if file.role is FileRole.PDF:
            incoming.assigned_inside(tx, file.sha256, kept.id)
    taking.queue(kept, Subject(company_id=company_id, sha256=document.sha256, document_id=kept.id, held=held))
    result = "conflict" if rival else "accepted"
    return Arrived(name=paper.name, result=result, document_id=kept.id, problems=document.problems)


def _double(conn: Connection, paper: Incoming, verdict: Parked | Refused) -> Arrived | None:
    """A paper that does not tell whose it is, but whose bytes a person placed before, or that lies in another one."""
    if isinstance(verdict, Refused):
        return None
    sha256 = File.of(paper.name, media.OCTETS, paper.data).sha256
    for company in companies.every(conn):
        known = documents.same_bytes(conn, company.id, sha256)
        if known is not None and paper.given.company in {"", company.number}:
            return Arrived(name=paper.name, result="duplicate", document_id=known, problems=_clash(known, None))
    return None


def _clash(known: int | None, rival: int | None) -> tuple[Problem, ...]:
    if known is not None:
        return (Problem("duplicate", f"the same bytes are document {known}"),)
    if rival is not None:
        message = f"document {rival} has the same supplier, kind, number and year, but other content"
        return (Problem("conflict", message),)
    return ()


def _word(verdict: Parked | Refused) -> str:
    return "parked" if isinstance(verdict, Parked) else "refused"


def _set_aside(tx: Tx, paper: Incoming, verdict: Parked | Refused) -> Arrived:
    given: dict[str, Any] = {
        name: str(value) for name in ("company", "kind", "direction") if (value := getattr(paper.given, name))
    }
    given |= {"number": paper.given.number, "supplier": paper.given.supplier}
    new = NewIncoming(
        source=paper.source,
        name=paper.name,
        sha256=File.of(paper.name, media.OCTETS, paper.data).sha256,
        size=len(paper.data),
        result=_word(verdict),
        reason=verdict.problems[0].code,
        problems=[{"code": p.code, "message": p.message, "place": p.place} for p in verdict.problems],
        given=given,
        beside=[{"name": file.name, "sha256": file.sha256} for file in paper.beside],
        company_id=None,
    )
    entry = incoming.add(tx, new)
    return Arrived(name=paper.name, result=new.result, incoming_id=entry, problems=verdict.problems)
