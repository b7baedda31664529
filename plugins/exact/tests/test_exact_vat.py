"""The table of VAT codes: the rule that says most decides, and a proposal chooses nothing for a person."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub import Address, Held, Party
from hub.testing.specimen import sample_document
from hub_exact.settings import VatRule
from hub_exact.vat import VatCase, VatCode, code_for, country_of, proposal

CASE = VatCase("S", Decimal(21), "BE", "sales_invoice")


def rules(*rows: dict[str, Any]) -> list[VatRule]:
    return [VatRule.model_validate(row) for row in rows]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([{"category": "S", "rate": "21.00", "code": "1"}], "1"),
        ([{"category": "S", "code": "1"}, {"category": "S", "rate": 21, "code": "2"}], "2"),
        ([{"category": "S", "rate": 21, "code": "1"}, {"category": "S", "country": "BE", "code": "2"}], "2"),
        ([{"category": "S", "code": "1"}, {"category": "S", "kind": "sales_invoice", "code": "2"}], "2"),
        ([{"category": "S", "kind": "sales_credit_note", "code": "1"}, {"category": "S", "code": "2"}], "2"),
        ([{"category": "S", "country": "NL", "code": "1"}, {"category": "S", "code": "2"}], "2"),
        ([{"category": "s", "rate": None, "country": "*", "kind": None, "code": " 1 "}], "1"),
    ],
)
def test_the_rule_that_says_most_decides(rows: list[dict[str, Any]], code: str) -> None:
    assert code_for(CASE, rules(*rows)) == code
    assert code_for(CASE, rules(*reversed(rows))) == code


@pytest.mark.parametrize(
    "row",
    [
        {"category": "S", "rate": 6, "code": "1"},
        {"category": "Z", "rate": 21, "code": "1"},
        {"category": "S", "country": "NL", "code": "1"},
        {"category": "S", "kind": "sales_credit_note", "code": "1"},
    ],
)
def test_a_rule_for_something_else_does_not_fit(row: dict[str, Any]) -> None:
    with pytest.raises(Held) as caught:
        code_for(CASE, rules(row))
    assert caught.value.reason == "vat_code_missing"


@pytest.mark.parametrize(
    ("customer", "country"),
    [
        (Party(vat="BE0876543270", address=Address(country="nl")), "NL"),
        (Party(vat="be0876543270"), "BE"),
        (Party(vat="0876543270"), ""),
        (Party(), ""),
    ],
)
def test_the_country_is_that_of_the_address_then_of_the_vat_number(customer: Party, country: str) -> None:
    assert country_of(sample_document(customer=customer)) == country


def row(code: str, percentage: float, kind: str, **more: Any) -> dict[str, Any]:
    usual = {"VATTransactionType": "S", "EUSalesListing": "N", "IsBlocked": False, "Description": code}
    return {"Code": f"{code:<3}", "Percentage": percentage, "Type": kind} | usual | more


CODES = [
    row("210", 0.21, "E"),
    row("060", 0.06, "E"),
    row("6B", 0.06, "E"),
    row("21I", 0.21, "I"),
    row("A21", 0.21, "E", VATTransactionType="P"),
    row("OUD", 0.21, "E", IsBlocked=True),
    row("000", 0, "N", VATTransactionType="B"),
    row("MC", 0, "B", Description="Medecontractant"),
    row("ICG", 0, "B", EUSalesListing="L"),
    row("EXP", 0, "B", Description="Uitvoer"),
    row("VRY", 0, "E", Description="Vrijgesteld"),
]


def test_a_proposal_has_what_only_one_code_can_be() -> None:
    proposed, _ = proposal([VatCode.of(row) for row in CODES])
    assert [f"{one['category']} {one['rate']} {one['code']}" for one in proposed] == [
        "S 21 210",
        "K 0 ICG",
        "G 0 EXP",
        "E 0 VRY",
        "O 0 000",
    ]


def test_a_proposal_names_the_candidates_where_a_person_must_choose() -> None:
    _, unclear = proposal([VatCode.of(row) for row in CODES])
    assert [code.code for code in unclear["S 6 %"]] == ["060", "6B"]
    assert "MC" in [code.code for code in unclear["AE 0 %"]]


def test_a_proposal_is_a_valid_setting() -> None:
    proposed, _ = proposal([VatCode.of(row) for row in CODES])
    assert len(rules(*proposed)) == len(proposed)


def test_a_percentage_is_a_fraction_and_a_code_is_padded() -> None:
    code = VatCode.of(row("6", 0.06, "E"))
    assert (code.code, code.rate) == ("6", Decimal(6))


@pytest.mark.parametrize(
    ("more", "sells"),
    [
        ({}, True),
        ({"VATTransactionType": "B"}, True),
        ({"VATTransactionType": "P"}, False),
        ({"IsBlocked": True}, False),
        ({"Type": "I"}, False),
    ],
)
def test_codes_with_vat_included_blocked_or_of_purchases_sell_nothing(more: dict[str, Any], sells: bool) -> None:
    assert VatCode.of(row("210", 0.21, "E") | more).sells is sells
