"""What a fresh far side holds: two invented Belgian companies, examples, with what bookkeeping needs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

Row = dict[str, Any]

_NAMES = uuid.UUID("1c5b7a0e-54c1-4d43-9a3f-0c1b7a0f2d11")
USER_ID = str(uuid.uuid5(_NAMES, "user"))

Companies = Mapping[int, tuple[str, str]]

# By division: name, and an example enterprise number with valid check digits.
COMPANIES: Companies = {123456: ("Voorbeeld NV", "0123456749"), 123457: ("Exemple Travaux SRL", "0999000228")}
_JOURNALS = (
    ("700", "Verkopen", 20, True),
    ("701", "Verkopen winkel", 20, False),
    ("600", "Aankopen", 22, True),
    ("550", "Bank", 12, False),
    ("900", "Diversen", 90, True),
)
_GL_ACCOUNTS = (
    ("400000", "Handelsdebiteuren", 20, "B", None),
    ("440000", "Leveranciers", 22, "B", None),
    ("451000", "Te betalen btw", 24, "B", None),
    ("550000", "Bank", 12, "B", None),
    ("604000", "Aankopen handelsgoederen", 111, "W", None),
    ("657000", "Afrondingsverschillen", 120, "W", "000"),
    ("700000", "Omzet goederen", 110, "W", "210"),
    ("705000", "Omzet diensten", 110, "W", "210"),
    ("707000", "Omzet zonder btw-code", 110, "W", None),
)
# code, description, fraction, type, transaction type, EU listing, blocked
_VAT_CODES = (
    ("210", "Btw 21 %", "0.21", "E", "S", "N", False),
    ("120", "Btw 12 %", "0.12", "E", "S", "N", False),
    ("060", "Btw 6 %", "0.06", "E", "S", "N", False),
    ("000", "Geen btw", "0", "N", "B", "N", False),
    ("00", "Btw 0 %", "0", "B", "S", "N", False),
    ("MC", "Medecontractant", "0", "B", "S", "N", False),
    ("ICG", "Intracommunautaire levering goederen", "0", "B", "S", "L", False),
    ("ICD", "Intracommunautaire diensten", "0", "B", "S", "S", False),
    ("EXP", "Uitvoer", "0", "B", "S", "N", False),
    ("VRY", "Vrijgesteld", "0", "E", "S", "N", False),
    ("21I", "Btw 21 % inbegrepen", "0.21", "I", "S", "N", False),
    ("A21", "Aankopen 21 %", "0.21", "E", "P", "N", False),
    ("OUD", "Btw 20 % (vroeger)", "0.20", "E", "S", "N", True),
)
_CONDITIONS = (("00", "Contant", 0), ("14", "14 dagen", 14), ("30", "30 dagen", 30), ("60", "60 dagen", 60))
_DOCUMENT_TYPES = ((10, "Verkoopfactuur"), (20, "Aankoopfactuur"), (55, "Bijlage"), (183, "Diversen"))


def id_of(division: int, resource: str, code: str) -> str:
    """The GUID of what is seeded; the same in every run."""
    return str(uuid.uuid5(_NAMES, f"{division}/{resource}/{code}"))


def content(companies: Companies) -> dict[int, dict[str, list[Row]]]:
    """The rows of each division by resource."""
    return {division: _content(division) for division in companies}


def divisions(companies: Companies) -> list[Row]:
    """The companies that the user may open; the first is the one last looked at."""
    first = next(iter(companies))
    return [_division(number, company, current=number == first) for number, company in companies.items()]


def me(companies: Companies) -> Row:
    """The user, who last looked at the first division."""
    division, (_, enterprise) = next(iter(companies.items()))
    return {
        "UserID": USER_ID,
        "FullName": "Ann Voorbeeld",
        "UserName": "ann.voorbeeld",
        "Email": "ann@voorbeeld.example",
        "CurrentDivision": division,
        "AccountingDivision": None,
        "DivisionCustomerVatNumber": f"BE{enterprise}",
        "LanguageCode": "nl-BE",
        "Legislation": "2",
        "PackageCode": "EXAMPLE",
    }


def _division(number: int, company: tuple[str, str], *, current: bool) -> Row:
    name, enterprise = company
    return {
        "Code": number,
        "HID": number % 1000,
        "Description": name,
        "VATNumber": f"BE{enterprise}",
        "ChamberOfCommerceNumber": enterprise,
        "Country": "BE ",
        "Currency": "EUR",
        "Legislation": "2",
        "Status": 1,
        "BlockingStatus": 0,
        "Current": current,
    }


def _content(division: int) -> dict[str, list[Row]]:
    return {
        "financial/Journals": [_journal(division, *one) for one in _JOURNALS],
        "financial/GLAccounts": [_gl_account(division, *one) for one in _GL_ACCOUNTS],
        "vat/VATCodes": [_vat_code(division, one) for one in _VAT_CODES],
        "cashflow/PaymentConditions": [
            _own(division, "PaymentConditions", code) | {"Code": code, "Description": text, "PaymentDays": days}
            for code, text, days in _CONDITIONS
        ],
        "documents/DocumentTypes": [_document_type(number, text) for number, text in _DOCUMENT_TYPES],
    }


def _own(division: int, resource: str, code: str) -> Row:
    return {"ID": id_of(division, resource, code), "Division": division}


def _journal(division: int, *what: Any) -> Row:
    code, text, kind, variable = what
    return _own(division, "Journals", code) | {
        "Code": code,
        "Description": text,
        "Type": kind,
        "Currency": "EUR",
        "AllowVariableCurrency": variable,
        "IsBlocked": False,
        "GLAccount": id_of(division, "GLAccounts", "400000"),
    }


def _gl_account(division: int, *what: Any) -> Row:
    code, text, kind, balance, vat_code = what
    return _own(division, "GLAccounts", code) | {
        "Code": code,
        "Description": text,
        "Type": kind,
        "BalanceType": balance,
        "VATCode": vat_code and f"{vat_code:<3}",
        "IsBlocked": False,
    }


def _vat_code(division: int, what: tuple[str, str, str, str, str, str, bool]) -> Row:
    code, text, fraction, kind, transaction, listing, blocked = what
    return _own(division, "VATCodes", code) | {
        "Code": f"{code:<3}",
        "Description": text,
        "Percentage": fraction,
        "Type": kind,
        "VATTransactionType": transaction,
        "EUSalesListing": listing,
        "IsBlocked": blocked,
        "Charged": False,
        "ExcludeVATListing": 0,
    }


def _document_type(number: int, text: str) -> Row:
    may = {f"DocumentIs{verb}": True for verb in ("Creatable", "Deletable", "Updatable", "Viewable")}
    return {"ID": number, "Description": text, "TypeCategory": 1, **may}
