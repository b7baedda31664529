"""How a UBL paper wants to be paid, and by when."""

from __future__ import annotations

from datetime import date

from hub import Payment
from hub_ubl_export.node import Node


def payments(root: Node) -> tuple[Payment, ...]:
    """One for each account or means that is named."""
    return tuple(_payment(node) for node in root.children("cac:PaymentMeans"))


def due_date(root: Node) -> date | None:
    """When to pay, as the paper, a means of payment or the terms say."""
    stated = root.day("cbc:DueDate")
    means = (node.day("cbc:PaymentDueDate") for node in root.children("cac:PaymentMeans"))
    terms = (node.day("cbc:PaymentDueDate") for node in root.children("cac:PaymentTerms"))
    return stated or next((day for days in (means, terms) for day in days if day), None)


def payment_terms(root: Node) -> str:
    """The terms of payment in words (BT-20)."""
    return "\n".join(note for node in root.children("cac:PaymentTerms") for note in node.texts("cbc:Note"))


def _payment(node: Node) -> Payment:
    account, mandate = node.child("cac:PayeeFinancialAccount"), node.child("cac:PaymentMandate")
    branch = account.child("cac:FinancialInstitutionBranch")
    return Payment(
        means=node.text("cbc:PaymentMeansCode"),
        means_text=node.attribute("cbc:PaymentMeansCode", "name"),
        reference=node.first_text("cbc:PaymentID", "cbc:InstructionID", "cbc:InstructionNote"),
        account=account.text("cbc:ID"),
        account_name=account.text("cbc:Name"),
        institution=branch.text("cbc:ID") or branch.child("cac:FinancialInstitution").text("cbc:ID"),
        card=node.child("cac:CardAccount").text("cbc:PrimaryAccountNumberID"),
        mandate=mandate.text("cbc:ID"),
        debited_account=mandate.child("cac:PayerFinancialAccount").text("cbc:ID"),
    )
