"""A paper's own figures, each rule broken by one change to a paper that adds up."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hub.core.arithmetic import findings
from hub.core.document import Document, DocumentType
from hub.core.terms import AllowanceCharge, Line, Party, TaxCategory, TaxSubtotal, Totals

S21 = TaxCategory(code="S", rate=Decimal(21))
S6 = TaxCategory(code="S", rate=Decimal("6.00"))
E0 = TaxCategory(code="E", rate=Decimal(0))


def paper(**changes: Any) -> Document:
    """Two rates and an exempt line, with a discount of 10 and a charge of 5 at 21 %: everything adds up."""
    document = Document(
        type=DocumentType.INVOICE,
        supplier=Party(vat="BE0123456749"),
        customer=Party(vat="be 0876.543.270"),
        lines=(
            Line(id="1", net=Decimal("100.00"), tax=S21),
            Line(id="2", net=Decimal("50.00"), tax=S6),
            Line(id="3", net=Decimal("10.00"), tax=E0),
        ),
        allowances_charges=(
            AllowanceCharge(charge=False, amount=Decimal("10.00"), tax=S21),
            AllowanceCharge(charge=True, amount=Decimal("5.00"), tax=S21),
        ),
        tax_subtotals=(
            TaxSubtotal(tax=S21, taxable=Decimal("95.00"), amount=Decimal("19.95")),
            TaxSubtotal(tax=S6, taxable=Decimal("50.00"), amount=Decimal("3.00")),
            TaxSubtotal(tax=E0, taxable=Decimal("10.00"), amount=Decimal("0.00")),
        ),
        totals=totals(),
    )
    return replace(document, **changes)


def totals(**changes: Decimal | None) -> Totals:
    """The totals of `paper`, with a prepayment and cash rounding."""
    right = Totals(
        lines=Decimal("160.00"),
        allowances=Decimal("10.00"),
        charges=Decimal("5.00"),
        without_tax=Decimal("155.00"),
        tax=Decimal("22.95"),
        with_tax=Decimal("177.95"),
        prepaid=Decimal("100.00"),
        rounding=Decimal("0.05"),
        payable=Decimal("78.00"),
    )
    return replace(right, **changes)


def codes(document: Document) -> list[str]:
    return [problem.code for problem in findings(document)]


def test_a_paper_that_adds_up_has_no_findings() -> None:
    assert findings(paper()) == ()


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        # each with the totals that follow from it, so that one rule alone is broken
        ({"lines": "160.01", "without_tax": "155.01", "with_tax": "177.96", "payable": "78.01"}, "BR-CO-10"),
        ({"allowances": "10.01", "without_tax": "154.99", "with_tax": "177.94", "payable": "77.99"}, "BR-CO-11"),
        ({"charges": "5.01", "without_tax": "155.01", "with_tax": "177.96", "payable": "78.01"}, "BR-CO-12"),
        ({"without_tax": "155.01", "with_tax": "177.96", "payable": "78.01"}, "BR-CO-13"),
        ({"tax": "22.96", "with_tax": "177.96", "payable": "78.01"}, "BR-CO-14"),
        ({"with_tax": "177.96", "payable": "78.01"}, "BR-CO-15"),
        ({"payable": "78.01"}, "BR-CO-16"),
        ({"rounding": "0"}, "BR-CO-16"),
        ({"prepaid": "0"}, "BR-CO-16"),
    ],
)
def test_a_total_that_is_a_cent_off_is_one_finding(wrong: dict[str, str], expected: str) -> None:
    amounts = {name: Decimal(amount) for name, amount in wrong.items()}
    assert codes(paper(totals=totals(**amounts))) == [expected]


def test_a_finding_names_both_amounts_and_changes_nothing() -> None:
    wrong = paper(totals=totals(payable=Decimal("80.00")))
    [problem] = findings(wrong)
    assert "80.00" in problem.message
    assert "78.00" in problem.message
    assert wrong.totals.payable == Decimal("80.00")


def test_vat_that_is_a_unit_off_is_a_finding() -> None:
    subtotals = (replace(paper().tax_subtotals[0], amount=Decimal("20.95")), *paper().tax_subtotals[1:])
    money = totals(tax=Decimal("23.95"), with_tax=Decimal("178.95"), payable=Decimal("79.00"))
    assert codes(paper(tax_subtotals=subtotals, totals=money)) == ["BR-CO-17"]


def test_vat_that_is_less_than_a_unit_off_is_let_through_as_en_16931_does() -> None:
    subtotals = (replace(paper().tax_subtotals[0], amount=Decimal("19.96")), *paper().tax_subtotals[1:])
    money = totals(tax=Decimal("22.96"), with_tax=Decimal("177.96"), payable=Decimal("78.01"))
    assert codes(paper(tax_subtotals=subtotals, totals=money)) == []


@pytest.mark.parametrize(
    ("index", "taxable", "expected"),
    [
        (0, "95.99", []),
        (0, "96.00", ["BR-S-08"]),
        (2, "10.00", []),
        (2, "10.01", ["BR-E-08"]),
    ],
)
def test_a_taxable_amount_is_compared_with_its_lines(index: int, taxable: str, expected: list[str]) -> None:
    subtotals = list(paper().tax_subtotals)
    subtotals[index] = replace(subtotals[index], taxable=Decimal(taxable))
    assert codes(paper(tax_subtotals=tuple(subtotals))) == expected


def test_rates_that_are_written_differently_are_one_rate() -> None:
    lines = (replace(paper().lines[0], tax=TaxCategory(code="S", rate=Decimal("21.00"))), *paper().lines[1:])
    assert codes(paper(lines=lines)) == []


def test_taxable_amounts_are_not_compared_when_a_line_has_no_category() -> None:
    lines = (replace(paper().lines[0], tax=TaxCategory()), *paper().lines[1:])
    assert codes(paper(lines=lines)) == []


def test_lines_without_an_amount_are_not_summed() -> None:
    lines = (replace(paper().lines[0], net=None), *paper().lines[1:])
    assert codes(paper(lines=lines)) == []


def test_what_is_not_stated_is_not_compared() -> None:
    assert codes(paper(totals=Totals())) == []
    assert codes(Document(type=DocumentType.INVOICE)) == []


def test_line_ids_that_are_used_twice_are_one_finding() -> None:
    lines = tuple(replace(line, id="7") for line in paper().lines)
    [problem] = findings(paper(lines=lines))
    assert (problem.code, problem.place) == ("line.duplicate_id", "line 7")


def test_lines_without_an_id_are_no_duplicates() -> None:
    assert codes(paper(lines=tuple(replace(line, id="") for line in paper().lines))) == []


@pytest.mark.parametrize(
    ("vat", "expected"),
    [
        ("BE0123456749", []),
        ("BE 0123.456.749", []),
        ("BE123456749", []),
        ("BE0123456748", ["vat.check_digits"]),
        ("be0123456748", ["vat.check_digits"]),
        ("BE12345", ["vat.check_digits"]),
        ("NL123456789B01", []),
        ("0123456748", []),
        ("", []),
    ],
)
def test_belgian_vat_numbers_are_checked(vat: str, expected: list[str]) -> None:
    assert codes(paper(supplier=Party(vat=vat))) == expected
    assert codes(paper(customer=Party(vat=vat))) == expected


@pytest.mark.parametrize(
    ("type_", "judged"),
    [
        (DocumentType.INVOICE, True),
        (DocumentType.CREDIT_NOTE, True),
        (DocumentType.QUOTATION, True),
        (DocumentType.RECEIPT, False),
        (DocumentType.OTHER, False),
    ],
)
def test_only_papers_with_sums_are_judged(type_: DocumentType, judged: bool) -> None:
    assert bool(findings(paper(type=type_, totals=totals(payable=Decimal(1))))) is judged
