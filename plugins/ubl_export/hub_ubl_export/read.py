"""Reads any UBL invoice, credit note or quotation, of any customisation: leniently, as it is written."""

from __future__ import annotations

from datetime import date

from hub import Document, DocumentType, Incoming, Party, Problem, media_type
from hub.xml import Element, names
from hub_ubl_export.attachments import attachments
from hub_ubl_export.envelopes import opened
from hub_ubl_export.findings import other_currencies, type_by_sign
from hub_ubl_export.lines import lines
from hub_ubl_export.node import UBL, Node, unreadable
from hub_ubl_export.parties import address, party
from hub_ubl_export.payments import due_date, payment_terms, payments
from hub_ubl_export.references import references
from hub_ubl_export.taxes import subtotals
from hub_ubl_export.totals import TOTALS, allowances_charges, totals

_READ = {
    "Invoice": DocumentType.INVOICE,
    "CreditNote": DocumentType.CREDIT_NOTE,
    "Quotation": DocumentType.QUOTATION,
}
_SUPPLIERS = ("cac:AccountingSupplierParty", "cac:SellerSupplierParty")
_CUSTOMERS = ("cac:AccountingCustomerParty", "cac:BuyerCustomerParty", "cac:OriginatorCustomerParty")


def read(incoming: Incoming) -> Document | None:
    """The paper's facts and embedded files; None when it is no XML at all.

    Raises Unreadable when it is XML of another format, unsafe, or lacks its number or date. A UBL paper of
    another kind (an order, say) comes back as OTHER with the problem `not_bookkeeping`.
    """
    media = media_type(incoming.data)
    if media == "text/html":
        raise unreadable("format.html", "this is an HTML page, not a UBL document")
    if incoming.data and media != "application/xml":
        return None
    root, _ = opened(incoming.data)
    kind = ubl_name(root)
    if kind not in _READ:
        return _other(Node(root), kind)
    return _document(root, _READ[kind])


def ubl_name(root: Element) -> str:
    """The UBL name of a paper (`Invoice`); raises Unreadable, saying what it is instead, when it is none."""
    namespace, local = names(root)
    if namespace == f"{UBL}{local}-2":
        return local
    if local.lower() == "html":
        raise unreadable("format.html", "this is an HTML page, not a UBL document")
    if local in {"CrossIndustryInvoice", "CrossIndustryDocument"}:
        raise unreadable("format.cii", "this is a UN/CEFACT CII invoice, which is not read yet; ask for it as UBL")
    found = f"in the namespace {namespace[:100]!a}" if namespace else "in no namespace"
    raise unreadable("format.namespace", f"this is no UBL document: its root {local[:40]!a} is {found}")


def _document(root: Element, root_type: DocumentType) -> Document:
    node = Node(root)
    number, issued = _identity(node)
    currency, tax_currency = _currency(node), node.only_text("cbc:TaxCurrencyCode")
    type_code = node.only_text("cbc:InvoiceTypeCode") or node.only_text("cbc:CreditNoteTypeCode")
    money = totals(node, currency, tax_currency)
    type_, odd_type = type_by_sign(root_type, type_code, money)
    files, odd_files = attachments(root, number)
    period, delivery = node.child("cac:InvoicePeriod"), node.child("cac:Delivery")
    return Document(
        type=type_,
        declared=root_type if type_ is not root_type else None,
        number=number,
        issue_date=issued,
        due_date=due_date(node),
        valid_until=node.child("cac:ValidityPeriod").day("cbc:EndDate"),
        tax_point_date=node.day("cbc:TaxPointDate"),
        delivery_date=delivery.day("cbc:ActualDeliveryDate"),
        period_start=period.day("cbc:StartDate"),
        period_end=period.day("cbc:EndDate"),
        type_code=type_code,
        currency=currency,
        tax_currency=tax_currency,
        customization=node.text("cbc:CustomizationID"),
        profile=node.text("cbc:ProfileID"),
        buyer_reference=node.text("cbc:BuyerReference"),
        accounting_cost=node.first_text("cbc:AccountingCost", "cbc:AccountingCostCode"),
        payment_terms=payment_terms(node),
        notes=node.texts("cbc:Note"),
        supplier=_party(node, *_SUPPLIERS),
        customer=_party(node, *_CUSTOMERS),
        payee=_other_party(node, "cac:PayeeParty"),
        tax_representative=_other_party(node, "cac:TaxRepresentativeParty"),
        deliver_to=address(delivery.child("cac:DeliveryLocation") or delivery.child("cac:DeliveryAddress")),
        lines=lines(node),
        allowances_charges=allowances_charges(node),
        tax_subtotals=subtotals(node, currency),
        totals=money,
        payments=payments(node),
        references=references(node),
        problems=(*odd_type, *odd_files, *other_currencies(root, currency, tax_currency)),
        files=files,
    )


def _identity(node: Node) -> tuple[str, date]:
    number, issued = node.only_text("cbc:ID"), node.day("cbc:IssueDate")
    if not number:
        raise unreadable("BR-02", "cbc:ID is missing: every paper needs a number")
    if issued is None:
        raise unreadable("BR-03", "cbc:IssueDate is missing: every paper needs a date of issue")
    return number, issued


def _currency(node: Node) -> str:
    stated = node.only_text("cbc:DocumentCurrencyCode") or node.only_text("cbc:PricingCurrencyCode")
    return stated or node.only_child(*TOTALS).attribute("cbc:PayableAmount", "currencyID")


def _party(node: Node, *wrappers: str) -> Party:
    return party(node.only_child(*wrappers).child("cac:Party"))


def _other_party(node: Node, name: str) -> Party | None:
    """A party that is there only when it differs from supplier or customer."""
    found = node.child(name)
    return party(found) if found else None


def _other(node: Node, name: str) -> Document:
    """Another UBL paper: enough of it to recognise it by, for a person to sort."""
    message = f"this is a UBL {name[:40]}, no invoice, credit note or quotation: it is not booked"
    return Document(
        type=DocumentType.OTHER,
        number=node.text("cbc:ID"),
        issue_date=node.day("cbc:IssueDate"),
        supplier=_party(node, *_SUPPLIERS),
        customer=_party(node, *_CUSTOMERS),
        problems=(Problem("not_bookkeeping", message),),
    )
