"""Sales entries as they lie in the books: looked for, posted once, and compared with what was prepared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hub import Artifact, File, Held, Receipt, Uncertain
from hub_exact.answers import Row
from hub_exact.books import Books
from hub_exact.filters import guid, text
from hub_exact.mapping import CREDIT_NOTE, from_bytes, to_bytes

PART, CUSTOMER_PART = "sales_entry.json", "customer.json"
_PATH = "salesentry/SalesEntries"
_SELECT = "EntryID,EntryNumber,YourRef,Type,AmountFC,VATAmountFC,EntryDate,Journal,Customer"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was prepared: the entry without the ids that only Exact knows, and the customer."""

    entry: dict[str, Any]
    customer: dict[str, Any]

    @classmethod
    def of(cls, artifact: Artifact) -> Prepared:
        """Read back what `prepare` wrote."""
        parts = {part.name: part for part in artifact.parts}
        return cls(from_bytes(parts[PART].read()), from_bytes(parts[CUSTOMER_PART].read()))

    def artifact(self) -> Artifact:
        """What will leave, as files that people can read; the same bytes for the same paper."""
        rows = {PART: self.entry, CUSTOMER_PART: self.customer}
        return Artifact(tuple(File.of(name, "application/json", to_bytes(row)) for name, row in rows.items()))

    @property
    def reference(self) -> str:
        """The paper's number."""
        return str(self.entry["YourRef"])

    @property
    def day(self) -> date:
        """The issue date."""
        return date.fromisoformat(self.entry["EntryDate"])

    @property
    def tax(self) -> Decimal:
        """The VAT, negative on a credit note."""
        return self._sum("VATAmountFC")

    @property
    def total(self) -> Decimal:
        """The total with VAT, negative on a credit note."""
        return self.tax + self._sum("AmountFC")

    @property
    def credit(self) -> bool:
        """It is a credit note."""
        return self.entry.get("Type") == CREDIT_NOTE

    def body(self, customer: str, gl_account: str) -> bytes:
        """What is sent: the prepared entry, with the ids in the places of customer and account code."""
        lines = [line | {"GLAccount": gl_account} for line in self.entry["SalesEntryLines"]]
        return to_bytes({"Customer": customer} | self.entry | {"SalesEntryLines": lines})

    def _sum(self, field: str) -> Decimal:
        lines = self.entry["SalesEntryLines"]
        return sum((Decimal(line[field]) for line in lines), Decimal(0)).quantize(_CENT)

    @property
    def figures(self) -> str:
        """Total, VAT and kind, as people read them."""
        return _figures(self.total, self.tax, credit=self.credit)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as Exact has it."""

    id: str
    number: str
    reference: str
    credit: bool
    total: Decimal
    tax: Decimal
    day: date
    journal: str
    customer: str

    @classmethod
    def of(cls, row: Row) -> Entry:
        """A row of salesentry/SalesEntries; raises ValueError, KeyError or TypeError when it is incomplete."""
        return cls(
            id=str(row["EntryID"]),
            number=str(row["EntryNumber"]),
            reference=_text(row["YourRef"]),
            credit=int(row["Type"]) == CREDIT_NOTE,
            total=_cents(row["AmountFC"]),
            tax=_cents(row["VATAmountFC"]),
            day=_day(str(row["EntryDate"])),
            journal=str(row["Journal"]).strip(),
            customer=str(row["Customer"]).strip().lower(),
        )

    def receipt(self, books: Books, how: str) -> Receipt:
        """What proves it; `how` says whether it was booked now or found."""
        detail = {
            "entry_id": self.id,
            "division": str(books.ledger.division),
            "journal": self.journal,
            "customer": self.customer,
            "total": f"{self.total:f}",
            "vat": f"{self.tax:f}",
            "how": how,
        }
        return Receipt(self.number, books.client.wire.now(), detail)


def with_reference(books: Books, reference: str) -> list[Entry]:
    """Every entry with this number, in whatever journal and for whatever customer: accounts may have been merged."""
    rows = books.client.read(books.path(_PATH), _SELECT, f"YourRef eq {text(reference)}")
    return [Entry.of(row) for row in rows]


def with_id(books: Books, entry_id: str) -> Entry | None:
    """The entry with this id; asked by filter, for an id that is not there counts as an error at Exact."""
    rows = books.client.read(books.path(_PATH), _SELECT, f"EntryID eq {guid(entry_id)}")
    return Entry.of(rows[0]) if rows else None


def ours(found: Iterable[Entry], wanted: Prepared, customers: Iterable[str]) -> Entry | None:
    """The entry of this paper, None when it is not booked. Raises Held when that cannot be told for sure."""
    known = {customer.lower() for customer in customers}
    same = [one for one in found if _is_about(one, wanted)]
    mine = [one for one in same if one.customer in known]
    others = [one for one in same if one.customer not in known and _agrees(one, wanted)]
    if len(mine) + len(others) > 1:
        raise Held("entry_ambiguous", f"several entries fit the paper: {_named([*mine, *others])}")
    if others:
        raise Held("customer_differs", f"entry {_named(others)} fits the paper, but is for another customer")
    if mine and not (mine[0].day == wanted.day and _agrees(mine[0], wanted)):
        raise Held("totals_differ", f"{_difference(mine[0], wanted)} of {wanted.day}; nothing was sent")
    return mine[0] if mine else None


def post(books: Books, body: bytes) -> Row:
    """Book it. Raises Rejected with Exact's words, and Uncertain when it may be booked."""
    row = books.client.create(books.path(_PATH), body)
    if not row.get("EntryID"):
        raise Uncertain("exact.answer", "the answer to the new entry has no id")
    return row


def compared(entry: Entry, wanted: Prepared) -> Entry:
    """The booked entry, when Exact booked what was sent. Raises Held, with both figures, when it did not."""
    if _agrees(entry, wanted) and entry.reference == wanted.reference:
        return entry
    kept = "it stays in the books and is not sent again: mend it there, then retry"
    raise Held("totals_differ", f"{_difference(entry, wanted)}; {kept}")


def _is_about(entry: Entry, wanted: Prepared) -> bool:
    """Number series begin anew each year, and an invoice and its credit note may have one number."""
    kind = entry.credit == wanted.credit or wanted.total == 0
    year = entry.day.year == wanted.day.year
    return entry.reference == wanted.reference and entry.journal == wanted.entry["Journal"] and kind and year


def _agrees(entry: Entry, wanted: Prepared) -> bool:
    kind = entry.credit == wanted.credit or wanted.total == 0
    return kind and (entry.total, entry.tax) == (wanted.total, wanted.tax)


def _difference(entry: Entry, wanted: Prepared) -> str:
    booked = _figures(entry.total, entry.tax, credit=entry.credit)
    number = "" if entry.reference == wanted.reference else f" with number {entry.reference}"
    return f"entry {entry.number} of {entry.day}{number} is {booked}, the paper is {wanted.figures}"


def _figures(total: Decimal, tax: Decimal, *, credit: bool) -> str:
    return f"{'a credit note' if credit else 'an invoice'} of {total:f} with {tax:f} VAT"


def _named(entries: Sequence[Entry]) -> str:
    return ", ".join(one.number for one in entries[:5])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")  # not every answer to a new row has all of it
    return value.strip()


def _cents(value: Any) -> Decimal:
    """Exact keeps amounts as binary floats."""
    return Decimal(str(value)).quantize(_CENT)


def _day(written: str) -> date:
    """`/Date(1768435200000)/`: midnight as if the administration lay in UTC."""
    milliseconds = int(written.removeprefix("/Date(").removesuffix(")/"))
    return (_EPOCH + timedelta(milliseconds=milliseconds)).date()
