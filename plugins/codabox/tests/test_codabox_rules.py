"""What is held before any call: the wrong kind, too old, not ours, no picture, sent before, a closed year."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hub.core.document import DocumentType, Kind
from hub.core.terms import Identifier, Party
from hub.errors import DeliveryError, Held, Rejected, SettingsError, Uncertain
from hub.testing.specimen import make_delivery
from hub.testing.vault import MemoryVault
from hub_codabox.paper import file_name
from hub_codabox.register import Entry, Register

BEFORE = date(2026, 1, 14)  # the link was made on the 15th
NEXT_YEAR = date(2027, 1, 2)


def held(call: Any) -> str:
    with pytest.raises(Held) as caught:
        call()
    return caught.value.reason


def refused(office: Any, paper: Any, error: type[DeliveryError], **more: Any) -> None:
    with pytest.raises(error):
        office.send(paper, **more)


def uploads(office: Any) -> int:
    return int(office.server.desk.uploads)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": Kind.PURCHASE_INVOICE}, "not_supported"),
        ({"kind": Kind.QUOTATION}, "not_supported"),
        ({"kind": Kind.RECEIPT}, "not_supported"),
        ({"issue_date": BEFORE}, "before_link"),
        ({"issue_date": None}, "no_issue_date"),
        ({"number": ""}, "no_number"),
        ({"supplier": Party(name="Klant BV", vat="BE0876543270")}, "other_supplier"),
        ({"supplier": Party(name="Voorbeeld NV")}, "other_supplier"),
    ],
)
def test_a_paper_is_held_before_any_call(changes: dict[str, Any], reason: str, office: Any, new_paper: Any) -> None:
    paper = replace(new_paper(), **changes)
    prepared = office.prepare(new_paper())
    assert held(lambda: office.hooks("prepare", document=paper, delivery=make_delivery(paper))) == reason
    assert held(lambda: office.send(paper, prepared)) == reason
    assert uploads(office) == 0


@pytest.mark.parametrize(
    "supplier",
    [
        Party(vat="BE 0123.456.749"),
        Party(vat="123456749"),
        Party(vat="BE0876543270", legal=Identifier("0123456749", "0208")),
        Party(tax_registration="0123456749"),
    ],
)
def test_the_linked_supplier_is_known_by_any_of_its_numbers(supplier: Party, office: Any, new_paper: Any) -> None:
    assert office.prepare(replace(new_paper(), supplier=supplier)).parts


def test_an_older_paper_goes_when_a_person_allows_it(office: Any, new_paper: Any) -> None:
    office.set(send_older=True)
    office.send(new_paper(day=BEFORE))
    assert office.taken() == ["F2026-0001"]


def test_a_ubl_without_a_pdf_inside_is_held_unless_the_setting_says_so(office: Any, new_paper: Any) -> None:
    assert held(lambda: office.prepare(new_paper(), pdf=None)) == "no_pdf"
    office.set(require_pdf=False)
    assert office.prepare(new_paper(), pdf=None).parts


def test_a_destination_of_another_company_is_a_wrong_setting(office: Any, new_paper: Any) -> None:
    paper = new_paper()
    with pytest.raises(SettingsError) as caught:
        office.prepare(paper, replace(make_delivery(paper), company="0876543270"))
    assert caught.value.reason == "enterprise_number"


# -- once -------------------------------------------------------------------------------------------------------------


def test_a_number_that_was_sent_is_held_for_any_other_delivery_and_codabox_is_not_asked(
    office: Any, new_paper: Any
) -> None:
    paper = new_paper()
    prepared = office.prepare(paper)
    office.send(paper, prepared)
    assert held(lambda: office.prepare(paper, replace(make_delivery(paper), key="second"))) == "already_sent"
    assert held(lambda: office.send(paper, prepared, key="second")) == "already_sent"
    assert uploads(office) == 1


def test_a_number_that_may_have_been_sent_is_held_for_any_other_delivery(office: Any, new_paper: Any) -> None:
    office.plan("cut_after=#1")
    paper = new_paper()
    prepared = office.prepare(paper)
    refused(office, paper, Uncertain)
    assert held(lambda: office.send(paper, prepared, key="second")) == "already_sent"
    assert uploads(office) == 1


def test_the_note_is_there_before_the_first_byte_leaves(office: Any, new_paper: Any) -> None:
    paper = new_paper()
    prepared = office.prepare(paper)
    vault = office.hooks.offer["vault"]
    seen: list[bool] = []
    take = office.server.desk.next_fault

    def look(key: str) -> Any:
        seen.append(any(name.startswith("paper_") for name in vault._kept))
        return take(key)

    office.server.desk.next_fault = look
    office.send(paper, prepared)
    assert seen == [True]


class AtOnce(MemoryVault):
    """Two who look at a number see that it is free before either has noted it."""

    def __init__(self) -> None:
        super().__init__()
        self._both = threading.Barrier(2, timeout=20)

    def get(self, name: str) -> Any:
        kept = super().get(name)
        if name.startswith("paper_") and kept is None:
            self._both.wait()
        return kept


def test_of_two_deliveries_of_a_number_at_the_same_moment_one_goes(office: Any, new_paper: Any) -> None:
    paper = new_paper()
    part = office.prepare(paper).parts[0]
    register = Register(AtOnce(), office.hooks.offer["settings"])  # type: ignore[arg-type]  # the same methods

    def enter(key: str) -> str:
        try:
            register.enter(Entry.of(paper, part, key))
        except Held as error:
            return error.reason
        return "went"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(enter, ("first", "second"))) == ["already_sent", "went"]


@pytest.mark.parametrize("plan", ["broken=#1", "busy=#1", "revoked=#1", "too_large=#1"])
def test_a_clear_no_leaves_the_number_free(plan: str, office: Any, new_paper: Any) -> None:
    office.plan(plan)
    refused(office, new_paper(), DeliveryError)
    office.send(new_paper(), key="second")
    assert office.taken() == ["F2026-0001"]


def test_an_invoice_and_a_credit_note_may_have_the_same_number(office: Any, new_paper: Any) -> None:
    credit = new_paper(kind=Kind.SALES_CREDIT_NOTE, type=DocumentType.CREDIT_NOTE)
    office.send(new_paper())
    office.send(credit, key="second")
    assert [paper.kind for paper in office.server.desk.papers] == ["sales_invoice", "sales_credit_note"]


def test_refused_bytes_are_not_sent_again_and_mended_ones_are(office: Any, new_paper: Any) -> None:
    office.plan("refused=#1")
    paper = new_paper()
    prepared = office.prepare(paper)
    refused(office, paper, Rejected)
    assert held(lambda: office.send(paper, prepared, key="second")) == "same_bytes"
    office.send(paper, office.prepare(paper, note="mended"), key="third")
    assert (office.taken(), uploads(office)) == (["F2026-0001"], 2)


# -- the year ---------------------------------------------------------------------------------------------------------


def test_a_year_is_closed_once_a_later_one_was_sent(office: Any, new_paper: Any) -> None:
    late = new_paper("F2026-0002")
    prepared = office.prepare(late)
    office.send(new_paper("F2027-0001", NEXT_YEAR))
    assert held(lambda: office.prepare(late)) == "year_closed"
    assert held(lambda: office.send(late, prepared)) == "year_closed"
    assert uploads(office) == 1


def test_a_later_year_that_was_refused_closes_nothing(office: Any, new_paper: Any) -> None:
    office.send(new_paper("F2026-0001"))
    office.plan("refused=#2 broken=#3")
    refused(office, new_paper("F2027-0001", NEXT_YEAR), Rejected)
    refused(office, new_paper("F2027-0002", NEXT_YEAR), DeliveryError)
    office.send(new_paper("F2026-0002"))
    assert office.taken() == ["F2026-0001", "F2026-0002"]


def test_a_later_year_in_doubt_closes_the_year(office: Any, new_paper: Any) -> None:
    office.plan("cut_after=#1")
    refused(office, new_paper("F2027-0001", NEXT_YEAR), Uncertain)
    assert held(lambda: office.prepare(new_paper("F2026-0002"))) == "year_closed"


def test_without_the_lock_codabox_itself_refuses_the_closed_year(office: Any, new_paper: Any) -> None:
    office.set(year_lock=False)
    office.send(new_paper("F2027-0001", NEXT_YEAR))
    with pytest.raises(Rejected) as caught:
        office.send(new_paper("F2026-0002"))
    assert "year of this invoice is closed" in caught.value.detail


# -- the file's name --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("F2026-0001", "0123456749_INV_20260115_F2026-0001.xml"),
        ("2026.001_a", "0123456749_INV_20260115_2026.001_a.xml"),
        ("F 1/2", "0123456749_INV_20260115_F-1-2_ba7816bf.xml"),
        ("../é", "0123456749_INV_20260115_..-_ba7816bf.xml"),
        ("9" * 90, f"0123456749_INV_20260115_{'9' * 63}_ba7816bf.xml"),
    ],
)
def test_a_file_name_is(number: str, name: str, new_paper: Any) -> None:
    assert file_name(replace(new_paper(), number=number), b"abc") == name
    assert len(name) <= 100


def test_a_credit_note_is_named_as_one(new_paper: Any) -> None:
    paper = new_paper(kind=Kind.SALES_CREDIT_NOTE)
    assert "_CRN_" in file_name(paper, b"abc")
