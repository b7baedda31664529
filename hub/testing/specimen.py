"""One invented invoice with its PDF, and deliveries of it: what contract suites and examples deliver.

The companies do not exist; their enterprise numbers only have valid check digits.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hub.core.delivery import Delivery, Pack, Role
from hub.core.document import Document, DocumentType, Kind
from hub.core.files import File, FileRole
from hub.core.terms import Address, Line, Party, TaxCategory, TaxSubtotal, Totals

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
COMPANY = "0123456749"
COMPANY_NAME = "Voorbeeld NV"

_NAMESPACE = uuid.UUID("7b0f3a52-6a3c-4a3e-9f43-0c9a5f1f2e11")  # random: no hub has it

_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
  <cbc:ID>{number}</cbc:ID>
  <cbc:IssueDate>2026-01-15</cbc:IssueDate>
  <cbc:DueDate>2026-02-14</cbc:DueDate>
  <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:AccountingSupplierParty><cac:Party>
    <cac:PartyTaxScheme><cbc:CompanyID>BE0123456749</cbc:CompanyID>
      <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
    <cac:PartyLegalEntity><cbc:RegistrationName>Voorbeeld NV</cbc:RegistrationName></cac:PartyLegalEntity>
  </cac:Party></cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty><cac:Party>
    <cac:PartyLegalEntity><cbc:RegistrationName>Klant BV</cbc:RegistrationName></cac:PartyLegalEntity>
  </cac:Party></cac:AccountingCustomerParty>
  <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">25.19</cbc:TaxAmount></cac:TaxTotal>
  <cac:LegalMonetaryTotal>
    <cbc:LineExtensionAmount currencyID="EUR">119.95</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="EUR">119.95</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount currencyID="EUR">145.14</cbc:TaxInclusiveAmount>
    <cbc:PayableAmount currencyID="EUR">145.14</cbc:PayableAmount>
  </cac:LegalMonetaryTotal>
  <cac:InvoiceLine>
    <cbc:ID>1</cbc:ID>
    <cbc:InvoicedQuantity unitCode="C62">5</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="EUR">119.95</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>Example goods</cbc:Name></cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="EUR">23.99</cbc:PriceAmount></cac:Price>
  </cac:InvoiceLine>
</Invoice>
"""

_PDF = b"""%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>> endobj
trailer <</Root 1 0 R>>
%%EOF
"""


def sample_document(number: str = "F2026-0001", **changes: Any) -> Document:
    """An accepted sales invoice of EUR 145.14, an XML original with its PDF; `changes` are fields."""
    original = File.of(f"{number}.xml", "application/xml", _XML.format(number=number).encode())
    picture = File.of(f"{number}.pdf", "application/pdf", _PDF, FileRole.PDF)
    document = Document(
        type=DocumentType.INVOICE,
        number=number,
        issue_date=date(2026, 1, 15),
        due_date=date(2026, 2, 14),
        type_code="380",
        currency="EUR",
        customization="urn:cen.eu:en16931:2017",
        supplier=Party(name=COMPANY_NAME, vat="BE0123456749", address=Address(country="BE")),
        customer=Party(name="Klant BV", vat="BE0876543270", address=Address(country="BE")),
        lines=(_line(),),
        tax_subtotals=(TaxSubtotal(tax=_line().tax, taxable=Decimal("119.95"), amount=Decimal("25.19")),),
        totals=_totals(),
        files=(original, picture),
        id=1,
        uid=hashlib.sha256(number.encode()).hexdigest()[:32],
        company=COMPANY,
        kind=Kind.SALES_INVOICE,
        sha256=original.sha256,
        source="import",
        arrived_at=NOW,
    )
    return replace(document, **changes)


def _line() -> Line:
    return Line(
        id="1",
        name="Example goods",
        quantity=Decimal(5),
        unit="C62",
        price=Decimal("23.99"),
        net=Decimal("119.95"),
        tax=TaxCategory(code="S", rate=Decimal(21)),
    )


def _totals() -> Totals:
    net, tax, gross = Decimal("119.95"), Decimal("25.19"), Decimal("145.14")
    return Totals(lines=net, without_tax=net, tax=tax, with_tax=gross, payable=gross)


def make_delivery(subject: Document | Pack | None = None, **changes: Any) -> Delivery:
    """A first attempt to deliver `subject`, whose bytes decide the key; `changes` are fields."""
    subject = subject or sample_document()
    delivery = Delivery(
        id=1,
        key=str(uuid.uuid5(_NAMESPACE, subject.sha256)),
        generation=1,
        destination="specimen",
        company=COMPANY,
        company_name=COMPANY_NAME,
        role=Role.COPY,
        kind=subject.kind if isinstance(subject, Document) else None,
        created_at=NOW,
    )
    return replace(delivery, **changes)


def make_pack(data: bytes = b"PK\x05\x06" + bytes(18), **changes: Any) -> Pack:
    """The pack of a quarter (an empty ZIP unless `data` is given); `changes` are fields."""
    file = File.of(f"{COMPANY}_2026Q1.zip", "application/zip", data)
    pack = Pack(
        id=1,
        company=COMPANY,
        company_name=COMPANY_NAME,
        period="2026Q1",
        sha256=file.sha256,
        size=file.size,
        documents=3,
        file=file,
    )
    return replace(pack, **changes)
