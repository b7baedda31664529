"""What is no UBL invoice is named, and what lacks its number or has two values for it is refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

import pytest

from hub import Document, DocumentType, Incoming, Problem, Severity, Unreadable
from hub.testing import samples
from hub_ubl_export.read import read

Reading = Callable[[bytes], Document]
UBL = "urn:oasis:names:specification:ubl:schema:xsd"
ID = b"<cbc:ID>F2026-0001</cbc:ID>"
DATE = b"<cbc:IssueDate>2026-01-15</cbc:IssueDate>"
CURRENCY = b"<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>"
PAYABLE = b'<cbc:PayableAmount currencyID="EUR">145.14</cbc:PayableAmount>'
CII = b"<r:CrossIndustryInvoice xmlns:r='urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100'/>"


def refusal(data: bytes) -> Problem:
    with pytest.raises(Unreadable) as caught:
        read(Incoming(name="paper.xml", data=data))
    [problem] = caught.value.problems
    assert problem.severity is Severity.FATAL
    return problem


@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (b"", "xml.empty", "empty"),
        (b"<!DOCTYPE html><html><body>Invoice</body></html>", "format.html", "UBL"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "format.html", "UBL"),
        (b"<?xml version='1.0'?><!-- page --><html/>", "format.html", "UBL"),
        (CII, "format.cii", "CII"),
        (b"<Invoice/>", "format.namespace", "no namespace"),
        (b"<Invoice xmlns='urn:example:Invoice-2'/>", "format.namespace", "urn:example:Invoice-2"),
        (f"<Invoice xmlns='{UBL}:CreditNote-2'/>".encode(), "format.namespace", "CreditNote-2"),
        (f"<Invoice xmlns='{UBL}:Invoice-1.0'/>".encode(), "format.namespace", "Invoice-1.0"),
        (f"<x:Faktura xmlns:x='{UBL}:Invoice-2'/>".encode(), "format.namespace", "Faktura"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_another_format_is_named(data: bytes, code: str, word: str) -> None:
    problem = refusal(data)
    assert problem.code == code
    assert word in problem.message


def test_a_name_in_a_refusal_cannot_steer_a_terminal() -> None:
    for data in ("<a xmlns='urn:\x9b31m'/>", "<a xmlns='urn:x'>\x9b31m<b></a>", "<a xmlns='urn:\u202ex'/>"):
        assert refusal(data.encode()).message.isascii()


@pytest.mark.parametrize(
    ("old", "new", "code", "named"),
    [
        (ID, b"", "BR-02", "cbc:ID"),
        (ID, b"<cbc:ID> </cbc:ID>", "BR-02", "cbc:ID"),
        (ID, ID + ID, "ubl.repeated", "ID"),
        (ID, ID + b"<cbc:ID>F2026-0002</cbc:ID>", "ubl.repeated", "ID"),
        (ID, b"<cbc:ID>F1<cbc:ID>F2</cbc:ID></cbc:ID>", "ubl.nested", "ID"),
        (DATE, b"", "BR-03", "cbc:IssueDate"),
        (DATE, DATE + DATE, "ubl.repeated", "IssueDate"),
        (DATE, DATE.replace(b"01-15", b"13-45"), "value.date", "IssueDate"),
        (CURRENCY, CURRENCY + CURRENCY, "ubl.repeated", "DocumentCurrencyCode"),
        (PAYABLE, PAYABLE + PAYABLE, "ubl.repeated", "PayableAmount"),
        (PAYABLE, PAYABLE.replace(b"145.14", b"1<cbc:ID>4</cbc:ID>5"), "ubl.nested", "PayableAmount"),
        (PAYABLE, PAYABLE.replace(b"145.14", b"NaN"), "value.number", "PayableAmount"),
        (b"</cac:LegalMonetaryTotal>", b"</cac:LegalMonetaryTotal><cac:LegalMonetaryTotal/>", "ubl.repeated", "Total"),
        (b"<cac:TaxTotal>", b"<cac:AccountingSupplierParty/><cac:TaxTotal>", "ubl.repeated", "AccountingSupplierParty"),
    ],
)
def test_a_paper_is_refused_that_says_nothing_or_two_things(old: bytes, new: bytes, code: str, named: str) -> None:
    data = samples.invoice()
    assert old in data
    problem = refusal(data.replace(old, new, 1))
    assert problem.code == code
    assert named in problem.message


@pytest.mark.parametrize("name", ["InvoiceLine", "PaymentMeans", "Nonsense"])
def test_more_of_one_kind_than_a_paper_has_is_refused_in_time(name: str) -> None:
    many = f"<cac:{name}/>".encode() * 390_000
    started = time.process_time()
    assert refusal(samples.invoice().replace(b"<cac:TaxTotal>", many + b"<cac:TaxTotal>")).code == "ubl.too_many"
    assert time.process_time() - started < 5


def test_a_wrong_value_names_its_line(reading: Reading) -> None:
    items = (samples.Item(), samples.Item())
    head, middle, tail = samples.invoice(items=items).rsplit(b">100.00<", 2)
    problem = refusal(head + b">100.00<" + middle + b">1e2<" + tail)
    assert problem.place.startswith("Invoice/InvoiceLine[2]/Price/PriceAmount, line ")
    assert "'1e2'" in problem.message


@pytest.mark.parametrize("name", ["Order", "ApplicationResponse", "DebitNote", "SelfBilledInvoice", "Reminder"])
def test_another_ubl_paper_is_recognised_and_not_booked(name: str, reading: Reading) -> None:
    data = samples.invoice().replace(b"Invoice-2", f"{name}-2".encode())
    document = reading(data.replace(b"<Invoice ", f"<{name} ".encode()).replace(b"</Invoice>", f"</{name}>".encode()))
    assert (document.type, document.number, document.issue_date) == (
        DocumentType.OTHER,
        "F2026-0001",
        date(2026, 1, 15),
    )
    assert document.supplier.name == "Voorbeeld NV"
    [problem] = document.problems
    assert problem.code == "not_bookkeeping"
    assert name in problem.message


def test_another_ubl_paper_needs_no_number(reading: Reading) -> None:
    document = reading(f"<Order xmlns='{UBL}:Order-2'/>".encode())
    assert (document.type, document.number, document.issue_date) == (DocumentType.OTHER, "", None)
