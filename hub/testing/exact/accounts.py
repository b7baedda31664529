"""Accounts and contacts: what is mandatory, what must be unique, and how codes and countries are padded."""

from __future__ import annotations

from hub.testing.exact.administration import Administration, Row

_PATH = "crm/Accounts"
_CODE_WIDTH = 18
_COUNTRY_WIDTH = 3
_STATES = frozenset({"C", "P", "S", "A"})


def new_account(books: Administration, sent: Row) -> Row:
    """An account as it is stored. Without a code it gets the highest plus one."""
    problems = books.problems()
    problems.need(sent, Name="name")
    if sent.get("Code") and books.named(_PATH, sent["Code"]):
        problems.add("exists")
    _check(books, sent)
    problems.settle()
    code = sent.get("Code") or str(_highest_code(books) + 1)
    return _padded(books.new() | {"Status": "A", "IsSupplier": False, "Blocked": False} | sent | {"Code": code})


def changed_account(books: Administration, old: Row, sent: Row) -> Row:
    """An account after PUT; a code that is sent is refused, also when it is the old one (reference 3.1)."""
    if sent.get("Code"):
        problems = books.problems()
        problems.add("exists")
        problems.settle()
    _check(books, sent)
    return _padded(old | sent | {"Modified": books.clock.stamp()})


def new_contact(books: Administration, sent: Row) -> Row:
    """A person at an account."""
    problems = books.problems()
    problems.need(sent, Account="account", FirstName="first_name", LastName="last_name")
    if sent.get("Account") and books.get(_PATH, sent["Account"]) is None:
        problems.add("reference", "account")
    problems.settle()
    return _named(books.new() | sent)


def changed_contact(books: Administration, old: Row, sent: Row) -> Row:
    """A person after PUT."""
    return _named(old | sent | {"Modified": books.clock.stamp()})


def _check(books: Administration, sent: Row) -> None:
    problems = books.problems()
    if sent.get("Status") not in {None, *_STATES}:
        problems.add("invalid", "customer_type")
    condition = sent.get("PaymentConditionSales")
    if condition and books.named("cashflow/PaymentConditions", condition) is None:
        problems.add("reference", "payment_condition")
    vat_code = sent.get("SalesVATCode")
    if vat_code and books.named("vat/VATCodes", vat_code) is None:
        problems.add("reference", "vat_code")
    problems.settle()


def _padded(row: Row) -> Row:
    """Codes are padded on the left to 18, countries on the right to 3 (reference 3)."""
    country = row.get("Country")
    return row | {
        "Code": str(row["Code"] or "").strip().rjust(_CODE_WIDTH),
        "Country": country and country.strip().ljust(_COUNTRY_WIDTH),
        "IsSales": row.get("Status") == "C",
    }


def _named(row: Row) -> Row:
    return row | {"FullName": f"{row.get('FirstName')} {row.get('LastName')}"}


def _highest_code(books: Administration) -> int:
    codes = (str(row["Code"] or "").strip() for row in books.shelf(_PATH).rows.values())
    return max((int(code) for code in codes if code.isdecimal()), default=0)
