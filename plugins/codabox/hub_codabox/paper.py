"""One sales paper as it leaves: its UBL under a name of ours, and the rules that are kept before any call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from hub import Artifact, Document, File, Held, Kind, Unreadable
from hub.xml import names, parse
from hub_codabox.link import Link
from hub_codabox.settings import Client

Export = Callable[[str], File]

KINDS = frozenset({Kind.SALES_INVOICE, Kind.SALES_CREDIT_NOTE})

_SHORT = {Kind.SALES_INVOICE: "INV", Kind.SALES_CREDIT_NOTE: "CRN"}
_ELSEWHERE = "CodaBox takes sales papers only; send it by e-mail, or in the export of a period"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 100  # characters of a file name


def paper(document: Document, client: Client, link: Link, export: Export) -> Artifact:
    """The one file that goes up. Raises Held when a rule is against it."""
    admit(document, client, link)
    ubl = export("ubl").read()
    if client.require_pdf and not has_pdf(ubl):
        raise Held("no_pdf", "the UBL has no PDF inside, and offices want one (setting require_pdf)")
    return Artifact((File.of(file_name(document, ubl), "application/xml", ubl),))


def admit(document: Document, client: Client, link: Link) -> None:
    """Rules about the document alone. Raises Held."""
    if document.kind not in KINDS:
        raise Held("not_supported", _ELSEWHERE)
    if not document.number:
        raise Held("no_number", "a paper without a number cannot be known as sent once")
    if issue_date(document) < link.since and not client.send_older:
        said = f"dated {document.issue_date}, before the link was made on {link.since} (setting send_older)"
        raise Held("before_link", said)
    if client.enterprise_number not in set(_supplier_numbers(document)):
        raise Held("other_supplier", f"its supplier is not {client.enterprise_number}, which is linked")


def issue_date(document: Document) -> date:
    """The day that decides the year. Raises Held when the paper does not say."""
    if document.issue_date is None:
        raise Held("no_issue_date", "the paper has no issue date")
    return document.issue_date


def file_name(document: Document, data: bytes) -> str:
    """Number, kind, day and number of the paper; where its own number had to be changed, 8 digits of the SHA-256.

    ASSUMPTION: CodaBox names no rule for file names.
    """
    kind = _SHORT[document.kind] if document.kind else ""
    head = f"{document.company}_{kind}_{issue_date(document):%Y%m%d}_"
    kept = _UNSAFE.sub("-", document.number)
    room = _LONGEST - len(head) - len(".xml")
    if kept == document.number and len(kept) <= room:
        return f"{head}{kept}.xml"
    mark = f"_{File.of('', '', data).sha256[:8]}"
    return f"{head}{kept[: room - len(mark)]}{mark}.xml"


def has_pdf(ubl: bytes) -> bool:
    """Whether a PDF is inside, by what is declared: a `mimeCode`."""
    try:
        root = parse(ubl)
    except Unreadable as error:
        raise Held("no_ubl", error.message) from error
    found = (one for one in root.iter() if names(one)[1] == "EmbeddedDocumentBinaryObject")
    return any(one.get("mimeCode") == "application/pdf" and bool((one.text or "").strip()) for one in found)


def _supplier_numbers(document: Document) -> Iterator[str]:
    """The supplier's numbers as ten digits: a member of a VAT unit has the unit's VAT number beside its own."""
    supplier = document.supplier
    legal = supplier.legal.value if supplier.legal else ""
    for text in (supplier.vat, legal, supplier.tax_registration):
        digits = "".join(char for char in text if char in "0123456789")
        yield digits.rjust(10, "0")
