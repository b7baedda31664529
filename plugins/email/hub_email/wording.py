"""What a message says: subject and text, in English, every value made harmless for a screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from hub import Document, FileRole, Pack, Party, show

Rows = Iterable[tuple[str, str]]

_LONGEST = 120  # characters of one value
_LABEL_WIDTH = 13
_MISSING: Mapping[str, str] = {
    "no_pdf": "A PDF is wanted here, but this paper has none: what there is goes with this message.",
    "no_ubl": "UBL is wanted here, but this paper has none: what there is goes with this message.",
}


def paper_subject(document: Document) -> str:
    """`Sales invoice F2026-0001 of Voorbeeld NV, 2026-01-15, EUR 145.14`; what is not known is left out."""
    supplier = document.supplier.name and f"of {_shown(document.supplier.name)}"
    title = " ".join(filter(None, (_kind(document), _shown(document.number), supplier)))
    return ", ".join(filter(None, (title, _day(document.issue_date), _amount(document, document.totals.payable))))


def paper_text(document: Document, missing: Iterable[str]) -> str:
    """The facts of a paper, then a sentence for each wanted part that it has not got."""
    return _text(_paper_facts(document), (_MISSING[code] for code in missing))


def pack_subject(pack: Pack) -> str:
    """`Export 2026Q3 of Voorbeeld NV, 42 papers`."""
    papers = "paper" if pack.documents == 1 else "papers"
    return f"Export {_shown(pack.period)} of {_shown(pack.company_name)}, {pack.documents} {papers}"


def pack_text(pack: Pack) -> str:
    """What the ZIP of a period is."""
    facts = {
        "Company": f"{pack.company_name} ({pack.company})",
        "Period": pack.period,
        "Papers": f"{pack.documents}",
        "SHA-256": pack.sha256,
    }
    return _text(facts.items(), ["The attached ZIP holds these papers and a list of them."])


def _text(facts: Rows, sentences: Iterable[str]) -> str:
    rows = "".join(f"{label:<{_LABEL_WIDTH}}{_shown(value)}\n" for label, value in facts if value)
    return rows + "".join(f"\n{sentence}\n" for sentence in sentences)


def _paper_facts(document: Document) -> Iterator[tuple[str, str]]:
    totals = document.totals
    yield "Kind", _kind(document)
    yield "Number", document.number
    yield "Issue date", _day(document.issue_date)
    yield "Due date", _day(document.due_date)
    yield "Supplier", _party(document.supplier)
    yield "Customer", _party(document.customer)
    yield "Without VAT", _amount(document, totals.without_tax)
    yield "VAT", _amount(document, totals.tax)
    yield "With VAT", _amount(document, totals.with_tax)
    yield "To pay", _amount(document, totals.payable)
    if original := document.file(FileRole.ORIGINAL):
        yield "Original", original.name
        yield "SHA-256", original.sha256


def _kind(document: Document) -> str:
    return (document.kind or document.type).replace("_", " ").capitalize()


def _party(party: Party) -> str:
    return f"{party.name} ({party.vat})" if party.name and party.vat else party.name or party.vat


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _amount(document: Document, amount: Decimal | None) -> str:
    return "" if amount is None else f"{_shown(document.currency)} {amount:f}".strip()


def _shown(text: str) -> str:
    return show(text, limit=_LONGEST)
