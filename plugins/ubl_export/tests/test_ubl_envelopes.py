"""A paper inside an envelope is read, and exported, as if it had come alone."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from hub import Document, DocumentType, File, FileRole, Incoming, Unreadable
from hub.testing import samples
from hub.xml import parse
from hub_ubl_export.export import ubl
from hub_ubl_export.read import read

Reading = Callable[[bytes], Document]
UBL = "urn:oasis:names:specification:ubl:schema:xsd"
SPACES = f'xmlns:cac="{UBL}:CommonAggregateComponents-2" xmlns:cbc="{UBL}:CommonBasicComponents-2"'
SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
INVOICE = samples.invoice(number="F2026-0042")
BODY = INVOICE.partition(b"?>")[2].decode()
LATIN = f"<?xml version='1.0' encoding='ISO-8859-1'?>{BODY.replace('Voorbeeldartikel', 'Crème')}"


def attached(inside: str) -> bytes:
    wrapped = f"<cac:Attachment>{inside}</cac:Attachment>"
    name = "AttachedDocument"
    return f'<{name} xmlns="{UBL}:{name}-2" {SPACES}><cbc:ID>ENVELOPE</cbc:ID>{wrapped}</{name}>'.encode()


def embedded(data: bytes, mime: str = "text/xml") -> str:
    name = "cbc:EmbeddedDocumentBinaryObject"
    return f'<{name} mimeCode="{mime}">{base64.b64encode(data).decode()}</{name}>'


def described(text: str) -> str:
    inside = f"<cbc:Description><![CDATA[{text}]]></cbc:Description>"
    return f"<cac:ExternalReference>{inside}</cac:ExternalReference>"


def sbdh(payload: str) -> bytes:
    name = "StandardBusinessDocument"
    return f'<s:{name} xmlns:s="{SBDH}"><s:{name}Header/>{payload}</s:{name}>'.encode()


def binary(data: bytes) -> str:
    space = "http://peppol.eu/xsd/ticc/envelope/1.0"
    return (
        f'<BinaryContent xmlns="{space}" mimeType="application/xml">{base64.b64encode(data).decode()}</BinaryContent>'
    )


@pytest.mark.parametrize(
    "data",
    [
        attached(embedded(INVOICE)),
        attached(embedded(samples.pdf("x"), "application/pdf") + embedded(INVOICE)),
        attached(described(INVOICE.decode())),
        attached(described(BODY)),
        sbdh(BODY),
        sbdh(binary(INVOICE)),
        sbdh(attached(embedded(INVOICE)).decode()),
        attached(embedded(attached(embedded(INVOICE)))),
    ],
    ids=["base64", "after a pdf", "cdata", "cdata bare", "sbdh", "sbdh binary", "attached in sbdh", "attached twice"],
)
def test_the_paper_inside_is_read_and_exported(data: bytes, reading: Reading) -> None:
    document = reading(data)
    assert (document.type, document.number) == (DocumentType.INVOICE, "F2026-0042")
    original = File.of("envelope.xml", "application/xml", data)
    exported = ubl(Document(type=document.type, number=document.number, files=(original,)))
    assert parse(exported.read()).tag == f"{{{UBL}:Invoice-2}}Invoice"
    assert reading(exported.read()) == document


def test_the_bytes_inside_are_exported_as_they_are() -> None:
    original = File.of("envelope.xml", "application/xml", attached(embedded(INVOICE)))
    assert ubl(Document(type=DocumentType.INVOICE, number="F1", files=(original,))).read() == INVOICE


def test_characters_in_an_envelope_are_not_decoded_again(reading: Reading) -> None:
    assert reading(attached(described(LATIN))).lines[0].name == "Crème"


def test_the_picture_inside_is_taken_out(reading: Reading) -> None:
    data = attached(embedded(samples.invoice(pdf=samples.pdf("x"))))
    assert [file.role for file in reading(data).files] == [FileRole.PDF]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (attached(""), "envelope.empty"),
        (attached(embedded(b"")), "envelope.empty"),
        (attached(embedded(samples.pdf("x"), "application/pdf")), "envelope.empty"),
        (attached(embedded(INVOICE).replace(">", ">*", 1)), "envelope.empty"),
        (attached(described("see attachment")), "envelope.empty"),
        (sbdh(""), "envelope.empty"),
        (sbdh(BODY + BODY), "envelope.empty"),
        (sbdh(binary(b"")), "xml.empty"),
        (attached(embedded(attached(embedded(attached(embedded(INVOICE)))))), "envelope.depth"),
        (attached(embedded(b"<!DOCTYPE a><a/>")), "xml.doctype"),
        (attached(embedded(b"<a><b>")), "xml.not_well_formed"),
        (attached(embedded(b"<a/>")), "format.namespace"),
    ],
)
def test_an_envelope_that_cannot_be_opened_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(Incoming(name="envelope.xml", data=data))
    assert [problem.code for problem in caught.value.problems] == [code]
