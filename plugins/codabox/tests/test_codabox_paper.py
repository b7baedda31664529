"""What is held for the document's own sake before any call, and under which name a paper goes up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hub.core.document import Kind
from hub.core.files import File
from hub.core.terms import Identifier, Party
from hub.errors import Held, SettingsError
from hub.testing.specimen import make_delivery
from hub_codabox.paper import file_name

BEFORE = date(2026, 1, 14)  # the link was made on the 15th


def held(call: Any) -> str:
    with pytest.raises(Held) as caught:
        call()
    return caught.value.reason


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


def test_a_ubl_that_cannot_be_read_is_held(office: Any, new_paper: Any) -> None:
    with pytest.raises(Held) as caught:
        paper_of(new_paper(), office, b"<broken")
    assert caught.value.reason == "no_ubl"


def paper_of(document: Any, office: Any, data: bytes) -> Any:
    """Prepare a document whose UBL is these bytes."""
    offer = {"document": document, "delivery": make_delivery(document)}
    return office.hooks("prepare", export=lambda _: File.of("x.xml", "application/xml", data), **offer)


def test_a_destination_of_another_company_is_a_wrong_setting(office: Any, new_paper: Any) -> None:
    paper = new_paper()
    with pytest.raises(SettingsError) as caught:
        office.prepare(paper, replace(make_delivery(paper), company="0876543270"))
    assert caught.value.reason == "enterprise_number"


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
