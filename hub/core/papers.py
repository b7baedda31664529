"""Papers as they are shown to somebody who may see some companies and no others.

`Papers.of(companies)` is the only way in: whatever is asked then is asked of these companies, in one place. What is
not theirs and what does not exist give the same answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Connection, Row

from hub.core import filters, periods
from hub.core.blobs import Blobs
from hub.core.clock import Now, from_ms
from hub.core.document import Kind
from hub.core.export import DEFAULT_KINDS, Exporter, Request
from hub.core.files import File, FileRole
from hub.core.pack_index import Format, Scope
from hub.core.store import companies, showing
from hub.errors import NotFoundError

_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper as a list shows it. `uid` is random; `booked_by` is the destination that books it, empty: none."""

    uid: str
    company: str  # enterprise number
    kind: Kind
    number: str
    issue_date: date | None
    due_date: date | None
    period_date: date
    currency: str
    total_without_tax: Decimal | None
    tax_total: Decimal | None
    payable: Decimal | None
    supplier: tuple[str, str]  # name, VAT number
    customer: tuple[str, str]
    sha256: str
    arrived_at: datetime
    state: str  # ok, held
    booked_by: str
    files: tuple[File, ...] = ()

    @property
    def party(self) -> tuple[str, str]:
        """The other side of the paper, seen from the company whose paper it is."""
        return self.supplier if self.kind.value.startswith("purchase") else self.customer


@dataclass(frozen=True, slots=True)
class Page:
    """Some papers, newest first. `after` is what to ask for the next page with; empty: there is none."""

    papers: tuple[Paper, ...]
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackMade:
    """The export of a period that was made: one ZIP. `left_out` are numbers and reasons."""

    company: str
    period: str
    sha256: str
    size: int
    documents: int
    made_at: datetime
    left_out: tuple[tuple[str, str], ...]
    file: File = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackWanted:
    """What to export: the papers of one company in a period, of these kinds (empty: all but quotations), for whom."""

    company: str
    period: str
    kinds: frozenset[Kind] = frozenset()
    formats: frozenset[str] = frozenset({"original", "pdf", "csv"})
    target: str = ""


class Papers:
    """The papers of all companies. What is shown of them is asked for with `of`."""

    def __init__(self, exporter: Exporter, now: Now) -> None:
        self._exporter = exporter
        self._now = now

    def of(self, numbers: Collection[str]) -> CompanyPapers:
        """The papers of these companies (enterprise numbers)."""
        return CompanyPapers(frozenset(numbers), self._exporter, self._now)


class CompanyPapers:
    """The papers of some companies. Every question is asked with their numbers; the rest does not exist here."""

    def __init__(self, numbers: frozenset[str], exporter: Exporter, now: Now) -> None:
        self._numbers = numbers
        self._exporter = exporter
        self._db = exporter.db
        self._now = now

    def companies(self) -> Mapping[str, str]:
        """The names of the companies, by number."""
        with self._db.read() as conn:
            return showing.companies(conn, self._numbers)

    def list(self, filter_: str = "", after: str = "", limit: int = _PAGE) -> Page:
        """A page of papers, newest first. Raises UsageError that says what is wrong with the filter."""
        wanted = filters.parse(filter_, self._now())
        with self._db.read() as conn:
            rows = showing.page(conn, self._numbers, wanted, (after, limit + 1))
            papers = self._papers(conn, rows[:limit])
        return Page(papers, papers[-1].uid if len(rows) > limit else "")

    def one(self, uid: str) -> Paper:
        """The paper with this uid. Raises NotFoundError, also when it is another company's."""
        with self._db.read() as conn:
            row = showing.one(conn, self._numbers, uid)
            if row is None:
                raise NotFoundError("there is no such paper")
            (paper,) = self._papers(conn, [row])
        return paper

    def pack(self, wanted: PackWanted) -> PackMade:
        """Make the export of a period and keep it. Raises NotFoundError, UsageError."""
        if wanted.company not in self._numbers:
            raise NotFoundError("there is no such company")
        with self._db.read() as conn:
            company = companies.by_number(conn, wanted.company)
        scope = Scope(
            company=company.number,
            company_name=company.name,
            period=periods.parse(wanted.period),
            kinds=wanted.kinds or DEFAULT_KINDS,
            formats=frozenset(map(Format, wanted.formats)),
        )
        made = self._exporter.to_blob(Request(company_id=company.id, scope=scope, target=wanted.target))
        return self.pack_with(made.result.sha256)

    def packs(self, target: str) -> Sequence[PackMade]:
        """The exports made for a target, newest first."""
        with self._db.read() as conn:
            return [_pack(self._exporter.blobs, row) for row in showing.packs(conn, self._numbers, target)]

    def pack_with(self, sha256: str) -> PackMade:
        """The export with these bytes. Raises NotFoundError, also when it is another company's."""
        with self._db.read() as conn:
            row = showing.pack_with(conn, self._numbers, sha256)
        if row is None:
            raise NotFoundError("there is no such export")
        return _pack(self._exporter.blobs, row)

    def _papers(self, conn: Connection, rows: Sequence[Row[Any]]) -> tuple[Paper, ...]:
        ids = [row.id for row in rows]
        booked, files = showing.booked_by(conn, ids), showing.files(conn, ids)
        blobs = self._exporter.blobs
        return tuple(_paper(row, booked.get(row.id, ""), _files(blobs, files.get(row.id, ()))) for row in rows)


def _paper(row: Row[Any], booked_by: str, files: tuple[File, ...]) -> Paper:
    same = ("uid", "number", "issue_date", "due_date", "period_date", "currency", "sha256", "state")
    amounts = ("total_without_tax", "tax_total", "payable")
    return Paper(
        **{name: getattr(row, name) for name in (*same, *amounts)},
        company=row.company_number,
        kind=Kind(row.kind),
        supplier=(row.supplier_name, row.supplier_vat),
        customer=(row.customer_name, row.customer_vat),
        arrived_at=from_ms(row.arrived_at),
        booked_by=booked_by,
        files=files,
    )


def _files(blobs: Blobs, rows: Sequence[Row[Any]]) -> tuple[File, ...]:
    return tuple(
        File(row.name, row.media_type, row.size, row.sha256, _opener(blobs, row.sha256), FileRole(row.role))
        for row in rows
    )


def _opener(blobs: Blobs, sha256: str) -> Any:
    return lambda: blobs.open(sha256)


def _pack(blobs: Blobs, row: Row[Any]) -> PackMade:
    name = f"{row.company_number}_{row.period}.zip"
    return PackMade(
        company=row.company_number,
        period=row.period,
        sha256=row.sha256,
        size=row.size,
        documents=row.documents,
        made_at=from_ms(row.created_at),
        left_out=tuple((left["document"], left["reason"]) for left in row.left_out),
        file=File(name, "application/zip", row.size, row.sha256, _opener(blobs, row.sha256)),
    )
