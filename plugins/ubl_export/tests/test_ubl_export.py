"""The UBL of a paper is its own bytes; what did not come as UBL has none."""

from __future__ import annotations

import pytest

import hub_ubl_export
from hub import Document, DocumentType, File, FileRole, Held
from hub.testing import samples

INVOICE = samples.invoice(number="F/1", pdf=samples.pdf("x"))


def paper(data: bytes, media_type: str = "application/xml", number: str = "F/1") -> Document:
    files = (File.of("came.xml", media_type, data), File.of("x.pdf", "application/pdf", b"%PDF-", FileRole.PDF))
    return Document(type=DocumentType.INVOICE, number=number, files=files)


def test_the_bytes_are_those_that_came() -> None:
    exported = hub_ubl_export.export(paper(INVOICE))
    assert exported.read() == INVOICE
    assert exported.media_type == "application/xml"


def test_the_name_is_made_safe_of_the_number() -> None:
    name = hub_ubl_export.export(paper(INVOICE)).name
    assert name.startswith("F_1_")
    assert name.endswith(".xml")


def test_a_paper_without_a_number_has_a_name_too() -> None:
    assert hub_ubl_export.export(paper(INVOICE, number="")).name == "document.xml"


def test_another_ubl_paper_is_ubl_too() -> None:
    order = b"<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'/>"
    assert hub_ubl_export.export(paper(order)).read() == order


@pytest.mark.parametrize(
    "data",
    [
        samples.pdf("x"),
        b'{"number": "F1"}',
        b"<html/>",
        b"<r:CrossIndustryInvoice xmlns:r='urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100'/>",
        b"<!DOCTYPE a><a/>",
    ],
)
@pytest.mark.parametrize("declared", ["application/xml", "application/pdf"])
def test_what_is_no_ubl_is_held(data: bytes, declared: str) -> None:
    with pytest.raises(Held) as caught:
        hub_ubl_export.export(paper(data, declared))
    assert caught.value.reason == "no_ubl"
    assert caught.value.detail
