"""Papers that must end in somebody's books, and what the books must say then: by customer, number and VAT code."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hub.core.document import DocumentType
from hub.core.terms import Party, TaxCategory
from hub.testing.exact import COMPANIES, Books
from hub.testing.samples import EXEMPT, REVERSE_CHARGE, VAT_6, VAT_12, VAT_21, Item, Paper, belgian, ubl

SINCE = "2026-01-01"  # before the first issue date
_FIRST = date(2026, 1, 2)
_CUSTOMERS = tuple(f"{base:08}{97 - base % 97:02}" for base in range(12345600, 12345607))  # no such companies
_CASES = (("S", 21, "210"), ("S", 12, "120"), ("S", 6, "060"), ("E", 0, "VRY"), ("AE", 0, "MC"))
_TAXES = (VAT_21, VAT_12, VAT_6, EXEMPT, REVERSE_CHARGE)
# What the bookkeeper of both companies confirmed: a VAT code for each case.
VAT_CODES = [{"category": category, "rate": rate, "code": code} for category, rate, code in _CASES]
_CODE_OF = {(category, Decimal(rate)): code for category, rate, code in _CASES}

Sums = dict[str, tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class Sold:
    """A paper of one company (a division at the far side); of a credit note the amounts count negatively."""

    division: int
    paper: Paper

    @property
    def sign(self) -> int:
        """1 or -1."""
        return -1 if self.paper.type is DocumentType.CREDIT_NOTE else 1


def sold(count: int) -> list[Sold]:
    """Invoices and each seventh a credit note, of two companies to a few customers, in every VAT case."""
    return [_sold(n) for n in range(count)]


def _sold(n: int) -> Sold:
    division, (name, number) = list(COMPANIES.items())[n % len(COMPANIES)]
    buyer = _CUSTOMERS[n % len(_CUSTOMERS)]
    day = _FIRST + timedelta(days=n % 80)
    items = tuple(
        Item(quantity=Decimal(n % 3 + 1), price=Decimal(n % 97) + Decimal("0.37"), tax=tax) for tax in _taxes(n)
    )
    kind = DocumentType.CREDIT_NOTE if n % 7 == 6 else DocumentType.INVOICE  # noqa: PLR2004 - each seventh
    paper = Paper(
        type=kind,
        number=f"{'C' if kind is DocumentType.CREDIT_NOTE else 'F'}2026-{n:04}",
        issue_date=day,
        due_date=day + timedelta(days=30),
        supplier=belgian(name, number, "Gent"),
        customer=_customer(buyer),
        items=items,
        credited="F2026-0000" if kind is DocumentType.CREDIT_NOTE else "",
    )
    return Sold(division, paper)


def _taxes(n: int) -> tuple[TaxCategory, ...]:
    return (_TAXES[n % len(_TAXES)], _TAXES[(n // 2) % len(_TAXES)])


def _customer(number: str) -> Party:
    return belgian(f"Klant {number[-4:]} BV", number, "Brugge")


def write(papers: Sequence[Sold], folder: Path) -> list[Path]:
    """Each as a UBL file."""
    folder.mkdir(parents=True)
    paths = [folder / f"{one.paper.number}.xml" for one in papers]
    for path, one in zip(paths, papers, strict=True):
        path.write_bytes(ubl(one.paper))
    return paths


def expected(papers: Iterable[Sold], division: int) -> Sums:
    """Base and tax of each VAT code in a company's books, when all its papers were booked once."""
    sums: Sums = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for one in papers:
        if one.division == division:
            for subtotal in one.paper.tax_subtotals:
                code = _CODE_OF[subtotal.tax.code, Decimal(subtotal.tax.rate or 0)]
                base, tax = sums[code]
                sums[code] = (base + one.sign * (subtotal.taxable or 0), tax + one.sign * (subtotal.amount or 0))
    return {code: amounts for code, amounts in sums.items() if any(amounts)}


def broken(papers: Sequence[Sold], books: Books) -> Iterator[str]:
    """What the books themselves say against the promise: each booked once, right, and no customer twice."""
    booked = Counter((entry.division, entry.your_ref) for entry in books.entries)
    wanted = {(one.division, one.paper.number) for one in papers}
    if missing := wanted - set(booked):
        yield f"{len(missing)} papers are not booked"
    if strange := set(booked) - wanted:
        yield f"{len(strange)} entries are of no paper"
    if twice := [key for key, times in booked.items() if times > 1]:
        yield f"{len(twice)} papers are booked more than once"
    for division in COMPANIES:
        if (there := _rounded(books.taxes(division))) != (right := _rounded(expected(papers, division))):
            yield f"division {division}: the VAT codes add up to {there}, not to {right}"
    yield from _customers(books)
    if spent := books.refused("Old refresh token used."):
        yield f"a spent refresh token was used {spent} times"


def _customers(books: Books) -> Iterator[str]:
    entries = defaultdict(set)
    for entry in books.entries:
        entries[entry.division, entry.customer_vat].add(entry.customer)
    if several := [key for key, customers in entries.items() if len(customers) > 1]:
        yield f"{len(several)} customers were booked under several accounts"
    accounts = Counter((row["Division"], row.get("VATNumber")) for row in books.accounts if row.get("VATNumber"))
    if doubled := [key for key, times in accounts.items() if times > 1]:
        yield f"{len(doubled)} customers have more than one account"


def _rounded(sums: Mapping[str, tuple[Decimal, Decimal]]) -> Sums:
    cent = Decimal("0.01")
    return {
        code: (base.quantize(cent), tax.quantize(cent)) for code, (base, tax) in sorted(sums.items()) if base or tax
    }
