"""What is odd about the form of a UBL paper; sums and check digits are the core's to judge, in any format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hub import DocumentType, Problem, Totals
from hub.xml import Element, place_of
from hub_ubl_export.node import CAC, CBC

_AMOUNTS = tuple(
    f"{{{CBC}}}{name}"
    for name in (
        "Amount",
        "BaseAmount",
        "PriceAmount",
        "TaxAmount",
        "TaxableAmount",
        "LineExtensionAmount",
        "AllowanceTotalAmount",
        "ChargeTotalAmount",
        "TaxExclusiveAmount",
        "TaxInclusiveAmount",
        "PrepaidAmount",
        "PayableRoundingAmount",
        "PayableAmount",
    )
)
# UNCL1001 codes of credit notes; an Invoice that carries one was meant as such.
_CREDIT_CODES = frozenset({"81", "83", "261", "381", "396", "532"})

Findings = tuple[Problem, ...]


def type_by_sign(root_type: DocumentType, code: str, totals: Totals) -> tuple[DocumentType, Findings]:
    """What the paper is: its root first, then its type code, then the sign of its total."""
    total = totals.payable if totals.with_tax is None else totals.with_tax
    negative = total is not None and total < 0
    if root_type is DocumentType.INVOICE and (negative or code in _CREDIT_CODES):
        why = "its total is negative" if negative else f"its type code is {code}"
        message = f"an Invoice, but {why}: it is a credit note, with its amounts as written"
        return DocumentType.CREDIT_NOTE, (Problem("negative_invoice", message),)
    if root_type is DocumentType.CREDIT_NOTE and negative:
        message = "a credit note with a negative total: it asks for money, look whether that is meant"
        return root_type, (Problem("negative_credit_note", message),)
    return root_type, ()


def other_currencies(root: Element, currency: str, tax_currency: str) -> Findings:
    """Amounts in another currency than the paper's; only a tax total may be in that of the tax return."""
    odd = list(_in_other_currencies(root, {currency, ""}, tax_currency)) if currency else []
    if not odd:
        return ()
    counted = Counter(element.get("currencyID") for element in odd)
    amounts = ", ".join(f"{count} in {str(name)[:10]!a}" for name, count in sorted(counted.items()))
    message = f"the paper is in {currency[:10]!a}, but it has amounts in another currency: {amounts}"
    return (Problem("PEPPOL-EN16931-R051", message, place_of(odd[0])),)


def _in_other_currencies(root: Element, allowed: set[str], tax_currency: str) -> Iterator[Element]:
    for element in root.iter(*_AMOUNTS):
        name = element.get("currencyID")
        if name is None or name in allowed or (name == tax_currency and _is_tax_total(element)):
            continue
        yield element


def _is_tax_total(element: Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag == f"{{{CAC}}}TaxTotal"
