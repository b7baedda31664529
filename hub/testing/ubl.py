"""Writes an invented paper as UBL 2.1, in the shape of Peppol BIS Billing 3.0 (a quotation: plain UBL)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal

from hub.core.document import DocumentType
from hub.core.terms import Party, TaxCategory, Totals
from hub.testing.papers import INTRA_EU, Item, Paper
from hub.xml import Element, add, new, serialise

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CAC = f"{_UBL}CommonAggregateComponents-2"
_CBC = f"{_UBL}CommonBasicComponents-2"
_CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"


def ubl(paper: Paper) -> bytes:
    """The paper as bytes, the same every time. The order of elements is the schema's, per kind of paper."""
    name, write = {
        DocumentType.INVOICE: ("Invoice", _invoice),
        DocumentType.CREDIT_NOTE: ("CreditNote", _credit_note),
        DocumentType.QUOTATION: ("Quotation", _quotation),
    }[paper.type]
    root = new(f"{{{_UBL}{name}-2}}{name}", {None: f"{_UBL}{name}-2", "cac": _CAC, "cbc": _CBC})
    write(root, paper)
    return serialise(root)


def _invoice(root: Element, paper: Paper) -> None:
    _head(root, paper)
    _cbc(root, "DueDate", paper.due_date.isoformat())
    _cbc(root, "InvoiceTypeCode", "380")
    _terms(root, paper)
    _attachment(root, paper)
    _parties(root, paper)
    _payment(root, paper)
    _taxes(root, paper)
    _totals(_cac(root, "LegalMonetaryTotal"), paper.totals, paper.currency)
    _lines(root, paper, "InvoiceLine", "InvoicedQuantity")


def _credit_note(root: Element, paper: Paper) -> None:
    _head(root, paper)
    _cbc(root, "CreditNoteTypeCode", "381")
    _terms(root, paper)
    if paper.credited:
        billing = _cac(_cac(root, "BillingReference"), "InvoiceDocumentReference")
        _cbc(billing, "ID", paper.credited)
    _attachment(root, paper)
    _parties(root, paper)
    _payment(root, paper)
    _taxes(root, paper)
    _totals(_cac(root, "LegalMonetaryTotal"), paper.totals, paper.currency)
    _lines(root, paper, "CreditNoteLine", "CreditedQuantity")


def _quotation(root: Element, paper: Paper) -> None:
    _cbc(root, "ID", paper.number)
    _cbc(root, "IssueDate", paper.issue_date.isoformat())
    _cbc(root, "Note", paper.note)
    _cbc(root, "PricingCurrencyCode", paper.currency)
    _cbc(_cac(root, "ValidityPeriod"), "EndDate", paper.due_date.isoformat())
    _attachment(root, paper)
    _party(_cac(_cac(root, "SellerSupplierParty"), "Party"), paper.supplier)
    _party(_cac(_cac(root, "BuyerCustomerParty"), "Party"), paper.customer)
    _taxes(root, paper)
    _totals(_cac(root, "QuotedMonetaryTotal"), paper.totals, paper.currency)
    for number, item in enumerate(paper.items, start=1):
        line = _cac(root, "QuotationLine")
        _cbc(line, "ID", str(number))
        goods = _cac(line, "LineItem")
        _measures(goods, paper, number, "Quantity")
        _price(goods, item, paper.currency)
        _item(goods, item)


def _head(root: Element, paper: Paper) -> None:
    _cbc(root, "CustomizationID", _CUSTOMIZATION)
    _cbc(root, "ProfileID", _PROFILE)
    _cbc(root, "ID", paper.number)
    _cbc(root, "IssueDate", paper.issue_date.isoformat())


def _terms(root: Element, paper: Paper) -> None:
    _cbc(root, "Note", paper.note)
    _cbc(root, "DocumentCurrencyCode", paper.currency)
    _cbc(root, "BuyerReference", paper.buyer_reference)


def _attachment(root: Element, paper: Paper) -> None:
    if paper.pdf is None:
        return
    reference = _cac(root, "AdditionalDocumentReference")
    _cbc(reference, "ID", paper.number)
    name = "".join(char if char.isalnum() else "-" for char in paper.number)
    about = {"mimeCode": "application/pdf", "filename": f"{name}.pdf"}
    embedded = base64.b64encode(paper.pdf).decode()
    _cbc(_cac(reference, "Attachment"), "EmbeddedDocumentBinaryObject", embedded, about)


def _parties(root: Element, paper: Paper) -> None:
    _party(_cac(_cac(root, "AccountingSupplierParty"), "Party"), paper.supplier)
    _party(_cac(_cac(root, "AccountingCustomerParty"), "Party"), paper.customer)
    if any(item.tax == INTRA_EU for item in paper.items):  # it then has to say when and to which country
        delivery = _cac(root, "Delivery")
        _cbc(delivery, "ActualDeliveryDate", paper.issue_date.isoformat())
        address = _cac(_cac(delivery, "DeliveryLocation"), "Address")
        _cbc(_cac(address, "Country"), "IdentificationCode", paper.customer.address.country)


def _party(node: Element, party: Party) -> None:
    if party.endpoint:
        _cbc(node, "EndpointID", party.endpoint.value, {"schemeID": party.endpoint.scheme})
    if party.trade_name:
        _cbc(_cac(node, "PartyName"), "Name", party.trade_name)
    _address(_cac(node, "PostalAddress"), party)
    if party.vat:
        scheme = _cac(node, "PartyTaxScheme")
        _cbc(scheme, "CompanyID", party.vat)
        _cbc(_cac(scheme, "TaxScheme"), "ID", "VAT")
    legal = _cac(node, "PartyLegalEntity")
    _cbc(legal, "RegistrationName", party.name)
    if party.legal:
        _cbc(legal, "CompanyID", party.legal.value, {"schemeID": party.legal.scheme})
    if party.email:
        _cbc(_cac(node, "Contact"), "ElectronicMail", party.email)


def _address(node: Element, party: Party) -> None:
    _cbc(node, "StreetName", party.address.street)
    _cbc(node, "CityName", party.address.city)
    _cbc(node, "PostalZone", party.address.postal_zone)
    _cbc(_cac(node, "Country"), "IdentificationCode", party.address.country)


def _payment(root: Element, paper: Paper) -> None:
    means = _cac(root, "PaymentMeans")
    _cbc(means, "PaymentMeansCode", "30")
    if paper.type is DocumentType.CREDIT_NOTE:
        _cbc(means, "PaymentDueDate", paper.due_date.isoformat())
    _cbc(means, "PaymentID", paper.payment_reference)
    _cbc(_cac(means, "PayeeFinancialAccount"), "ID", paper.account)


def _taxes(root: Element, paper: Paper) -> None:
    total = _cac(root, "TaxTotal")
    _amount(total, "TaxAmount", paper.totals.tax, paper.currency)
    for one in paper.tax_subtotals:
        subtotal = _cac(total, "TaxSubtotal")
        _amount(subtotal, "TaxableAmount", one.taxable, paper.currency)
        _amount(subtotal, "TaxAmount", one.amount, paper.currency)
        _category(_cac(subtotal, "TaxCategory"), one.tax, reasons=True)


def _totals(node: Element, totals: Totals, currency: str) -> None:
    _amount(node, "LineExtensionAmount", totals.lines, currency)
    _amount(node, "TaxExclusiveAmount", totals.without_tax, currency)
    _amount(node, "TaxInclusiveAmount", totals.with_tax, currency)
    _amount(node, "PayableAmount", totals.payable, currency)


def _lines(root: Element, paper: Paper, name: str, quantity: str) -> None:
    for number, item in enumerate(paper.items, start=1):
        line = _cac(root, name)
        _measures(line, paper, number, quantity)
        _item(line, item)
        _price(line, item, paper.currency)


def _measures(node: Element, paper: Paper, number: int, quantity: str) -> None:
    item = paper.items[number - 1]
    _cbc(node, "ID", str(number))
    _cbc(node, quantity, f"{item.quantity:f}", {"unitCode": "C62"})
    _amount(node, "LineExtensionAmount", item.net, paper.currency)


def _item(node: Element, item: Item) -> None:
    goods = _cac(node, "Item")
    _cbc(goods, "Name", item.name)
    _category(_cac(goods, "ClassifiedTaxCategory"), item.tax, reasons=False)


def _price(node: Element, item: Item, currency: str) -> None:
    _cbc(_cac(node, "Price"), "PriceAmount", f"{item.price:f}", {"currencyID": currency})


def _category(node: Element, tax: TaxCategory, *, reasons: bool) -> None:
    _cbc(node, "ID", tax.code)
    _cbc(node, "Percent", f"{tax.rate:f}" if tax.rate is not None else "")
    if reasons:
        _cbc(node, "TaxExemptionReasonCode", tax.exemption_code)
        _cbc(node, "TaxExemptionReason", tax.exemption_reason)
    _cbc(_cac(node, "TaxScheme"), "ID", "VAT")


def _amount(parent: Element, name: str, amount: Decimal | None, currency: str) -> None:
    if amount is not None:
        _cbc(parent, name, f"{amount:.2f}", {"currencyID": currency})


def _cac(parent: Element, name: str) -> Element:
    return add(parent, f"{{{_CAC}}}{name}")


def _cbc(parent: Element, name: str, text: str, attributes: Mapping[str, str] | None = None) -> None:
    """A term; one without text is left out, for Peppol allows no empty element."""
    if text:
        add(parent, f"{{{_CBC}}}{name}", text, attributes)
