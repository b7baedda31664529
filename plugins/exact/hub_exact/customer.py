"""A paper's customer as an account of Exact, and the spellings by which that account is found again. Pure."""

from __future__ import annotations

import hashlib
import re

from hub import Document, Held, Party
from hub_exact.answers import Row
from hub_exact.filters import text

MAX_NAME, MAX_ADDRESS, MAX_CITY, MAX_POSTCODE = 50, 80, 30, 20
CUSTOMER = "C"  # Account.Status; an entry for an account of another status is refused
_ENTERPRISE_NUMBER = "0208"  # EAS code of the Belgian one
_BELGIAN = re.compile(r"(?:BE)?([01]\d{9})")


def account(document: Document) -> dict[str, str]:
    """The account to make when there is none; empty fields are left out. Raises Held without a name."""
    party = document.customer
    name = _cut(party.name or party.trade_name, MAX_NAME)
    if not name:
        raise Held("customer_name_missing", "the paper does not name its customer")
    where = party.address
    row = {
        "Name": name,
        "Status": CUSTOMER,
        "VATNumber": vat_number(party),
        "ChamberOfCommerce": enterprise_number(party),
        "SearchCode": search_code(party),
        "Country": where.country.strip().upper(),
        "AddressLine1": _cut(where.street, MAX_ADDRESS),
        "AddressLine2": _cut(" ".join((where.additional_street, where.line)), MAX_ADDRESS),
        "Postcode": _cut(where.postal_zone, MAX_POSTCODE),
        "City": _cut(where.city, MAX_CITY),
        "Email": party.email.strip() if party.email.isprintable() else "",
    }
    return {name: value for name, value in row.items() if value}


def lookup(row: Row) -> str:
    """The filter that finds this account in every spelling in which people write its numbers."""
    return " or ".join(
        f"{field} eq {text(spelling)}"
        for field in ("VATNumber", "ChamberOfCommerce", "SearchCode")
        if row.get(field)
        for spelling in _spellings(field, row[field])
    )


def by_number(row: Row, found: Row) -> bool:
    """An account was found by the number of its VAT or its enterprise, which says more than our own search code."""
    fields = ("VATNumber", "ChamberOfCommerce")
    return any(plain(str(found.get(field) or "")) in _plain_spellings(row, field) for field in fields if row.get(field))


def vat_number(party: Party) -> str:
    """The VAT number in capitals without separators."""
    return plain(party.vat)


def enterprise_number(party: Party) -> str:
    """The Belgian enterprise number, ten digits; empty for who has none."""
    legal = (one for one in (party.legal, party.endpoint, *party.identifiers) if one)
    written = [plain(one.value) for one in legal if one.scheme == _ENTERPRISE_NUMBER]
    matches = (_BELGIAN.fullmatch(number) for number in (*written, vat_number(party)))
    return next((match[1] for match in matches if match), "")


def search_code(party: Party) -> str:
    """Our own key for the account: its number, or a short hash of who and where it is."""
    if number := enterprise_number(party) or vat_number(party):
        return number
    where = party.address
    parts = (party.name, where.street, where.postal_zone, where.city, where.country, party.email)
    known = "\n".join(" ".join(part.casefold().split()) for part in parts)
    return f"HUB-{hashlib.sha256(known.encode()).hexdigest()[:12].upper()}"


def plain(written: str) -> str:
    """A number without the signs that people put in between."""
    return "".join(char for char in written.upper() if char.isascii() and char.isalnum())


def _spellings(field: str, number: str) -> list[str]:
    match = _BELGIAN.fullmatch(number)
    if field == "SearchCode":
        return [number]
    if match is None:
        return [number, f"{number[:2]} {number[2:]}"]
    digits = match[1]
    dotted = f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"
    if field == "ChamberOfCommerce":
        return [digits, dotted]
    return [f"BE{digits}", digits, f"BE {dotted}", f"BE{dotted}"]


def _plain_spellings(row: Row, field: str) -> set[str]:
    return {plain(spelling) for spelling in _spellings(field, row[field])}


def _cut(written: str, limit: int) -> str:
    kept = "".join(char if char.isprintable() else " " for char in written)
    return " ".join(kept.split())[:limit].strip()
