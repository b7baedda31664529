"""What was booked and asked, read from the ledger: for tests, which may be another process."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hub.testing.exact.ledger import Line, read_lines

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One booking. `by_vat_code` has base and tax of each code; `document` is the one it is tied to."""

    division: int
    id: str
    number: int
    type: int
    journal: str
    customer: str
    customer_vat: str | None
    your_ref: str | None
    entry_date: date
    due_date: date
    currency: str
    total: Decimal
    tax: Decimal
    by_vat_code: Mapping[str, tuple[Decimal, Decimal]]
    document: str | None
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file at a document."""

    document: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Books:
    """A ledger as it was at one moment; rows are as stored, with padding, dates as ISO text, amounts as text."""

    lines: tuple[Line, ...]

    @classmethod
    def read(cls, path: Path) -> Books:
        """The books of a server that writes its ledger to this file, running or not."""
        return cls(tuple(read_lines(path)))

    @property
    def entries(self) -> list[Entry]:
        """All bookings, in the order in which they were made."""
        accounts = self._rows("crm/Accounts")
        return [_entry(*key, row, accounts) for key, row in self._rows("salesentry/SalesEntries").items()]

    @property
    def accounts(self) -> list[Row]:
        """All customers and suppliers, of all divisions."""
        return list(self._rows("crm/Accounts").values())

    @property
    def contacts(self) -> list[Row]:
        """All persons at accounts."""
        return list(self._rows("crm/Contacts").values())

    @property
    def documents(self) -> list[Row]:
        """All documents."""
        return list(self._rows("documents/Documents").values())

    @property
    def attachments(self) -> list[Attachment]:
        """All files, of all documents."""
        rows = self._rows("documents/DocumentAttachments").values()
        return [Attachment(document=row["Document"], name=row["FileName"], **row["Attachment"]) for row in rows]

    @property
    def requests(self) -> list[Line]:
        """Every request with what was done: `method`, `target`, `status`, `told`, `fault`, `done`, `time`."""
        return self._of("request")

    @property
    def tokens(self) -> list[Line]:
        """What happened to tokens: `event` is consent, issued, refreshed (`again` for a lost answer) or refused."""
        return self._of("token")

    def refused(self, why: str) -> int:
        """How often the token endpoint said no with this sentence, such as `Old refresh token used.`"""
        return sum(line["event"] == "refused" and line["why"] == why for line in self.tokens)

    def entries_of(self, your_ref: str, division: int | None = None) -> list[Entry]:
        """The bookings of one invoice number; more than one is a double."""
        return [one for one in self.entries if one.your_ref == your_ref and division in {None, one.division}]

    def doubles(self) -> dict[tuple[int, str, str | None, int], int]:
        """Each division, customer (VAT number, else id), number and type booked more than once, and how often."""
        count = collections.Counter(
            (one.division, one.customer_vat or one.customer, one.your_ref, one.type) for one in self.entries
        )
        return {key: times for key, times in count.items() if times > 1}

    def accounts_of(self, vat_number: str) -> list[Row]:
        """The accounts with this VAT number; more than one is a double."""
        return [row for row in self.accounts if row.get("VATNumber") == vat_number]

    def taxes(self, division: int) -> dict[str, tuple[Decimal, Decimal]]:
        """Base and tax of each VAT code in a division: what the VAT return will say."""
        sums: dict[str, tuple[Decimal, Decimal]] = {}
        for entry in self.entries:
            if entry.division == division:
                for code, (base, tax) in entry.by_vat_code.items():
                    before = sums.get(code, (Decimal(0), Decimal(0)))
                    sums[code] = (before[0] + base, before[1] + tax)
        return sums

    def _of(self, kind: str) -> list[Line]:
        return [line for line in self.lines if line["kind"] == kind]

    def _rows(self, path: str) -> dict[tuple[int, str], Row]:
        """The latest state of each row, by division and key."""
        key = "EntryID" if path == "salesentry/SalesEntries" else "ID"
        stored = (line for line in self._of("stored") if line["resource"] == path)
        return {(line["division"], line["row"][key]): line["row"] for line in stored}


def _entry(division: int, key: str, row: Row, accounts: Mapping[tuple[int, str], Row]) -> Entry:
    return Entry(
        division=division,
        id=key,
        number=row["EntryNumber"],
        type=row["Type"],
        journal=row["Journal"],
        customer=row["Customer"],
        customer_vat=accounts.get((division, row["Customer"]), {}).get("VATNumber"),
        your_ref=row.get("YourRef"),
        entry_date=date.fromisoformat(row["EntryDate"]),
        due_date=date.fromisoformat(row["DueDate"]),
        currency=row["Currency"],
        total=Decimal(row["AmountFC"]),
        tax=Decimal(row["VATAmountFC"]),
        by_vat_code=_by_vat_code(row["SalesEntryLines"]),
        document=row.get("Document"),
        row=row,
    )


def _by_vat_code(lines: Iterable[Row]) -> dict[str, tuple[Decimal, Decimal]]:
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for line in lines:
        code = (line.get("VATCode") or "").strip()
        base, tax = sums.get(code, (Decimal(0), Decimal(0)))
        sums[code] = (base + Decimal(line["AmountFC"]), tax + Decimal(line["VATAmountFC"]))
    return sums
