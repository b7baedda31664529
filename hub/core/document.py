"""One business paper as the hub knows it, frozen, and the raw bytes it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from hub.core.files import File, FileRole
from hub.core.terms import Address, AllowanceCharge, Line, Party, Payment, Reference, TaxSubtotal, Totals
from hub.errors import Problem


class Direction(StrEnum):
    """Whose paper it is, seen from our company: did we sell or did we buy?"""

    SALES = "sales"
    PURCHASE = "purchase"


class DocumentType(StrEnum):
    """What the paper is before anyone asks whose: a reader knows this, the direction comes with the company."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    QUOTATION = "quotation"
    RECEIPT = "receipt"
    OTHER = "other"


class Kind(StrEnum):
    """The kinds of paper that routes, filters and packs know."""

    QUOTATION = "quotation"
    SALES_INVOICE = "sales_invoice"
    SALES_CREDIT_NOTE = "sales_credit_note"
    PURCHASE_INVOICE = "purchase_invoice"
    PURCHASE_CREDIT_NOTE = "purchase_credit_note"
    RECEIPT = "receipt"
    OTHER = "other"

    @classmethod
    def of(cls, type_: DocumentType, direction: Direction | None) -> Kind | None:
        """The kind of a paper, or None when it needs a direction and has none."""
        if type_ in {DocumentType.INVOICE, DocumentType.CREDIT_NOTE}:
            return cls(f"{direction}_{type_}") if direction else None
        return cls(type_.value)

    @property
    def type(self) -> DocumentType:
        """The kind without its direction."""
        return DocumentType(self.value.removeprefix("sales_").removeprefix("purchase_"))

    @property
    def direction(self) -> Direction | None:
        """Sales or purchase; None for what is neither (receipt, other). A quotation is ours, so sales."""
        if self is Kind.QUOTATION:
            return Direction.SALES
        head = self.value.partition("_")[0]
        return Direction(head) if head in {"sales", "purchase"} else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the giver of a paper said about it; a person's word goes before a guess."""

    company: str = ""  # enterprise number, 10 digits
    kind: Kind | None = None
    direction: Direction | None = None
    number: str = ""
    issue_date: date | None = None
    supplier: str = ""  # name, or VAT number when it looks like one
    total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """Raw bytes from a source, before anyone judged them. `beside` are files given with it (its PDF)."""

    name: str
    data: bytes = field(repr=False)
    source: str = "import"
    given: Given = Given()
    beside: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One business paper, immutable once accepted.

    A reader fills the facts and `files` (in memory); the store adds the identity (`id`, `uid`, `company`, `kind`,
    `sha256`, `source`, `arrived_at`) when it is accepted.
    """

    type: DocumentType
    declared: DocumentType | None = None  # what its root says, when code or sign make it something else
    number: str = ""  # BT-1
    issue_date: date | None = None  # BT-2
    due_date: date | None = None  # BT-9
    valid_until: date | None = None  # of a quotation
    tax_point_date: date | None = None  # BT-7
    delivery_date: date | None = None  # BT-72
    period_start: date | None = None  # BT-73
    period_end: date | None = None  # BT-74
    type_code: str = ""  # BT-3, UNCL1001
    currency: str = ""  # BT-5, ISO 4217
    tax_currency: str = ""  # BT-6
    customization: str = ""  # BT-24
    profile: str = ""  # BT-23
    buyer_reference: str = ""  # BT-10
    accounting_cost: str = ""  # BT-19
    payment_terms: str = ""  # BT-20
    notes: tuple[str, ...] = ()  # BT-22
    supplier: Party = Party()
    customer: Party = Party()
    payee: Party | None = None
    tax_representative: Party | None = None
    deliver_to: Address = Address()  # BG-15
    lines: tuple[Line, ...] = ()
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    tax_subtotals: tuple[TaxSubtotal, ...] = ()
    totals: Totals = Totals()
    payments: tuple[Payment, ...] = ()
    references: tuple[Reference, ...] = ()
    problems: tuple[Problem, ...] = ()
    files: tuple[File, ...] = ()
    # identity, given by the store
    id: int = 0
    uid: str = ""
    company: str = ""  # enterprise number, 10 digits
    kind: Kind | None = None
    sha256: str = ""
    source: str = ""
    arrived_at: datetime | None = None

    def file(self, role: FileRole) -> File | None:
        """The first file of that role."""
        return next((file for file in self.files if file.role is role), None)

    @property
    def picture(self) -> File | None:
        """What people read: the PDF inside or beside the paper, or the paper itself when it is one."""
        found = self.file(FileRole.PDF)
        if found is None and self.original.media_type == "application/pdf":
            return self.original
        return found

    @property
    def original(self) -> File:
        """The bytes as they came; every accepted paper has them."""
        found = self.file(FileRole.ORIGINAL)
        if found is None:
            raise LookupError("a document without its original bytes")
        return found

    @property
    def period_date(self) -> date:
        """The date that decides the period: issue date, else the day it arrived."""
        if self.issue_date:
            return self.issue_date
        if self.arrived_at:
            return self.arrived_at.date()
        raise LookupError("a document without issue date or arrival")
