"""Files inside a paper: decoded strictly, judged by content, one PDF its picture."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

import pytest

from hub import Document, FileRole, Unreadable
from hub.testing import samples

Reading = Callable[[bytes], Document]
PDF = samples.pdf("x")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = b"PK\x03\x04\x14\x00\x00\x00" + bytes(40)
LOCKED_ZIP = b"PK\x03\x04\x14\x00\x01\x00" + bytes(40)


def reference(content: str, mime: str = "application/pdf", name: str = "a.pdf", **about: str) -> bytes:
    """A document reference with an embedded object; `about` may give `id` and `description`."""
    attributes = f'mimeCode="{mime}"' + (f' filename="{name}"' if name else "")
    description = about.get("description", "")
    return (
        f"<cac:AdditionalDocumentReference><cbc:ID>{about.get('id', 'X')}</cbc:ID>"
        f"<cbc:DocumentDescription>{description}</cbc:DocumentDescription><cac:Attachment>"
        f"<cbc:EmbeddedDocumentBinaryObject {attributes}>{content}</cbc:EmbeddedDocumentBinaryObject>"
        "</cac:Attachment></cac:AdditionalDocumentReference>"
    ).encode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def with_references(*references: bytes) -> bytes:
    before = b"<cac:AccountingSupplierParty>"
    return samples.invoice(number="F2026-0042").replace(before, b"".join(references) + before)


def codes(document: Document) -> Sequence[str]:
    return [problem.code for problem in document.problems]


@pytest.mark.parametrize(
    "written",
    [
        b64(PDF),
        "\n    ".join(b64(PDF)[i : i + 60] for i in range(0, len(b64(PDF)), 60)),
        f"\t{b64(PDF)}\r\n",
        f"{b64(PDF)[:8]}<!-- c -->{b64(PDF)[8:]}",
    ],
    ids=["plain", "lines and indentation", "white space around", "comment"],
)
def test_base64_is_decoded_however_it_is_laid_out(written: str, reading: Reading) -> None:
    document = reading(with_references(reference(written)))
    assert [file.read() for file in document.files] == [PDF]
    assert document.problems == ()


@pytest.mark.parametrize(
    "written",
    [
        "",
        "JVBERi0x*not base64*",
        b64(PDF)[:-1],
        b64(PDF) + "=",
        b64(PDF) + "AAAA",
        "=" + b64(PDF),
        b64(PDF).replace("A", "-", 1),
        b64(PDF).replace("A", "\u0410", 1),
        b64(PDF)[:20] + "\u00a0" + b64(PDF)[20:],
    ],
    ids=["empty", "stars", "short", "more padding", "after padding", "padding first", "url", "cyrillic", "nbsp"],
)
def test_wrong_base64_is_left_out_never_repaired(written: str, reading: Reading) -> None:
    document = reading(with_references(reference(written)))
    assert document.files == ()
    assert codes(document) == ["attachment.base64"]
    assert "a.pdf" in document.problems[0].message


@pytest.mark.parametrize(
    ("data", "declared", "judged", "problems"),
    [
        (PDF, "application/pdf", "application/pdf", []),
        (PDF, "Application/PDF ", "application/pdf", []),
        (PDF, "application/octet-stream", "application/pdf", []),
        (PDF, "", "application/pdf", []),
        (b"a;b\n1;2\n", "text/csv", "text/csv", []),
        (ZIP, XLSX, XLSX, []),
        (ZIP, "application/zip", "application/zip", []),
        (b"\x89PNG\r\n\x1a\n", "image/png", "image/png", []),
        (b"\0\1\2", "application/x-anything&#13;&#10;X: y", "application/octet-stream", []),
        (b"\x89PNG\r\n\x1a\n", "application/pdf", "image/png", ["attachment.type"]),
        (b"hello", "application/pdf", "text/plain", ["attachment.type"]),
        (PDF, XLSX, "application/pdf", ["attachment.type"]),
        (b"MZ\x90\0", "application/pdf", "application/octet-stream", ["attachment.type"]),
        (b"MZ\x90\0", "application/octet-stream", "application/octet-stream", ["attachment.type"]),
        (b"#!/bin/sh", "text/csv", "application/octet-stream", ["attachment.type"]),
        (b"<html><script/></html>", "text/html", "application/octet-stream", ["attachment.type"]),
        (b"<svg onload='x'/>", "image/svg+xml", "application/octet-stream", ["attachment.type"]),
        (LOCKED_ZIP, "application/zip", "application/zip", ["attachment.type"]),
        (b"PK\x03\x04", "application/zip", "application/zip", []),
    ],
)
def test_the_content_decides_what_a_file_is(
    data: bytes, declared: str, judged: str, problems: list[str], reading: Reading
) -> None:
    document = reading(with_references(reference(b64(data), mime=declared)))
    [file] = document.files
    assert (file.media_type, file.read()) == (judged, data)
    assert codes(document) == problems


def test_a_program_that_is_called_pdf_is_not_the_picture(reading: Reading) -> None:
    data = with_references(reference(b64(b"MZ\x90\0"), name="F2026-0042.pdf"), reference(b64(PDF), name="other.pdf"))
    assert [file.role for file in reading(data).files] == [FileRole.ATTACHMENT, FileRole.PDF]


@pytest.mark.parametrize(
    ("references", "picture"),
    [
        ([{}, {}], 0),
        ([{}, {"name": "f2026_0042.pdf"}], 1),
        ([{}, {"id": "F2026/0042"}], 1),
        ([{"name": "F2026-0042.pdf"}, {"description": "CommercialInvoice"}], 1),
        ([{"name": "F2026-0042.pdf"}, {"description": "Credit Note"}], 1),
        ([{"mime": "text/csv", "data": "a;b"}, {}], 1),
    ],
)
def test_one_pdf_is_the_picture(references: list[dict[str, str]], picture: int, reading: Reading) -> None:
    made = []
    for number, given in enumerate(references):
        about = {"name": f"file{number}.pdf", **given}
        made.append(reference(b64(about.pop("data", "").encode() or PDF), **about))
    roles = [file.role for file in reading(with_references(*made)).files]
    assert [index for index, role in enumerate(roles) if role is FileRole.PDF] == [picture]


@pytest.mark.parametrize(
    ("name", "about", "expected"),
    [
        ("invoice.pdf", {}, "invoice.pdf"),
        ("../../etc/passwd", {}, None),
        ("C:\\temp\\x.pdf", {}, None),
        ("CON.pdf", {}, None),
        (".hidden", {}, None),
        ("a&#13;&#10;X-Header: y.pdf", {}, None),
        ("", {"id": "F2026-0042"}, "F2026-0042.pdf"),
        ("", {"id": ""}, "attachment.pdf"),
    ],
)
def test_a_name_is_one_safe_component(name: str, about: dict[str, str], expected: str | None, reading: Reading) -> None:
    [file] = reading(with_references(reference(b64(PDF), name=name, **about))).files
    assert file.name == (expected or file.name)
    assert not set(file.name) & set("/\\:\r\n ")
    assert not file.name.startswith(".")


def test_a_thousand_files_are_read_and_more_are_refused(reading: Reading) -> None:
    document = reading(with_references(*[reference(b64(b"x"))] * 1000))
    assert len(document.files) == len(document.problems) == 1000
    with pytest.raises(Unreadable) as caught:
        reading(with_references(*[reference(b64(b"x"))] * 1001))
    assert caught.value.code == "attachment.too_many"


def test_a_file_anywhere_in_the_paper_is_kept(reading: Reading) -> None:
    inside = reference(b64(PDF)).replace(b"AdditionalDocumentReference", b"DocumentReference")
    data = samples.invoice().replace(b"<cac:Item>", inside + b"<cac:Item>")
    assert [file.role for file in reading(data).files] == [FileRole.PDF]
