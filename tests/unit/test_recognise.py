"""Whose paper is it, and of what kind? From raw bytes and what a reader made of them to a verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub.core.document import Direction, Document, DocumentType, Given, Incoming, Kind
from hub.core.files import File, FileRole
from hub.core.recognise import NOT_BOOKKEEPING, Parked, Recognised, Refused, Verdict, recognise
from hub.core.store.companies import Company
from hub.core.terms import Identifier, Party
from hub.errors import PluginError, Problem, Unreadable

# Examples: enterprise numbers with valid check digits, of nobody.
OURS = Company(1, "0123456749", "Voorbeeld NV")
SISTER = Company(2, "0876543270", "Klant BV")
STRANGER = Party(name="Ander BV", vat="BE0417497106")
XML = b"<Invoice/>"
PDF = b"%PDF-1.4\n"
ZIP = b"PK\x03\x04rest"
FACTS: dict[str, Any] = {
    "kind": Kind.PURCHASE_INVOICE,
    "number": "P-7",
    "issue_date": date(2026, 1, 15),
    "supplier": "Ander BV",
    "total": Decimal("12.50"),
}


class Reader:
    """A reader that makes of every paper what the test says."""

    def __init__(self, answer: Document | BaseException | None) -> None:
        self.answer = answer

    def read(self, incoming: Incoming) -> Document | None:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def us(**changes: Any) -> Party:
    """Our company as a party."""
    return replace(Party(name="Voorbeeld NV", vat="BE0123456749"), **changes)


def invoice(supplier: Party, customer: Party, **changes: Any) -> Document:
    """An invoice between two."""
    return replace(Document(type=DocumentType.INVOICE, supplier=supplier, customer=customer), **changes)


SOLD = invoice(us(), STRANGER)
BOUGHT = invoice(STRANGER, us())


def look(
    answer: Document | BaseException | None,
    companies: tuple[Company, ...] = (OURS,),
    *,
    data: bytes = XML,
    name: str = "paper.xml",
    **given: Any,
) -> Verdict:
    """The verdict on a paper."""
    return recognise(Incoming(name=name, data=data, given=Given(**given)), Reader(answer), companies)


def accepted(verdict: Verdict) -> Document:
    """The document of a verdict that must be one."""
    assert isinstance(verdict, Recognised), verdict
    return verdict.document


def code(verdict: Verdict) -> str:
    """The first problem of a paper that was set aside."""
    assert isinstance(verdict, Parked | Refused), verdict
    return verdict.problems[0].code


def noted(document: Document) -> list[str]:
    """Problems about parties; what does not add up is another matter."""
    return [problem.code for problem in document.problems if problem.code.startswith("party")]


# -- what it is --


@pytest.mark.parametrize(
    ("type_", "supplier", "customer", "kind"),
    [
        (DocumentType.INVOICE, us(), STRANGER, Kind.SALES_INVOICE),
        (DocumentType.INVOICE, STRANGER, us(), Kind.PURCHASE_INVOICE),
        (DocumentType.CREDIT_NOTE, us(), STRANGER, Kind.SALES_CREDIT_NOTE),
        (DocumentType.CREDIT_NOTE, STRANGER, us(), Kind.PURCHASE_CREDIT_NOTE),
        (DocumentType.QUOTATION, us(), STRANGER, Kind.QUOTATION),
        (DocumentType.RECEIPT, STRANGER, us(), Kind.RECEIPT),
        (DocumentType.OTHER, STRANGER, us(), Kind.OTHER),
    ],
)
def test_type_and_side_make_the_kind(type_: DocumentType, supplier: Party, customer: Party, kind: Kind) -> None:
    document = accepted(look(invoice(supplier, customer, type=type_)))
    assert (document.kind, document.type, document.company) == (kind, type_, OURS.number)
    assert noted(document) == []


def test_a_document_has_its_bytes_as_they_came_and_their_hash() -> None:
    document = accepted(look(SOLD))
    assert (document.original.read(), document.original.name) == (XML, "paper.xml")
    assert document.sha256 == document.original.sha256 == File.of("x", "x", XML).sha256
    assert document.source == "import"


@pytest.mark.parametrize(
    "party",
    [
        us(),
        us(vat="BE 0123.456.749"),
        us(vat="be0123456749"),
        us(vat="0123456749"),
        us(vat="123456749"),
        us(vat="", legal=Identifier("0123.456.749", "0208")),
        us(vat="", endpoint=Identifier("0123456749", "0208")),
        us(vat="", endpoint=Identifier("BE0123456749", "9925")),
        us(vat="BE0417497106", legal=Identifier("0123456749", "0208")),
    ],
    ids=lambda party: f"{party.vat}|{party.legal and party.legal.value}|{party.endpoint and party.endpoint.value}",
)
def test_we_are_found_by_vat_number_legal_id_or_peppol_address(party: Party) -> None:
    assert accepted(look(invoice(STRANGER, party))).kind is Kind.PURCHASE_INVOICE


@pytest.mark.parametrize(
    "party",
    [
        us(vat=""),
        us(vat="BE0123456748"),
        us(vat="NL0123456749"),
        us(vat="DE123456749"),
        us(vat=" fr 0123456749"),
        us(vat="", endpoint=Identifier("0123456749", "0088")),
    ],
    ids=lambda party: f"{party.vat}|{party.endpoint and party.endpoint.value}",
)
def test_a_name_a_wrong_number_or_another_country_is_not_us(party: Party) -> None:
    assert code(look(invoice(STRANGER, party))) == "party.not_ours"


# -- whose it is --


BETWEEN = invoice(us(), Party(name="Klant BV", vat="BE0876543270"))


@pytest.mark.parametrize(
    ("given", "company", "kind"),
    [
        ({"direction": Direction.SALES}, OURS, Kind.SALES_INVOICE),
        ({"direction": Direction.PURCHASE}, SISTER, Kind.PURCHASE_INVOICE),
        ({"company": SISTER.number}, SISTER, Kind.PURCHASE_INVOICE),
        ({"company": OURS.number}, OURS, Kind.SALES_INVOICE),
        ({"kind": Kind.PURCHASE_INVOICE}, SISTER, Kind.PURCHASE_INVOICE),
    ],
)
def test_a_paper_between_two_of_ours_is_whose_a_person_says(
    given: dict[str, Any], company: Company, kind: Kind
) -> None:
    verdict = look(BETWEEN, (OURS, SISTER), **given)
    assert (accepted(verdict).kind, accepted(verdict).company) == (kind, company.number)


def test_a_paper_between_two_of_ours_is_parked_when_nobody_says() -> None:
    assert code(look(BETWEEN, (OURS, SISTER))) == "party.both_ours"


@pytest.mark.parametrize("companies", [(OURS,), (OURS, SISTER)])
def test_a_paper_of_strangers_is_parked(companies: tuple[Company, ...]) -> None:
    assert code(look(invoice(STRANGER, STRANGER), companies)) == "party.not_ours"


def test_a_direction_is_enough_when_there_is_one_company_and_the_doubt_is_noted() -> None:
    document = accepted(look(invoice(STRANGER, STRANGER), direction=Direction.SALES))
    assert (document.kind, document.company, noted(document)) == (
        Kind.SALES_INVOICE,
        OURS.number,
        ["party.not_ours"],
    )


def test_a_direction_is_not_enough_when_there_are_two_companies() -> None:
    verdict = look(invoice(STRANGER, STRANGER), (OURS, SISTER), direction=Direction.SALES)
    assert code(verdict) == "party.not_ours"


def test_a_company_without_a_direction_is_parked_when_the_paper_does_not_tell() -> None:
    assert code(look(invoice(STRANGER, STRANGER), company=OURS.number)) == "party.not_ours"


def test_a_paper_from_us_to_us_is_parked_until_a_person_says_which_side() -> None:
    assert code(look(invoice(us(), us()))) == "party.both_ours"
    assert accepted(look(invoice(us(), us()), direction=Direction.PURCHASE)).kind is Kind.PURCHASE_INVOICE


def test_a_persons_word_goes_before_the_paper_and_the_difference_is_noted() -> None:
    document = accepted(look(SOLD, kind=Kind.PURCHASE_INVOICE))
    assert (document.kind, noted(document)) == (Kind.PURCHASE_INVOICE, ["party.not_ours"])


def test_a_company_that_is_none_of_ours_is_parked_and_not_a_crash() -> None:
    assert code(look(SOLD, company="0417497106")) == "company_unknown"


def test_a_home_without_a_company_parks_everything() -> None:
    assert code(look(SOLD, ())) == "party.not_ours"


def test_a_paper_that_is_no_bookkeeping_paper_is_parked_unless_a_person_says_what_it_is() -> None:
    order = replace(BOUGHT, problems=(Problem(NOT_BOOKKEEPING, "this is an order"),))
    assert code(look(order)) == NOT_BOOKKEEPING
    assert accepted(look(order, kind=Kind.OTHER)).kind is Kind.OTHER


# -- what cannot be read --


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"", "paper.xml", "empty"),
        (PDF, "paper.xml", "type_mismatch"),
        (ZIP, "paper.xml", "type_mismatch"),
        (XML, "paper.pdf", "type_mismatch"),
        (ZIP, "paper", "zip_not_yet"),
        (XML, "papers.zip", "zip_not_yet"),
    ],
)
def test_a_name_that_promises_something_else_is_refused(data: bytes, name: str, expected: str) -> None:
    verdict = look(SOLD, data=data, name=name)
    assert isinstance(verdict, Refused)
    assert (code(verdict), verdict.problems[0].place) == (expected, name)


@pytest.mark.parametrize("name", ["paper.XML", "paper", "paper.txt", "-"])
def test_the_bytes_say_what_a_paper_is(name: str) -> None:
    assert accepted(look(SOLD, name=name)).kind is Kind.SALES_INVOICE


def test_a_format_that_nobody_reads_is_refused_and_says_what_is_read() -> None:
    verdict = look(None)
    assert isinstance(verdict, Refused)
    assert (code(verdict), "UBL" in verdict.problems[0].message) == ("format.unknown", True)


def test_what_a_reader_says_is_wrong_comes_through_with_a_place() -> None:
    verdict = look(Unreadable([Problem("xml.broken", "not closed"), Problem("b", "c", "Invoice/ID")]))
    assert isinstance(verdict, Refused)
    assert [(one.code, one.place) for one in verdict.problems] == [("xml.broken", "paper.xml"), ("b", "Invoice/ID")]


def test_a_reader_that_breaks_refuses_the_paper_and_names_the_plugin() -> None:
    verdict = look(PluginError("ubl", "read raised RuntimeError: boom"))
    assert isinstance(verdict, Refused)
    assert "plugin ubl" in verdict.problems[0].message


# -- PDF --


def test_a_pdf_with_its_facts_needs_no_reader() -> None:
    document = accepted(look(RuntimeError("not asked"), data=PDF, name="scan.pdf", **FACTS))
    assert (document.kind, document.number, document.totals.payable) == (
        Kind.PURCHASE_INVOICE,
        "P-7",
        Decimal("12.50"),
    )
    assert (document.supplier.name, document.currency, noted(document)) == ("Ander BV", "EUR", [])


@pytest.mark.parametrize(
    ("missing", "option"),
    [
        ("kind", "--kind"),
        ("number", "--number"),
        ("issue_date", "--date"),
        ("supplier", "--supplier"),
        ("total", "--total"),
    ],
)
def test_a_pdf_without_a_fact_is_parked_and_says_which(missing: str, option: str) -> None:
    given = {name: value for name, value in FACTS.items() if name != missing}
    verdict = look(None, data=PDF, name="scan.pdf", **given)
    assert isinstance(verdict, Parked)
    assert verdict.problems[0].message == f"a PDF does not tell its facts; give {option}"


def test_a_total_of_nothing_is_a_fact() -> None:
    assert accepted(look(None, data=PDF, name="scan.pdf", **FACTS | {"total": Decimal(0)})).totals.payable == 0


@pytest.mark.parametrize(
    ("supplier", "party"),
    [
        ("BE0417497106", Party(vat="BE0417497106")),
        ("BE 0417.497.106", Party(vat="BE 0417.497.106")),
        ("NL001234567B01", Party(vat="NL001234567B01")),
        ("Ander BV", Party(name="Ander BV")),
        ("Be Quick 2026", Party(name="Be Quick 2026")),
    ],
)
def test_a_supplier_is_a_vat_number_when_it_looks_like_one(supplier: str, party: Party) -> None:
    assert accepted(look(None, data=PDF, name="s.pdf", **FACTS | {"supplier": supplier})).supplier == party


def test_a_pdf_inside_is_the_picture_unless_one_was_given_beside() -> None:
    inside = File.of("in.pdf", "application/pdf", PDF, FileRole.PDF)
    beside = File.of("by.pdf", "application/pdf", PDF + b"2", FileRole.PDF)
    paper = Incoming(name="a.xml", data=XML, beside=(beside,))
    document = accepted(recognise(paper, Reader(replace(SOLD, files=(inside,))), (OURS,)))
    assert [(file.name, file.role) for file in document.files] == [
        ("a.xml", FileRole.ORIGINAL),
        ("by.pdf", FileRole.PDF),
        ("in.pdf", FileRole.ATTACHMENT),
    ]


def test_the_same_pdf_inside_and_beside_is_one_file() -> None:
    inside = File.of("in.pdf", "application/pdf", PDF, FileRole.PDF)
    paper = Incoming(name="a.xml", data=XML, beside=(replace(inside, name="by.pdf"),))
    document = accepted(recognise(paper, Reader(replace(SOLD, files=(inside,))), (OURS,)))
    assert [file.name for file in document.files] == ["a.xml", "by.pdf"]
