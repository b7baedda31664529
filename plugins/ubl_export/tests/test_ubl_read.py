"""Every term of a UBL paper is read, in today's shape and in those of older programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hub import (
    Address,
    AllowanceCharge,
    Document,
    DocumentType,
    FileRole,
    Identifier,
    Incoming,
    Party,
    Payment,
    Reference,
    TaxCategory,
)
from hub.core.arithmetic import findings
from hub.testing import samples
from hub_ubl_export.read import read

DATA = Path(__file__).parent / "data"
S21 = TaxCategory(code="S", rate=Decimal(21))
Reading = Callable[[bytes], Document]


@pytest.fixture(scope="module")
def full(reading: Reading) -> Document:
    """An invoice that states every term."""
    return reading((DATA / "full_invoice.xml").read_bytes())


@pytest.fixture(scope="module")
def e_fff(reading: Reading) -> Document:
    """An invoice in the shape of e-FFF (UBL 2.0)."""
    return reading((DATA / "e_fff.xml").read_bytes())


def value_at(document: Document, path: str) -> Any:
    """`lines.0.net` is `document.lines[0].net`."""
    value: Any = document
    for step in path.split("."):
        value = value[int(step)] if step.isdigit() else getattr(value, step)
    return value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("type", DocumentType.INVOICE),
        ("number", "2026/0042"),
        ("issue_date", date(2026, 3, 1)),
        ("due_date", date(2026, 3, 31)),
        ("tax_point_date", date(2026, 2, 28)),
        ("delivery_date", date(2026, 2, 27)),
        ("period_start", date(2026, 2, 1)),
        ("period_end", date(2026, 2, 28)),
        ("type_code", "380"),
        ("currency", "USD"),
        ("tax_currency", "EUR"),
        ("customization", "urn:cen.eu:en16931:2017"),
        ("profile", "urn:example:profile"),
        ("buyer_reference", "PO-77"),
        ("accounting_cost", "4025:123"),
        ("payment_terms", "30 days"),
        ("notes", ("First note", "Second note")),
        ("supplier.name", "Voorbeeld NV"),
        ("supplier.trade_name", "Voorbeeld"),
        ("supplier.vat", "BE0123456749"),
        ("supplier.tax_registration", "RPR-1"),
        ("supplier.legal", Identifier("0123456749", "0208")),
        ("supplier.endpoint", Identifier("0123456749", "0208")),
        ("supplier.identifiers", (Identifier("5412345000013", "0088"),)),
        ("supplier.contact_name", "An Peeters"),
        ("supplier.phone", "+32 9 000 00 00"),
        ("supplier.email", "an@voorbeeld.example"),
        ("customer", Party(name="Klant", trade_name="Klant", vat="BE0876543270")),
        ("payee.name", "Factor NV"),
        ("tax_representative.name", "Vertegenwoordiger"),
        ("deliver_to", Address(city="Luik", country="BE")),
        ("tax_subtotals.0.tax", S21),
        ("tax_subtotals.0.taxable", Decimal("95.00")),
        ("tax_subtotals.0.amount", Decimal("19.95")),
        ("tax_subtotals.1.tax.name", "00"),
        ("tax_subtotals.1.tax.exemption_code", "VATEX-EU-132"),
        ("tax_subtotals.1.tax.exemption_reason", "Exempt"),
        ("totals.lines", Decimal("100.00")),
        ("totals.allowances", Decimal("10.00")),
        ("totals.charges", Decimal("5.00")),
        ("totals.without_tax", Decimal("95.00")),
        ("totals.tax", Decimal("19.95")),
        ("totals.tax_accounting", Decimal("18.50")),
        ("totals.with_tax", Decimal("114.95")),
        ("totals.prepaid", Decimal("14.00")),
        ("totals.rounding", Decimal("0.05")),
        ("totals.payable", Decimal("101.00")),
        ("lines.0.id", "10"),
        ("lines.0.name", "Advice"),
        ("lines.0.description", "Long description"),
        ("lines.0.note", "Line note"),
        ("lines.0.quantity", Decimal(20)),
        ("lines.0.unit", "HUR"),
        ("lines.0.price", Decimal("49.50")),
        ("lines.0.base_quantity", Decimal(10)),
        ("lines.0.net", Decimal("100.00")),
        ("lines.0.tax", S21),
        ("lines.0.allowances_charges.0.charge", True),
        ("lines.0.allowances_charges.0.reason_code", "AEO"),
        ("lines.0.seller_item", "S-1"),
        ("lines.0.buyer_item", "B-1"),
        ("lines.0.standard_item", Identifier("5412345000020", "0160")),
        ("lines.0.accounting_cost", "4030"),
        ("lines.0.order_line", "3"),
        ("lines.0.period_start", date(2026, 2, 10)),
        ("lines.0.period_end", date(2026, 2, 20)),
    ],
)
def test_it_reads(path: str, value: object, full: Document) -> None:
    assert value_at(full, path) == value


def test_it_reads_addresses(full: Document) -> None:
    assert full.supplier.address == Address(
        street="Kerkstraat 1",
        additional_street="Bus 2",
        line="Derde verdieping",
        city="Gent",
        postal_zone="9000",
        subdivision="Oost",
        country="BE",
    )


def test_it_reads_discounts_and_extras(full: Document) -> None:
    assert full.allowances_charges == (
        AllowanceCharge(
            charge=False,
            amount=Decimal("10.00"),
            base=Decimal("100.00"),
            percent=Decimal(10),
            reason="Discount",
            reason_code="95",
            tax=S21,
        ),
        AllowanceCharge(charge=True, amount=Decimal("5.00"), reason="Freight", tax=S21),
    )


def test_it_reads_every_means_of_payment(full: Document) -> None:
    assert full.payments == (
        Payment(
            means="58",
            means_text="Credit transfer",
            reference="+++001/2345/67803+++",
            account="BE42001999999954",
            account_name="Voorbeeld",
            institution="VOORBEBB",
        ),
        Payment(means="59", card="1234", mandate="MANDATE-1", debited_account="BE42001999999954"),
    )


def test_it_reads_the_papers_that_are_named(full: Document) -> None:
    assert full.references == (
        Reference(role="billing", number="2026/0007", issue_date=date(2026, 1, 7)),
        Reference(role="order", number="ORDER-9"),
        Reference(role="contract", number="CONTRACT-1"),
        Reference(
            role="additional",
            number="TIMESHEET",
            description="Hours of February",
            uri="https://voorbeeld.example/hours",
        ),
    )


def test_a_paper_that_adds_up_has_no_problems(full: Document) -> None:
    assert full.problems == ()
    assert findings(full) == ()


def test_the_store_s_own_fields_are_left_alone(full: Document) -> None:
    identity = ("id", "uid", "company", "kind", "sha256", "source", "arrived_at")
    empty = Document(type=DocumentType.INVOICE)
    assert {name: getattr(full, name) for name in identity} == {name: getattr(empty, name) for name in identity}
    assert {field.name for field in fields(Document)} > set(identity)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("supplier.name", "Oud Voorbeeld"),
        ("supplier.vat", "BE0123456749"),
        ("supplier.legal", Identifier("0123456749")),
        ("supplier.address.street", "Dorp 12"),
        ("customer.name", "Jan Klant"),
        ("due_date", date(2012, 6, 3)),
        ("notes", ()),
        ("payments.0.reference", "001234567803"),
        ("tax_subtotals.0.tax", TaxCategory(code="S", rate=Decimal(21), name="03")),
        ("totals.prepaid", None),
        ("totals.tax", Decimal("21.00")),
        ("lines.0.quantity", Decimal(4)),
        ("lines.0.unit", ""),
        ("lines.0.price", None),
        ("lines.0.description", "Eerste regel\ntweede regel"),
        ("lines.0.tax", TaxCategory(code="S", rate=Decimal("21.00"), name="03")),
        ("files.0.role", FileRole.PDF),
        ("files.0.name", "2012-17.pdf"),
        ("files.0.size", 9),
        ("problems", ()),
    ],
)
def test_it_reads_e_fff(path: str, value: object, e_fff: Document) -> None:
    assert value_at(e_fff, path) == value
    assert findings(e_fff) == ()


def test_a_credit_note_has_its_own_names(reading: Reading) -> None:
    document = reading(samples.credit_note(credited="F2025-0009"))
    assert (document.type, document.type_code) == (DocumentType.CREDIT_NOTE, "381")
    assert document.due_date == date(2026, 2, 14)
    assert document.references == (Reference(role="billing", number="F2025-0009"),)
    assert (document.lines[0].quantity, document.lines[0].net) == (Decimal(5), Decimal("119.95"))


def test_a_quotation_has_its_own_names(reading: Reading) -> None:
    document = reading(samples.quotation(number="OFF-1"))
    assert (document.type, document.number, document.currency) == (DocumentType.QUOTATION, "OFF-1", "EUR")
    assert (document.valid_until, document.due_date) == (date(2026, 2, 14), None)
    assert (document.supplier.name, document.customer.name) == ("Voorbeeld NV", "Klant BV")
    assert document.totals.payable == Decimal("145.14")
    [line] = document.lines
    assert (line.id, line.name, line.quantity, line.net) == ("1", "Voorbeeldartikel", Decimal(5), Decimal("119.95"))


def test_a_quotation_may_name_its_customer_as_originator(reading: Reading) -> None:
    data = samples.quotation().replace(b"BuyerCustomerParty", b"OriginatorCustomerParty")
    assert reading(data).customer.name == "Klant BV"


def test_a_quotation_may_state_the_amount_at_the_outer_line(reading: Reading) -> None:
    amount = b'<cbc:LineExtensionAmount currencyID="EUR">119.95</cbc:LineExtensionAmount>'
    outer = b"<cac:QuotationLine><cbc:ID>1</cbc:ID>"
    head, tail = samples.quotation().split(outer)
    assert reading(head + outer + amount + tail.replace(amount, b"")).lines[0].net == Decimal("119.95")


def test_several_tax_totals_in_the_currency_are_added(reading: Reading) -> None:
    more = b'<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">1.00</cbc:TaxAmount></cac:TaxTotal><cac:LegalMonetaryTotal>'
    assert reading(samples.invoice().replace(b"<cac:LegalMonetaryTotal>", more)).totals.tax == Decimal("26.19")


def test_a_currency_that_only_the_amounts_name_is_taken_from_the_payable_amount(reading: Reading) -> None:
    data = samples.invoice().replace(b"<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>", b"")
    assert reading(data).currency == "EUR"


@pytest.mark.parametrize("name", ["VAT_21", "VAT_12", "VAT_6", "ZERO_RATE", "REVERSE_CHARGE", "EXPORT", "EXEMPT"])
def test_what_the_samples_write_is_read_again(name: str, reading: Reading) -> None:
    tax = getattr(samples, name)
    paper = samples.Paper(items=(samples.Item(tax=tax), samples.Item(price=Decimal("0.33"))))
    document = reading(samples.ubl(paper))
    assert document.totals == paper.totals
    assert set(document.tax_subtotals) == set(paper.tax_subtotals)
    assert (document.supplier, document.customer) == (paper.supplier, paper.customer)
    assert (document.problems, findings(document)) == ((), ())


@pytest.mark.parametrize("data", [b"%PDF-1.4", b"PK\x03\x04", b"{}", b"\x89PNG\r\n\x1a\n", b"hello"])
def test_what_is_no_xml_is_nothing_for_this_reader(data: bytes) -> None:
    assert read(Incoming(name="paper.xml", data=data)) is None
