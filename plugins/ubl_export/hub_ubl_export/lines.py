"""The lines of a UBL paper. The line's amount rules: price and quantity are read, never made to fit."""

from __future__ import annotations

from hub import Identifier, Line
from hub_ubl_export.node import Node
from hub_ubl_export.taxes import line_category
from hub_ubl_export.totals import allowances_charges

LINES = ("cac:InvoiceLine", "cac:CreditNoteLine", "cac:QuotationLine")
_QUANTITIES = ("cbc:InvoicedQuantity", "cbc:CreditedQuantity", "cbc:Quantity")


def lines(root: Node) -> tuple[Line, ...]:
    """Every line, in order; two with the same id are both kept."""
    return tuple(_line(node) for name in LINES for node in root.children(name))


def _line(outer: Node) -> Line:
    """A quotation line holds a `cac:LineItem` with the goods; the others hold the goods themselves."""
    node = outer.child("cac:LineItem") or outer
    item, price = node.child("cac:Item"), node.child("cac:Price")
    quantity = node.first_name(*_QUANTITIES)
    period = node.child("cac:InvoicePeriod")
    net = node.decimal("cbc:LineExtensionAmount")
    return Line(
        id=outer.text("cbc:ID") or node.text("cbc:ID"),
        name=item.text("cbc:Name"),
        description="\n".join(item.texts("cbc:Description")),
        note="\n".join(outer.texts("cbc:Note")),
        quantity=node.decimal(quantity),
        unit=node.attribute(quantity, "unitCode"),
        price=price.decimal("cbc:PriceAmount"),
        base_quantity=price.decimal("cbc:BaseQuantity"),
        net=outer.decimal("cbc:LineExtensionAmount") if net is None else net,
        tax=line_category(item, node),
        allowances_charges=allowances_charges(node),
        seller_item=item.child("cac:SellersItemIdentification").text("cbc:ID"),
        buyer_item=item.child("cac:BuyersItemIdentification").text("cbc:ID"),
        standard_item=_standard_item(item),
        accounting_cost=node.first_text("cbc:AccountingCost", "cbc:AccountingCostCode"),
        order_line=node.child("cac:OrderLineReference").text("cbc:LineID"),
        period_start=period.day("cbc:StartDate"),
        period_end=period.day("cbc:EndDate"),
    )


def _standard_item(item: Node) -> Identifier | None:
    standard = item.child("cac:StandardItemIdentification")
    value = standard.text("cbc:ID")
    return Identifier(value, standard.attribute("cbc:ID", "schemeID")) if value else None
