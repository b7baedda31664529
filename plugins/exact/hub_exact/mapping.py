"""A sales paper as a sales entry of Exact: one line for each VAT code, with the paper's own VAT amounts. Pure.

What was prepared names the revenue account by its code; its id and the customer's are Exact's, and are put in when
it is sent (`entries.py`). Exact would compute VAT anew for each line, so each VAT amount is stated.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub import Document, DocumentType, Held, Kind, TaxCategory, TaxSubtotal
from hub_exact.settings import Ledger
from hub_exact.vat import NEEDS_VAT_NUMBER, VatCase, code_for

# Lengths as connectors and the dictionary of Exact's database have them; the reference states none.
MAX_REFERENCE, MAX_DESCRIPTION = 30, 60
CREDIT_NOTE = 21  # SalesEntries.Type; an entry is 20
CURRENCY = "EUR"
_CENT = Decimal("0.01")
_ZERO = Decimal(0)
_ROUNDING = TaxCategory(code="O", rate=_ZERO)  # BT-114 is outside VAT


@dataclass(frozen=True, slots=True)
class Figures:
    """A paper's totals, checked against its parts: without VAT, VAT, with VAT, and the rounding beside them."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    rounding: Decimal


def sales_entry(document: Document, ledger: Ledger) -> dict[str, Any]:
    """The entry, in Exact's names and order. Raises Held for a paper that cannot be booked as it is."""
    figures = figures_of(document)
    sign = sign_of(document, figures.gross)
    entry: dict[str, Any] = {"Journal": ledger.journal, "EntryDate": _issue_date(document)}
    if document.due_date:
        entry["DueDate"] = document.due_date.isoformat()
    entry |= {"YourRef": reference_of(document), "Description": _description(document), "Currency": _currency(document)}
    if reference := _payment_reference(document):
        entry["PaymentReference"] = reference
    if _kind(document) is Kind.SALES_CREDIT_NOTE:
        entry["Type"] = CREDIT_NOTE
    groups = _groups(document, ledger, figures.rounding)
    entry["SalesEntryLines"] = [_line(group, code, ledger, sign) for code, group in groups.items()]
    return entry


def to_bytes(row: Mapping[str, Any]) -> bytes:
    """The same bytes for the same row; amounts are numbers of at most two decimals."""
    return json.dumps(row, ensure_ascii=False, indent=1, default=float).encode()


def from_bytes(data: bytes) -> dict[str, Any]:
    """What `to_bytes` wrote, amounts as Decimal."""
    row: dict[str, Any] = json.loads(data, parse_float=Decimal)
    return row


def same_booking(entry: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Both would be booked alike: the same journal, VAT codes and amounts."""
    return _booking(entry) == _booking(other)


def reference_of(document: Document) -> str:
    """The paper's number, whole: by it an entry is found again."""
    number = document.number.strip()
    if not number or not number.isprintable():
        raise Held("number_unusable", "the paper has no number that Exact could keep")
    if len(number) > MAX_REFERENCE:
        raise Held("number_too_long", f"Exact keeps {MAX_REFERENCE} characters of a number, this one has {len(number)}")
    return number


def figures_of(document: Document) -> Figures:
    """The totals; raises Held when one is not stated or they do not add up to the last cent."""
    totals = document.totals
    net, tax, gross = (
        _stated(totals.without_tax, "BT-109"),
        _stated(totals.tax, "BT-110"),
        _stated(totals.with_tax, "BT-112"),
    )
    base = sum((_stated(one.taxable, "BT-116") for one in document.tax_subtotals), _ZERO)
    vat = sum((_stated(one.amount, "BT-117") for one in document.tax_subtotals), _ZERO)
    _same("the taxable amounts", base, "the total without VAT", net)
    _same("the VAT amounts", vat, "the total VAT", tax)
    _same("the totals without VAT and of VAT", net + tax, "the total with VAT", gross)
    return Figures(net, tax, gross, _stated(totals.rounding or _ZERO, "BT-114"))


def sign_of(document: Document, gross: Decimal) -> int:
    """-1 for a credit note with positive amounts, as UBL writes it; Exact wants them negative."""
    if document.type is not DocumentType.CREDIT_NOTE:
        if gross < 0:
            raise Held("negative_invoice", f"an invoice of {gross} asks for no money: a person decides what it is")
        return 1
    if gross >= 0:
        return -1
    if document.declared is DocumentType.INVOICE:  # a negative invoice keeps its amounts as written
        return 1
    raise Held("negative_credit_note", f"a credit note of {gross} asks for money: a person decides what it is")


@dataclass(slots=True)
class _Group:
    """What one VAT code of a paper adds up to."""

    text: str
    base: Decimal = _ZERO
    tax: Decimal = _ZERO


def _groups(document: Document, ledger: Ledger, rounding: Decimal) -> dict[str, _Group]:
    groups: dict[str, _Group] = {}
    for one in _parts(document, rounding):
        case = VatCase.of(one.tax, document, _kind(document))
        if case.category in NEEDS_VAT_NUMBER and not document.customer.vat.strip():
            raise Held("customer_vat_missing", f"the customer needs a VAT number for {case}")
        code = code_for(case, ledger.vat_codes)
        group = groups.setdefault(code, _Group(_text(one.tax, document)))
        group.base += one.taxable or _ZERO
        group.tax += one.amount or _ZERO
    return groups


def _parts(document: Document, rounding: Decimal) -> Iterable[TaxSubtotal]:
    yield from document.tax_subtotals
    if rounding:
        yield TaxSubtotal(tax=_ROUNDING, taxable=rounding, amount=_ZERO)


def _kind(document: Document) -> Kind:
    return Kind.SALES_CREDIT_NOTE if document.type is DocumentType.CREDIT_NOTE else Kind.SALES_INVOICE


def _line(group: _Group, code: str, ledger: Ledger, sign: int) -> dict[str, Any]:
    return {
        "GLAccount": ledger.gl_account,
        "VATCode": code,
        "AmountFC": _signed(sign, group.base),
        "VATAmountFC": _signed(sign, group.tax),
        "Description": group.text,
    }


def _signed(sign: int, amount: Decimal) -> Decimal:
    """In cents, and never a negative zero."""
    return (sign * amount + _ZERO).quantize(_CENT)


def _booking(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    lines = entry["SalesEntryLines"]
    return entry["Journal"], *((line["VATCode"], line["AmountFC"], line["VATAmountFC"]) for line in lines)


def _text(tax: TaxCategory, document: Document) -> str:
    """The first thing that was sold at this VAT."""
    if tax is _ROUNDING:
        return "Rounding"
    names = (line.name for line in document.lines if (line.tax.code, line.tax.rate) == (tax.code, tax.rate))
    return _cut(next((name for name in names if name.strip()), f"VAT {tax.code} {tax.rate or _ZERO:f} %"))


def _description(document: Document) -> str:
    credited = next((one.number for one in document.references if one.role == "billing" and one.number), "")
    about = f" / {credited}" if document.type is DocumentType.CREDIT_NOTE and credited else ""
    return _cut(f"{document.number.strip()}{about} {document.customer.name}")


def _payment_reference(document: Document) -> str:
    """The reference to pay with, as printed; one that is too long is left out, for half of one pays nothing."""
    written = next((one.reference.strip() for one in document.payments if one.reference.strip()), "")
    return written if len(written) <= MAX_DESCRIPTION and written.isprintable() else ""


def _cut(text: str) -> str:
    kept = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(kept.split())[:MAX_DESCRIPTION].strip()


def _issue_date(document: Document) -> str:
    if document.issue_date is None:
        raise Held("date_missing", "the paper has no issue date")
    return document.issue_date.isoformat()


def _currency(document: Document) -> str:
    if document.currency.strip().upper() != CURRENCY:
        raise Held("currency", f"papers in {CURRENCY} are booked, this one is in {document.currency[:10]!a}")
    return CURRENCY


def _stated(amount: Decimal | None, term: str) -> Decimal:
    if amount is None:
        raise Held("totals_missing", f"the paper does not state {term}")
    if amount != amount.quantize(_CENT):
        raise Held("totals_differ", f"{term} is {amount:f}, which is no amount in cents")
    return amount.quantize(_CENT)


def _same(what: str, amount: Decimal, other: str, stated: Decimal) -> None:
    if amount != stated:
        raise Held("totals_differ", f"{what} add up to {amount:f}, but {other} is {stated:f}")
