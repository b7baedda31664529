"""Invented business papers to test, show and measure with: `invoice(number="F2026-0002")` is a UBL file.

What can be changed is `Paper`'s fields; `VAT_21` and the other VAT cases go into an `Item`.
"""

from __future__ import annotations

from typing import Any

from hub.core.document import DocumentType
from hub.testing.papers import (
    CUSTOMER,
    EXEMPT,
    EXPORT,
    INTRA_EU,
    REVERSE_CHARGE,
    SUPPLIER,
    VAT_6,
    VAT_12,
    VAT_21,
    ZERO_RATE,
    Item,
    Paper,
    belgian,
)
from hub.testing.ubl import ubl

__all__ = [
    "CUSTOMER",
    "EXEMPT",
    "EXPORT",
    "INTRA_EU",
    "REVERSE_CHARGE",
    "SUPPLIER",
    "VAT_6",
    "VAT_12",
    "VAT_21",
    "ZERO_RATE",
    "Item",
    "Paper",
    "belgian",
    "credit_note",
    "invoice",
    "pdf",
    "quotation",
    "ubl",
]

_PAGE = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</Font <</F1 5 0 R>>>>>>"
_FONT = b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>"


def invoice(**fields: Any) -> bytes:
    """A UBL invoice; `fields` are those of `Paper`."""
    return ubl(Paper(type=DocumentType.INVOICE, **fields))


def credit_note(**fields: Any) -> bytes:
    """A UBL credit note; `fields` are those of `Paper`."""
    return ubl(Paper(type=DocumentType.CREDIT_NOTE, **fields))


def quotation(**fields: Any) -> bytes:
    """A UBL quotation; `fields` are those of `Paper`."""
    return ubl(Paper(type=DocumentType.QUOTATION, **fields))


def pdf(text: str) -> bytes:
    """A valid PDF of one A4 page that shows `text`, a line for each of its lines; the same text, the same bytes."""
    content = _content(text)
    objects = (
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        _PAGE,
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content),
        _FONT,
    )
    body, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + head + table + tail


def _content(text: str) -> bytes:
    """The drawing of the page: Helvetica 11, 14 points a line, from the upper left."""
    shown = (_literal(line) for line in text.split("\n"))
    lines = b"\n".join(b"(%s) Tj T*" % line for line in shown)
    return b"BT /F1 11 Tf 14 TL 57 785 Td\n%s\nET" % lines


def _literal(line: str) -> bytes:
    """As a PDF string: with its own escapes, and `?` for what Latin letters cannot show."""
    plain = line.encode("cp1252", "replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
