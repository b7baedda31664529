"""The workshop's twenty papers: a quarter of an invented bicycle workshop, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from hub.core.document import DocumentType, Given, Incoming, Kind
from hub.core.terms import Party, TaxCategory
from hub.demo import parties
from hub.testing.samples import (
    EXEMPT,
    EXPORT,
    INTRA_EU,
    REVERSE_CHARGE,
    VAT_6,
    VAT_12,
    VAT_21,
    ZERO_RATE,
    Item,
    Paper,
    pdf,
    ubl,
)

PERIOD = "2026Q3"
FIRST_DAY = date(2026, 7, 1)

# Numbers that the story comes back to.
TO_SWEDEN, TO_NORWAY, BUILDING, CLASHING = "2026/0104", "2026/0105", "2026/0103", "2026/0106"
QUOTATION, FROM_WHOLESALER = "O-2026-15", "GV-88120"

_COMPANY = parties.US.vat.removeprefix("BE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One file for the hub; `given` is what a person says about a PDF, which does not tell its facts itself."""

    name: str
    data: bytes
    given: Given = Given()


def write(sheets: Sequence[Sheet], folder: Path) -> None:
    """Put them into a folder, where a person can look at them."""
    for sheet in sheets:
        (folder / sheet.name).write_bytes(sheet.data)


def read(sheets: Sequence[Sheet], folder: Path) -> list[Incoming]:
    """Take them from the folder, as the hub gets them."""
    return [Incoming(name=one.name, data=(folder / one.name).read_bytes(), given=one.given) for one in sheets]


def sheets() -> tuple[Sheet, ...]:
    """All twenty, sorted by name as `hub import` would take them."""
    made = (*_sold(), *_credited_and_quoted(), *_bought(), *_only_pictures(), *_astray())
    return tuple(sorted(made, key=lambda sheet: sheet.name))


def _sold() -> Iterator[Sheet]:
    """Sales invoices under six rules of VAT."""
    yield sheet("sales_2026-0101.xml", sale("2026/0101", day(7, 3), parties.MARKUP, _repair(), _parts("84.90")))
    yield sheet("sales_2026-0102.xml", sale("2026/0102", day(7, 10), parties.FRENCH, _parts("1249.00")))
    shed = Item(name="Fietsenstalling plaatsen", price=Decimal("3850.00"), tax=REVERSE_CHARGE)
    yield sheet("sales_2026-0103.xml", sale(BUILDING, day(7, 17), parties.FORMULA, shed))
    yield sheet("sales_2026-0104.xml", sale(TO_SWEDEN, day(8, 4), parties.SWEDISH, _bicycles(4, INTRA_EU)))
    yield sheet("sales_2026-0105.xml", sale(TO_NORWAY, day(8, 14), parties.NORWEGIAN, _bicycles(2, EXPORT)))
    lunch = Item(name="Lunch bij de fietstocht", quantity=Decimal(14), price=Decimal("18.50"), tax=VAT_12)
    yield sheet("sales_2026-0106.xml", sale(CLASHING, day(9, 2), parties.MARKUP, _repair(), lunch, _parts("36.40")))
    yield sheet("sales_2026-0107.xml", sale("2026/0107", day(9, 11), parties.TURNED, _parts("212.15")))


def _credited_and_quoted() -> Iterator[Sheet]:
    back = sale("2026/C001", day(7, 24), parties.FRENCH, _parts("249.00"))
    yield sheet("sales_credit_2026-C001.xml", credit(back, "2026/0102"))
    cheaper = sale("2026/C002", day(9, 18), parties.MARKUP, _repair())
    yield sheet("sales_credit_2026-C002.xml", credit(cheaper, CLASHING))
    offer = sale(QUOTATION, day(9, 25), parties.FORMULA, _bicycles(6, VAT_21))
    yield sheet("quotation_O-2026-15.xml", replace(offer, type=DocumentType.QUOTATION))


def _bought() -> Iterator[Sheet]:
    parts = _purchase(FROM_WHOLESALER, day(7, 8), parties.WHOLESALER, _parts("2310.75"))
    yield sheet("purchase_GV-88120.xml", parts)
    frames = Item(name="Рамка за велосипед", quantity=Decimal(12), price=Decimal("95.00"), tax=INTRA_EU)
    yield sheet("purchase_Пример_0000004711.xml", _purchase("0000004711", day(8, 19), parties.BULGARIAN, frames))
    bags = Item(name="Fietstassen naaien", quantity=Decimal(20), price=Decimal("11.00"), tax=EXEMPT)
    yield sheet("purchase_naaiatelier_17.xml", _purchase("17", day(9, 7), parties.SMALL, bags))
    daily = Item(name="Krant in de wachtruimte", price=Decimal("118.00"), tax=ZERO_RATE)
    yield sheet("purchase_dagblad_A-2026-5.xml", _purchase("A-2026-5", day(7, 1), parties.NEWSPAPER, daily))
    returned = _purchase("GV-88391", day(8, 27), parties.WHOLESALER, _parts("310.75"))
    yield sheet("purchase_credit_GV-88391.xml", credit(returned, FROM_WHOLESALER))


def _only_pictures() -> Iterator[Sheet]:
    """A purchase and a till ticket that exist only as a PDF."""
    courier = _purchase("KV-771", day(9, 14), parties.COURIER, Item(name="Koerier", price=Decimal("64.00")))
    yield _picture_sheet("purchase_koerier_KV-771.pdf", courier, Kind.PURCHASE_INVOICE)
    parking = Item(name="Parkeren, 2 uur", price=Decimal("4.96"))
    ticket = _purchase("0042", day(9, 15), Party(name="Parking Voorbeeld"), parking)
    yield _picture_sheet("receipt_parking_0042.pdf", ticket, Kind.RECEIPT)


def _astray() -> Iterator[Sheet]:
    """The same paper again, another paper under a number that is taken, and a paper of two strangers."""
    again = next(sheet for sheet in _sold() if sheet.name == "sales_2026-0102.xml")
    yield replace(again, name="sales_2026-0102_again.xml")
    yield sheet("sales_2026-0106_other.xml", sale(CLASHING, day(9, 2), parties.MARKUP, _parts("99.00")))
    theirs = replace(_purchase("F-9", day(8, 3), parties.STRANGER, _parts("50.00")), customer=parties.OTHER_STRANGER)
    yield sheet("wrong_letterbox_F-9.xml", theirs)


def sheet(name: str, paper: Paper) -> Sheet:
    """A paper as UBL; what we sell carries its picture."""
    ours = paper.supplier in parties.OURS
    return Sheet(name=name, data=ubl(replace(paper, pdf=_picture(paper)) if ours else paper))


def _picture_sheet(name: str, paper: Paper, kind: Kind) -> Sheet:
    given = Given(
        company=_COMPANY,
        kind=kind,
        number=paper.number,
        issue_date=paper.issue_date,
        supplier=paper.supplier.name,
        total=paper.totals.payable,
    )
    return Sheet(name=name, data=_picture(paper), given=given)


def _picture(paper: Paper) -> bytes:
    """What people read; Latin letters only, as the font has them."""
    lines = [
        f"{paper.type.replace('_', ' ').upper()} {paper.number}   {paper.issue_date}",
        f"{paper.supplier.name}  ->  {paper.customer.name}",
        "",
        *(f"{item.quantity} x {item.name}: {paper.currency} {item.net}" for item in paper.items),
        "",
        f"VAT {paper.currency} {paper.totals.tax}   to pay {paper.currency} {paper.totals.payable}",
        "Invented, for a demonstration: nobody owes this.",
    ]
    return pdf("\n".join(lines))


def day(month: int, number: int) -> date:
    """A day of the quarter's year."""
    return date(FIRST_DAY.year, month, number)


def sale(number: str, at: date, customer: Party, *items: Item) -> Paper:
    """Something the workshop sold."""
    return Paper(number=number, issue_date=at, due_date=_later(at), supplier=parties.US, customer=customer, items=items)


def _purchase(number: str, at: date, supplier: Party, *items: Item) -> Paper:
    return Paper(number=number, issue_date=at, due_date=_later(at), supplier=supplier, customer=parties.US, items=items)


def credit(paper: Paper, credited: str) -> Paper:
    """A credit note on an earlier invoice."""
    return replace(paper, type=DocumentType.CREDIT_NOTE, credited=credited)


def _later(at: date) -> date:
    """Thirty days, as agreed with everybody."""
    return date.fromordinal(at.toordinal() + 30)


def _repair() -> Item:
    return Item(name="Fiets herstellen, uurloon", quantity=Decimal("1.5"), price=Decimal("48.00"), tax=VAT_6)


def _parts(price: str) -> Item:
    return Item(name="Onderdelen", price=Decimal(price))


def _bicycles(count: int, tax: TaxCategory) -> Item:
    return Item(name="Stadsfiets", quantity=Decimal(count), price=Decimal("689.00"), tax=tax)
