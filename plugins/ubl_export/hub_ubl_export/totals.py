"""The declared totals of a UBL paper, and the discounts and extras that lead to them."""

from __future__ import annotations

from collections.abc import Iterator

from hub import AllowanceCharge, Totals
from hub_ubl_export.node import Node
from hub_ubl_export.taxes import category, tax_total, tax_total_accounting

TOTALS = ("cac:LegalMonetaryTotal", "cac:QuotedMonetaryTotal")


def totals(root: Node, currency: str, tax_currency: str) -> Totals:
    """Every total as it is stated; what is not stated stays None."""
    node = root.only_child(*TOTALS)
    return Totals(
        lines=node.decimal("cbc:LineExtensionAmount"),
        allowances=node.decimal("cbc:AllowanceTotalAmount"),
        charges=node.decimal("cbc:ChargeTotalAmount"),
        without_tax=node.decimal("cbc:TaxExclusiveAmount"),
        tax=tax_total(root, currency),
        tax_accounting=tax_total_accounting(root, currency, tax_currency),
        with_tax=node.decimal("cbc:TaxInclusiveAmount"),
        prepaid=node.decimal("cbc:PrepaidAmount"),
        rounding=node.decimal("cbc:PayableRoundingAmount"),
        payable=node.decimal("cbc:PayableAmount"),
    )


def allowances_charges(node: Node) -> tuple[AllowanceCharge, ...]:
    """Discounts and extras of a line or of the whole paper; one without an amount states nothing."""
    return tuple(_allowances_charges(node)) if node.elements("cac:AllowanceCharge") else ()


def _allowances_charges(node: Node) -> Iterator[AllowanceCharge]:
    for one in node.children("cac:AllowanceCharge"):
        amount = one.decimal("cbc:Amount")
        if amount is None:
            continue
        yield AllowanceCharge(
            charge=one.text("cbc:ChargeIndicator") in {"true", "1"},
            amount=amount,
            base=one.decimal("cbc:BaseAmount"),
            percent=one.decimal("cbc:MultiplierFactorNumeric"),
            reason=one.text("cbc:AllowanceChargeReason"),
            reason_code=one.text("cbc:AllowanceChargeReasonCode"),
            tax=category(one.child("cac:TaxCategory")),
        )
