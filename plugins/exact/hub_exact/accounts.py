"""The customer's account in the books: found by its numbers, made when there is none, never made twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from hub import Held, NotSent, Uncertain
from hub_exact.answers import CLEAR, Row
from hub_exact.books import Books
from hub_exact.customer import CUSTOMER, by_number, lookup
from hub_exact.mapping import to_bytes

_PATH = "crm/Accounts"
_SELECT = "ID,Code,Name,Status,VATNumber,ChamberOfCommerce,SearchCode"
_LEASE = 150.0  # seconds: a look-up that is tried three times, and a new account
WRITING = 30.0  # seconds that Exact may still be writing after a lost answer


def find(books: Books, customer: Row) -> Row | None:
    """The one account of this customer, None when there is none. Raises Held when several could be meant."""
    found = books.client.read(books.path(_PATH), _SELECT, lookup(customer))
    best = [row for row in found if by_number(customer, row)] or found
    if len(best) > 1:
        named = ", ".join(f"{str(row.get('Code')).strip()} {row.get('Name')}" for row in best[:5])
        raise Held("customer_ambiguous", f"several accounts fit the customer: {named}; merge them, or clear a number")
    return best[0] if best else None


def ensure(books: Books, customer: Row) -> str:
    """The id of the customer's account, which is a customer's from now on.

    Raises NotSent when an answer was lost: nothing was booked yet, and the next attempt looks for the account first.
    """
    found = find(books, customer)
    try:
        return _made_customer(books, found) if found else _alone(books, customer)
    except Uncertain as error:
        wait = books.client.wire.scaled(WRITING)
        raise NotSent("customer_unanswered", error.detail, retry_after=wait) from error


def _alone(books: Books, customer: Row) -> str:
    """Papers for one new customer wait for each other, in whatever process they are, and then find what was made."""
    with books.vault.lease(_name("account", books, customer), books.client.wire.lease(_LEASE)):
        found = find(books, customer)
        return _made_customer(books, found) if found else _made(books, customer)


def _made(books: Books, customer: Row) -> str:
    """A new account, once no other that was sent may still appear; what was sent is known to every delivery."""
    wire, name = books.client.wire, _name("sent", books, customer)
    if (sent := books.vault.get(name)) and (left := wire.until_settled(sent.value)) > 0:
        told = f"an account was sent at {sent.value}, and is not in the books yet"
        raise NotSent("customer_unanswered", told, retry_after=left, unwell=False)
    books.vault.put(name, wire.now().isoformat())
    try:
        account = _create(books, customer)
    except CLEAR:
        books.vault.forget(name)
        raise
    books.vault.forget(name)
    return account


def _create(books: Books, customer: Row) -> str:
    row = books.client.create(books.path(_PATH), to_bytes(customer))
    if not row.get("ID"):
        raise Uncertain("exact.answer", "the answer to a new account has no id")
    return str(row["ID"])


def _made_customer(books: Books, found: Row) -> str:
    """Suppliers and prospects become customers too. `Code` is never sent: Exact would call it a double."""
    account = str(found["ID"])
    if str(found.get("Status") or "").strip() != CUSTOMER:
        books.client.change(books.path(f"{_PATH}(guid'{account}')"), to_bytes({"Status": CUSTOMER}))
    return account


def _name(what: str, books: Books, customer: Mapping[str, object]) -> str:
    key = f"{books.ledger.division}\n{customer.get('SearchCode')}"
    return f"{what}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
