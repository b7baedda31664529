"""Entries as Exact writes them, and the comparison with what was sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub import Held
from hub.testing.specimen import sample_document
from hub_exact.customer import account
from hub_exact.entries import Entry, Prepared, compared
from hub_exact.mapping import sales_entry
from hub_exact.settings import Ledger

ROW: dict[str, Any] = {
    "EntryID": "52dae8ca-0068-5ba5-bed2-7a50d8c43821",
    "EntryNumber": 26700001,
    "YourRef": "F2026-0001 ",
    "Type": 20,
    "AmountFC": 145.14000000000001,
    "VATAmountFC": Decimal("25.19"),
    "EntryDate": "/Date(1768435200000)/",
    "Journal": " 700",
    "Customer": "52DAE8CA-0068-5ba5-bed2-7a50d8c43822",
}


@pytest.fixture
def prepared(ledger: dict[str, Any]) -> Prepared:
    document = sample_document()
    return Prepared(sales_entry(document, Ledger.model_validate(ledger)), account(document))


def test_a_row_is_read_without_padding_zone_and_binary_fractions() -> None:
    entry = Entry.of(ROW)
    assert (entry.number, entry.reference, entry.journal) == ("26700001", "F2026-0001", "700")
    assert (entry.total, entry.tax, entry.day) == (Decimal("145.14"), Decimal("25.19"), date(2026, 1, 15))
    assert entry.customer == "52dae8ca-0068-5ba5-bed2-7a50d8c43822"


@pytest.mark.parametrize("field", sorted(ROW))
def test_a_row_that_lacks_something_is_no_entry(field: str) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Entry.of({name: value for name, value in ROW.items() if name != field})


def test_an_entry_as_it_was_sent_passes(prepared: Prepared) -> None:
    assert compared(Entry.of(ROW), prepared).id == ROW["EntryID"]


@pytest.mark.parametrize(
    "change",
    [
        {"total": Decimal("145.15")},
        {"tax": Decimal("25.20")},
        {"credit": True},
        {"reference": "F2026-000"},  # cut: by that number nobody would find it again
    ],
)
def test_an_entry_that_is_anything_else_is_held(change: dict[str, Any], prepared: Prepared) -> None:
    with pytest.raises(Held) as caught:
        compared(replace(Entry.of(ROW), **change), prepared)
    assert caught.value.reason == "totals_differ"


def test_what_was_prepared_is_read_back_as_it_was(prepared: Prepared) -> None:
    again = Prepared.of(prepared.artifact())
    assert (again.total, again.tax, again.credit) == (Decimal("145.14"), Decimal("25.19"), False)
    assert again.artifact().sha256 == prepared.artifact().sha256
