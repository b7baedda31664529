"""Type, sign and currency: what is odd about the form of a paper is said, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from hub import Document, DocumentType, Incoming
from hub.testing import samples
from hub.testing.samples import Item
from hub_ubl_export.read import read

Reading = Callable[[bytes], Document]
CREDIT = (Item(quantity=Decimal(-1)),)
INVOICE, CREDIT_NOTE = DocumentType.INVOICE, DocumentType.CREDIT_NOTE


def code_of(data: bytes, code: str) -> bytes:
    return data.replace(b"TypeCode>380<", f"TypeCode>{code}<".encode())


@pytest.mark.parametrize(
    ("data", "type_", "declared", "problems"),
    [
        (samples.invoice(), INVOICE, None, []),
        (code_of(samples.invoice(), "389"), INVOICE, None, []),
        (code_of(samples.invoice(), "386"), INVOICE, None, []),
        (samples.credit_note(), CREDIT_NOTE, None, []),
        (code_of(samples.invoice(), "381"), CREDIT_NOTE, INVOICE, ["negative_invoice"]),
        (samples.invoice(items=CREDIT), CREDIT_NOTE, INVOICE, ["negative_invoice"]),
        (samples.credit_note(items=CREDIT), CREDIT_NOTE, None, ["negative_credit_note"]),
        (samples.quotation(items=CREDIT), DocumentType.QUOTATION, None, []),
    ],
    ids=["380", "389", "386", "credit note", "invoice 381", "negative", "negative credit note", "negative quotation"],
)
def test_the_type_is_root_then_code_then_sign(
    data: bytes, type_: DocumentType, declared: DocumentType | None, problems: list[str], reading: Reading
) -> None:
    document = reading(data)
    assert (document.type, document.declared) == (type_, declared)
    assert [problem.code for problem in document.problems] == problems


def test_a_negative_invoice_keeps_its_amounts_as_written(reading: Reading) -> None:
    document = reading(samples.invoice(items=CREDIT))
    assert document.totals.with_tax == Decimal("-121.00")
    assert document.lines[0].net == Decimal("-100.00")


def test_the_total_with_vat_decides_the_sign_not_what_is_left_to_pay(reading: Reading) -> None:
    data = samples.invoice()
    paid = data.replace(b">145.14</cbc:PayableAmount>", b">-10.00</cbc:PayableAmount>")
    assert reading(paid).type is INVOICE


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        (b"", b"", []),
        (b'currencyID="EUR">23.99', b'currencyID="USD">23.99', ["PEPPOL-EN16931-R051"]),
        (b'currencyID="EUR">145.14', b'currencyID="">145.14', []),
        (b'currencyID="EUR">145.14', b">145.14", []),
        (b">EUR</cbc:DocumentCurrencyCode>", b">GBP</cbc:DocumentCurrencyCode>", ["PEPPOL-EN16931-R051"]),
    ],
)
def test_another_currency_is_one_problem(old: bytes, new: bytes, problems: list[str], reading: Reading) -> None:
    document = reading(samples.invoice().replace(old, new))
    assert [problem.code for problem in document.problems] == problems


def test_a_currency_problem_counts_the_amounts_and_names_the_first(reading: Reading) -> None:
    data = samples.invoice().replace(
        b'<cac:Price><cbc:PriceAmount currencyID="EUR"', b'<cac:Price><cbc:PriceAmount currencyID="USD"'
    )
    [problem] = reading(data).problems
    assert "1 in 'USD'" in problem.message
    assert problem.place.startswith("Invoice/InvoiceLine/Price/PriceAmount")


def test_only_a_tax_total_may_be_in_the_currency_of_the_tax_return(reading: Reading) -> None:
    code = b"<cbc:TaxCurrencyCode>EUR</cbc:TaxCurrencyCode><cbc:BuyerReference>"
    total = (
        b'<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">24.00</cbc:TaxAmount></cac:TaxTotal><cac:LegalMonetaryTotal>'
    )
    dollars = samples.invoice(currency="USD").replace(b"<cbc:BuyerReference>", code)
    good = reading(dollars.replace(b"<cac:LegalMonetaryTotal>", total))
    assert (good.problems, good.totals.tax_accounting, good.totals.tax) == ((), Decimal("24.00"), Decimal("25.19"))
    bad = reading(dollars.replace(b'currencyID="USD">23.99', b'currencyID="EUR">23.99'))
    assert [problem.code for problem in bad.problems] == ["PEPPOL-EN16931-R051"]


def test_a_reader_says_the_same_twice() -> None:
    paper = Incoming(name="paper.xml", data=samples.invoice(pdf=samples.pdf("x")))
    assert read(paper) == read(paper)
