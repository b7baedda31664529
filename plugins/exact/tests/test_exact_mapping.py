"""A paper becomes an entry to the last cent, or is held with the reason; the tables are invented."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub import Document, DocumentType, Held, Kind, Party, Payment, Reference, TaxCategory, TaxSubtotal, Totals
from hub.testing.specimen import sample_document
from hub_exact.mapping import from_bytes, sales_entry, to_bytes
from hub_exact.settings import Ledger

CODES = (
    {"category": "S", "rate": 21, "code": "210"},
    {"category": "S", "rate": 12, "code": "120"},
    {"category": "S", "rate": 6, "code": "060"},
    {"category": "Z", "rate": 0, "code": "00"},
    {"category": "E", "rate": 0, "code": "VRY"},
    {"category": "AE", "rate": 0, "country": "BE", "code": "MC"},
    {"category": "AE", "rate": 0, "code": "ICD"},
    {"category": "K", "rate": 0, "code": "ICG"},
    {"category": "G", "rate": 0, "code": "EXP"},
    {"category": "O", "code": "000"},
)
LEDGER = Ledger.model_validate(
    {"division": 123456, "journal": "700", "gl_account": "700000", "vat_codes": CODES, "confirmed": True}
)


def paper(*parts: tuple[str, str, str, str], **changes: Any) -> Document:
    """A paper of these VAT groups: category, rate, taxable, VAT. Totals are their sums unless changed."""
    groups = tuple(subtotal(*part) for part in parts)
    net = sum((one.taxable or Decimal(0) for one in groups), Decimal(0))
    tax = sum((one.amount or Decimal(0) for one in groups), Decimal(0))
    totals = Totals(lines=net, without_tax=net, tax=tax, with_tax=net + tax, payable=net + tax)
    given: dict[str, Any] = {"tax_subtotals": groups, "totals": totals}
    return sample_document(**given | changes)


def subtotal(category: str, rate: str, taxable: str, amount: str) -> TaxSubtotal:
    tax = TaxCategory(code=category, rate=Decimal(rate) if rate else None)
    return TaxSubtotal(tax=tax, taxable=Decimal(taxable), amount=Decimal(amount))


def credit_note(*parts: tuple[str, str, str, str], **changes: Any) -> Document:
    given: dict[str, Any] = {"type": DocumentType.CREDIT_NOTE, "kind": Kind.SALES_CREDIT_NOTE} | changes
    return paper(*parts, **given)


def lines_of(document: Document) -> list[tuple[str, str, str]]:
    lines = sales_entry(document, LEDGER)["SalesEntryLines"]
    return [(line["VATCode"], f"{line['AmountFC']}", f"{line['VATAmountFC']}") for line in lines]


def held(document: Document, ledger: Ledger = LEDGER) -> Held:
    with pytest.raises(Held) as caught:
        sales_entry(document, ledger)
    return caught.value


def test_the_entry_of_the_specimen_is_known_to_the_last_letter() -> None:
    assert json.loads(to_bytes(sales_entry(sample_document(), LEDGER))) == {
        "Journal": "700",
        "EntryDate": "2026-01-15",
        "DueDate": "2026-02-14",
        "YourRef": "F2026-0001",
        "Description": "F2026-0001 Klant BV",
        "Currency": "EUR",
        "SalesEntryLines": [
            {
                "GLAccount": "700000",
                "VATCode": "210",
                "AmountFC": 119.95,
                "VATAmountFC": 25.19,
                "Description": "Example goods",
            }
        ],
    }


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        ([("S", "21", "100.00", "21.00")], [("210", "100.00", "21.00")]),
        (
            [("S", "21", "100.00", "21.00"), ("S", "6", "50.00", "3.00"), ("S", "12.00", "10.00", "1.20")],
            [("210", "100.00", "21.00"), ("060", "50.00", "3.00"), ("120", "10.00", "1.20")],
        ),
        # VAT as the paper states it, not as 21 % of its amount would be
        ([("S", "21", "99.99", "20.99")], [("210", "99.99", "20.99")]),
        # two groups with one code are one line
        ([("S", "21", "1.00", "0.21"), ("S", "21.0", "2.00", "0.42")], [("210", "3.00", "0.63")]),
        # a discount that is larger than what was sold at its rate
        (
            [("S", "21", "100.00", "21.00"), ("S", "6", "-10.00", "-0.60")],
            [("210", "100.00", "21.00"), ("060", "-10.00", "-0.60")],
        ),
        ([("Z", "0", "10.00", "0.00")], [("00", "10.00", "0.00")]),
        ([("E", "0", "10.00", "0.00")], [("VRY", "10.00", "0.00")]),
        ([("AE", "0", "10.00", "0.00")], [("MC", "10.00", "0.00")]),
        ([("K", "0", "10.00", "0.00")], [("ICG", "10.00", "0.00")]),
        ([("G", "0", "10.00", "0.00")], [("EXP", "10.00", "0.00")]),
        ([("O", "", "10.00", "0.00")], [("000", "10.00", "0.00")]),
        ([("S", "21", "0.00", "0.00")], [("210", "0.00", "0.00")]),
    ],
)
def test_an_invoice_has_one_line_for_each_vat_code(
    parts: list[tuple[str, str, str, str]], lines: list[tuple[str, str, str]]
) -> None:
    assert lines_of(paper(*parts)) == lines


def test_a_credit_note_is_negative_and_says_so() -> None:
    document = credit_note(("S", "21", "100.00", "21.00"), references=(Reference(role="billing", number="F2025-9"),))
    entry = sales_entry(document, LEDGER)
    assert entry["Type"] == 21
    assert entry["Description"] == "F2026-0001 / F2025-9 Klant BV"
    assert lines_of(document) == [("210", "-100.00", "-21.00")]


def test_an_invoice_says_no_type() -> None:
    assert "Type" not in sales_entry(sample_document(), LEDGER)


def test_a_group_against_the_others_turns_its_sign_with_them() -> None:
    document = credit_note(("S", "21", "100.00", "21.00"), ("S", "6", "-10.00", "-0.60"))
    assert lines_of(document) == [("210", "-100.00", "-21.00"), ("060", "10.00", "0.60")]


def test_a_negative_invoice_keeps_its_amounts_as_written() -> None:
    document = credit_note(("S", "21", "-100.00", "-21.00"), declared=DocumentType.INVOICE)
    assert lines_of(document) == [("210", "-100.00", "-21.00")]
    assert sales_entry(document, LEDGER)["Type"] == 21


def test_an_invoice_by_root_that_is_a_credit_note_by_code_is_turned() -> None:
    document = credit_note(("S", "21", "100.00", "21.00"), declared=DocumentType.INVOICE)
    assert lines_of(document) == [("210", "-100.00", "-21.00")]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (credit_note(("S", "21", "-100.00", "-21.00")), "negative_credit_note"),
        (paper(("S", "21", "-100.00", "-21.00")), "negative_invoice"),
        (paper(("S", "21", "100.00", "21.00"), number="X" * 31), "number_too_long"),
        (paper(("S", "21", "100.00", "21.00"), number=" "), "number_unusable"),
        (paper(("S", "21", "100.00", "21.00"), number="a\x00b"), "number_unusable"),
        (paper(("S", "21", "100.00", "21.00"), issue_date=None), "date_missing"),
        (paper(("S", "21", "100.00", "21.00"), currency="USD"), "currency"),
        (paper(("S", "21", "100.00", "21.00"), currency=""), "currency"),
        (paper(("S", "21", "100.00", "21.00"), totals=Totals()), "totals_missing"),
        (paper(("S", "21", "100.005", "21.00")), "totals_differ"),
        (paper(("AE", "0", "100.00", "0.00"), customer=Party(name="Klant BV")), "customer_vat_missing"),
        (paper(("K", "0", "100.00", "0.00"), customer=Party(name="Klant BV")), "customer_vat_missing"),
        (sample_document(tax_subtotals=()), "totals_differ"),
        (sample_document(tax_subtotals=(TaxSubtotal(tax=TaxCategory(code="S")),)), "totals_missing"),
    ],
)
def test_what_cannot_be_booked_as_it_is_is_held(document: Document, reason: str) -> None:
    assert held(document).reason == reason


@pytest.mark.parametrize("field", ["without_tax", "tax", "with_tax"])
def test_totals_a_cent_off_are_held_with_both_figures(field: str) -> None:
    document = paper(("S", "21", "100.00", "21.00"))
    stated = getattr(document.totals, field) + Decimal("0.01")
    error = held(replace(document, totals=replace(document.totals, **{field: stated})))
    assert error.reason == "totals_differ"
    assert f"{stated}" in error.detail


def test_thirty_characters_of_a_number_are_kept_whole() -> None:
    number = "F" * 30
    assert sales_entry(sample_document(number), LEDGER)["YourRef"] == number


def test_a_missing_vat_code_is_named_by_all_that_decides_it() -> None:
    error = held(paper(("S", "9", "100.00", "9.00")))
    assert error.reason == "vat_code_missing"
    assert "category S, rate 9 %, country BE, kind sales_invoice" in error.detail


def test_without_due_date_exact_decides_by_the_customer() -> None:
    assert "DueDate" not in sales_entry(sample_document(due_date=None), LEDGER)


@pytest.mark.parametrize(
    ("written", "sent"),
    [("+++001/2345/67803+++", "+++001/2345/67803+++"), ("x" * 61, None), ("a\nb", None), ("", None)],
)
def test_a_payment_reference_goes_as_printed_or_not_at_all(written: str, sent: str | None) -> None:
    document = sample_document(payments=(Payment(reference=written),))
    assert sales_entry(document, LEDGER).get("PaymentReference") == sent


def test_a_rounding_of_what_is_to_be_paid_is_a_line_outside_vat() -> None:
    document = paper(("S", "21", "100.00", "21.00"))
    document = replace(document, totals=replace(document.totals, rounding=Decimal("-0.02"), payable=Decimal("120.98")))
    assert lines_of(document) == [("210", "100.00", "21.00"), ("000", "-0.02", "0.00")]


def test_what_was_paid_before_is_booked_all_the_same() -> None:
    document = paper(("S", "21", "100.00", "21.00"))
    document = replace(document, totals=replace(document.totals, prepaid=Decimal("50.00"), payable=Decimal("71.00")))
    assert lines_of(document) == [("210", "100.00", "21.00")]


def test_texts_are_cut_and_hold_no_unseen_characters() -> None:
    customer = Party(name="Klant\n\u202eBV " + "x" * 80, vat="BE0876543270")
    entry = sales_entry(sample_document(customer=customer), LEDGER)
    assert entry["Description"].startswith("F2026-0001 Klant BV x")
    assert len(entry["Description"]) == 60


def test_amounts_survive_the_bytes_and_are_never_binary_fractions() -> None:
    amounts = {"a": Decimal("0.10"), "b": Decimal("119.95"), "c": Decimal("-1234567890.07")}
    assert from_bytes(to_bytes(amounts)) == amounts
    assert b"119.95" in to_bytes(amounts)


def test_a_later_day_is_the_day_in_the_bytes() -> None:
    assert sales_entry(sample_document(issue_date=date(2026, 12, 31)), LEDGER)["EntryDate"] == "2026-12-31"
