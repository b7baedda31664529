"""The other papers that a UBL paper names: the credited invoice, the order, what is attached."""

from __future__ import annotations

from collections.abc import Iterator

from hub import Reference
from hub_ubl_export.node import Node

_ROLES = (
    ("order", "cac:OrderReference"),
    ("contract", "cac:ContractDocumentReference"),
    ("despatch", "cac:DespatchDocumentReference"),
    ("receipt", "cac:ReceiptDocumentReference"),
    ("originator", "cac:OriginatorDocumentReference"),
    ("statement", "cac:StatementDocumentReference"),
    ("request", "cac:RequestForQuotationDocumentReference"),
    ("project", "cac:ProjectReference"),
    ("additional", "cac:AdditionalDocumentReference"),
)
_BILLED = ("cac:InvoiceDocumentReference", "cac:CreditNoteDocumentReference")


def references(root: Node) -> tuple[Reference, ...]:
    """All of them; the credited or corrected papers come first."""
    return (*_billing(root), *_others(root))


def _billing(root: Node) -> Iterator[Reference]:
    for billing in root.children("cac:BillingReference"):
        for name in _BILLED:
            yield from (_reference("billing", node) for node in billing.children(name))


def _others(root: Node) -> Iterator[Reference]:
    for role, name in _ROLES:
        yield from (_reference(role, node) for node in root.children(name))


def _reference(role: str, node: Node) -> Reference:
    return Reference(
        role=role,
        number=node.text("cbc:ID"),
        issue_date=node.day("cbc:IssueDate"),
        description=node.first_text("cbc:DocumentDescription", "cbc:DocumentType"),
        uri=node.at("cac:Attachment", "cac:ExternalReference").text("cbc:URI"),
    )
