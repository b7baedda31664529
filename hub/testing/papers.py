"""Invented business papers as records, with sums that are right: what `hub.testing.samples` writes as UBL.

The companies do not exist; their enterprise numbers only have valid check digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from hub.core.document import DocumentType
from hub.core.terms import Address, Identifier, Party, TaxCategory, TaxSubtotal, Totals

_CENT = Decimal("0.01")

# The VAT cases of a Belgian company; reasons by EN 16931's VATEX list where it has one.
VAT_21 = TaxCategory(code="S", rate=Decimal(21))
VAT_12 = TaxCategory(code="S", rate=Decimal(12))
VAT_6 = TaxCategory(code="S", rate=Decimal(6))
ZERO_RATE = TaxCategory(code="Z", rate=Decimal(0))
REVERSE_CHARGE = TaxCategory(
    code="AE", rate=Decimal(0), exemption_code="VATEX-EU-AE", exemption_reason="Verlegging van heffing"
)
INTRA_EU = TaxCategory(
    code="K", rate=Decimal(0), exemption_code="VATEX-EU-IC", exemption_reason="Intracommunautaire levering"
)
EXPORT = TaxCategory(code="G", rate=Decimal(0), exemption_code="VATEX-EU-G", exemption_reason="Uitvoer")
EXEMPT = TaxCategory(
    code="E", rate=Decimal(0), exemption_reason="Bijzondere vrijstellingsregeling kleine ondernemingen"
)


def belgian(name: str, number: str, city: str) -> Party:
    """A company in Belgium: its enterprise number (10 digits) is also its VAT number and Peppol address."""
    return Party(
        name=name,
        trade_name=name,
        vat=f"BE{number}",
        legal=Identifier(number, "0208"),
        endpoint=Identifier(number, "0208"),
        address=Address(street="Kerkstraat 1", city=city, postal_zone="9000", country="BE"),
        email=f"info@{name.partition(' ')[0].lower()}.example",
    )


SUPPLIER = belgian("Voorbeeld NV", "0123456749", "Gent")
CUSTOMER = belgian("Klant BV", "0876543270", "Brugge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line: so many pieces at a price each, without VAT."""

    name: str = "Voorbeeldartikel"
    quantity: Decimal = Decimal(1)
    price: Decimal = Decimal("100.00")
    tax: TaxCategory = VAT_21

    @property
    def net(self) -> Decimal:
        """The line's amount, rounded once."""
        return _rounded(self.quantity * self.price)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """An invoice, credit note or quotation. `due_date` of a quotation is the day until which it is valid."""

    type: DocumentType = DocumentType.INVOICE
    number: str = "F2026-0001"
    issue_date: date = date(2026, 1, 15)
    due_date: date = date(2026, 2, 14)
    supplier: Party = SUPPLIER
    customer: Party = CUSTOMER
    items: tuple[Item, ...] = (Item(quantity=Decimal(5), price=Decimal("23.99")),)
    currency: str = "EUR"
    note: str = ""
    buyer_reference: str = "PO-77"
    account: str = "BE42001999999954"  # an example: valid check digits, no such account
    payment_reference: str = "+++001/2345/67803+++"
    credited: str = ""  # number of the invoice that a credit note is about
    pdf: bytes | None = None

    @property
    def tax_subtotals(self) -> tuple[TaxSubtotal, ...]:
        """The VAT of each category and rate, rounded once per rate, in the order of the lines."""
        taxes = dict.fromkeys(item.tax for item in self.items)
        return tuple(_subtotal(tax, self.items) for tax in taxes)

    @property
    def totals(self) -> Totals:
        """The sums, from rounded parts."""
        net = sum((item.net for item in self.items), Decimal(0))
        tax = sum((one.amount or Decimal(0) for one in self.tax_subtotals), Decimal(0))
        return Totals(lines=net, without_tax=net, tax=tax, with_tax=net + tax, payable=net + tax)


def _subtotal(tax: TaxCategory, items: tuple[Item, ...]) -> TaxSubtotal:
    taxable = sum((item.net for item in items if item.tax == tax), Decimal(0))
    return TaxSubtotal(tax=tax, taxable=taxable, amount=_rounded(taxable * (tax.rate or 0) / 100))


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
