"""VAT as a UBL paper states it: categories, the amounts per rate, and the totals per currency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from hub import TaxCategory, TaxSubtotal
from hub_ubl_export.node import Node


def category(node: Node) -> TaxCategory:
    """A `cac:TaxCategory` or `cac:ClassifiedTaxCategory`."""
    return TaxCategory(
        code=node.text("cbc:ID"),
        rate=node.decimal("cbc:Percent"),
        name=node.text("cbc:Name"),
        exemption_code=node.text("cbc:TaxExemptionReasonCode"),
        exemption_reason=node.text("cbc:TaxExemptionReason"),
    )


def line_category(item: Node, line: Node) -> TaxCategory:
    """The category of a line: at its item or, in e-FFF papers, in a `cac:TaxTotal` of its own."""
    classified = item.child("cac:ClassifiedTaxCategory")
    if classified:
        return category(classified)
    subtotal = line.at("cac:TaxTotal", "cac:TaxSubtotal")
    return _subtotal(subtotal).tax if subtotal else TaxCategory()


def subtotals(root: Node, currency: str) -> tuple[TaxSubtotal, ...]:
    """The VAT per category and rate, in the paper's currency."""
    totals = _totals_in(root, {currency, ""})
    return tuple(_subtotal(one) for total in totals for one in total.children("cac:TaxSubtotal"))


def tax_total(root: Node, currency: str) -> Decimal | None:
    """The sum of all tax totals in a currency; an amount without one is in the paper's. None: not stated."""
    return _sum(_totals_in(root, {currency, ""}))


def tax_total_accounting(root: Node, currency: str, tax_currency: str) -> Decimal | None:
    """The tax total in the currency of the tax return, when that is another one (BT-111)."""
    return _sum(_totals_in(root, {tax_currency})) if tax_currency not in {"", currency} else None


def _totals_in(root: Node, currencies: set[str]) -> Iterator[Node]:
    for total in root.children("cac:TaxTotal"):
        if total.attribute("cbc:TaxAmount", "currencyID") in currencies:
            yield total


def _sum(totals: Iterator[Node]) -> Decimal | None:
    amounts = [amount for one in totals if (amount := one.decimal("cbc:TaxAmount")) is not None]
    return sum(amounts, Decimal(0)) if amounts else None


def _subtotal(node: Node) -> TaxSubtotal:
    tax = category(node.child("cac:TaxCategory"))
    if tax.rate is None:  # UBL 2.0 has the percentage beside the category
        tax = replace(tax, rate=node.decimal("cbc:Percent"))
    taxable, amount = node.decimal("cbc:TaxableAmount"), node.decimal("cbc:TaxAmount")
    return TaxSubtotal(tax=tax, taxable=taxable, amount=amount)
