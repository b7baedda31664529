"""The parts of a paper: the EN 16931 terms a bookkeeper needs, as small frozen records in Decimal.

Terms are named after EN 16931 (BT-n and BG-n in the comments). A term that the paper does not state is None or empty:
nothing here is ever repaired or guessed. Amounts are in the document's currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number with its scheme (ISO 6523 or EAS code), as written."""

    value: str
    scheme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address (BG-5, BG-8)."""

    street: str = ""
    additional_street: str = ""
    line: str = ""
    city: str = ""
    postal_zone: str = ""
    subdivision: str = ""
    country: str = ""  # ISO 3166-1 alpha-2


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A supplier, customer or payee (BG-4, BG-7, BG-10)."""

    name: str = ""  # registration name, else trade name
    trade_name: str = ""
    vat: str = ""  # BT-31, BT-48: as written
    tax_registration: str = ""  # BT-32
    legal: Identifier | None = None  # BT-30, BT-47
    endpoint: Identifier | None = None  # BT-34, BT-49
    identifiers: tuple[Identifier, ...] = ()  # BT-29, BT-46
    address: Address = Address()
    contact_name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxCategory:
    """A VAT category (UNCL5305) with its rate in percent; `name` is the UBL.BE name when it is there."""

    code: str = ""
    rate: Decimal | None = None
    name: str = ""
    exemption_code: str = ""  # VATEX
    exemption_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceCharge:
    """A discount (allowance) or an extra (charge), of a line or of the whole paper (BG-20, 21, 27, 28)."""

    charge: bool
    amount: Decimal
    base: Decimal | None = None
    percent: Decimal | None = None
    reason: str = ""
    reason_code: str = ""
    tax: TaxCategory = TaxCategory()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line (BG-25). `net` is the line's amount without VAT (BT-131) and rules over price x quantity."""

    id: str = ""
    name: str = ""
    description: str = ""
    note: str = ""
    quantity: Decimal | None = None
    unit: str = ""  # UN/ECE Rec 20
    price: Decimal | None = None
    base_quantity: Decimal | None = None
    net: Decimal | None = None
    tax: TaxCategory = TaxCategory()
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    seller_item: str = ""
    buyer_item: str = ""
    standard_item: Identifier | None = None
    accounting_cost: str = ""  # BT-133
    order_line: str = ""
    period_start: date | None = None
    period_end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxSubtotal:
    """The VAT of one category and rate (BG-23)."""

    tax: TaxCategory
    taxable: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The declared totals (BG-22). None is "not stated", never zero."""

    lines: Decimal | None = None  # BT-106
    allowances: Decimal | None = None  # BT-107
    charges: Decimal | None = None  # BT-108
    without_tax: Decimal | None = None  # BT-109
    tax: Decimal | None = None  # BT-110
    tax_accounting: Decimal | None = None  # BT-111, in the tax currency
    with_tax: Decimal | None = None  # BT-112
    prepaid: Decimal | None = None  # BT-113
    rounding: Decimal | None = None  # BT-114
    payable: Decimal | None = None  # BT-115


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How to pay (BG-16). `reference` is BT-83 as written: a structured communication or free text."""

    means: str = ""  # UNCL4461
    means_text: str = ""
    reference: str = ""
    account: str = ""  # IBAN or other account number
    account_name: str = ""
    institution: str = ""  # BIC
    card: str = ""
    mandate: str = ""
    debited_account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Another paper this one names. `role` is the UBL element's word: `billing`, `order`, `contract`, ..."""

    role: str
    number: str
    issue_date: date | None = None
    description: str = ""
    uri: str = ""  # kept as text, never fetched
