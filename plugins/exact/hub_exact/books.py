"""The books of one company: is everything there that a booking needs? Read once a day, and by every health check."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub import Meter, SettingsError, Vault, show
from hub_exact.answers import Row
from hub_exact.client import Client
from hub_exact.customer import plain
from hub_exact.filters import text
from hub_exact.settings import Ledger, VatRule
from hub_exact.vat import SELECT as VAT_SELECT
from hub_exact.vat import VatCode
from hub_exact.wire import Wire

_DAY = 86_400.0  # seconds
_SALES_JOURNAL = 20
_COMPANY_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Books:
    """The division that a destination books in, with the line to it and the vault for what was read."""

    client: Client
    vault: Vault
    ledger: Ledger

    @classmethod
    def at(cls, wire: Wire, vault: Vault, ledger: Ledger, meter: Meter) -> Books:
        """The books that a destination's settings name; calls are a delivery's."""
        return cls(Client.on(wire, vault).metered(meter), vault, ledger)

    def path(self, resource: str) -> str:
        """Where one of its collections is."""
        return f"{self.ledger.division}/{resource}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a booking needs from the books: the revenue account's id, and whose books they are.

    `companies` are enterprise numbers of ten digits, empty when Exact states none.
    """

    gl_account: str
    companies: tuple[str, ...]

    def check_company(self, company: str) -> None:
        """Refuse to book the papers of another company here."""
        if self.companies and company not in self.companies:
            stated = " and ".join(self.companies)
            raise SettingsError("wrong_company", f"the division is that of {stated}, the papers are those of {company}")


def facts_of(books: Books) -> Facts:
    """The facts, at most a day old. Raises SettingsError that names what is missing."""
    now = books.client.wire.now()
    if known := _remembered(books, now):
        return known
    company = companies_of(division(books))
    journal(books)
    facts = Facts(str(gl_account(books)["ID"]), company)
    vat_codes(books)
    _remember(books, facts, now)
    return facts


def forget_facts(books: Books) -> None:
    """Read anew the next time: Exact has refused something that was right before."""
    books.vault.forget(_name(books))


def division(books: Books) -> Row:
    """The company itself. Raises SettingsError when the login may not see it."""
    number = books.ledger.division
    select = "Code,Description,VATNumber,ChamberOfCommerceNumber,Country,Currency,Status,BlockingStatus"
    found = books.client.read(books.path("system/Divisions"), select, f"Code eq {number}")
    if row := next((row for row in found if str(row.get("Code")).strip() == str(number)), None):
        return row
    raise SettingsError("division", f"this login does not reach division {number}: choose one it does, or allow it")


def companies_of(row: Row) -> tuple[str, ...]:
    """The enterprise numbers of a division, from its VAT number and its registration."""
    digits = (plain(str(row.get(name) or "")).lstrip("BE") for name in ("VATNumber", "ChamberOfCommerceNumber"))
    padded = (number.zfill(_COMPANY_DIGITS) for number in digits if number.isdecimal())
    return tuple(dict.fromkeys(padded))


def journal(books: Books) -> Row:
    """The sales journal. Raises SettingsError when it is missing, blocked, or for something else."""
    code = books.ledger.journal
    row = _one(books, "financial/Journals", "Code,Description,Type,IsBlocked", code)
    if row.get("Type") != _SALES_JOURNAL:
        raise SettingsError("journal", f"journal {code} is no sales journal")
    return _open(row, "journal", code)


def gl_account(books: Books) -> Row:
    """The revenue account; its id is what lines name. Raises SettingsError when it is missing or blocked."""
    code = books.ledger.gl_account
    return _open(_one(books, "financial/GLAccounts", "ID,Code,Description,Type,IsBlocked", code), "gl_account", code)


def vat_codes(books: Books) -> list[VatCode]:
    """Every VAT code. Raises SettingsError when one of the rules names a code that cannot be booked with."""
    codes = [VatCode.of(row) for row in books.client.read(books.path("vat/VATCodes"), VAT_SELECT)]
    by_code = {code.code: code for code in codes}
    faults = [fault for rule in books.ledger.vat_codes for fault in _faults(rule, by_code)]
    if faults:
        raise SettingsError("vat_codes", show("; ".join(dict.fromkeys(faults)), limit=400))
    return codes


def _faults(rule: VatRule, codes: Mapping[str, VatCode]) -> Iterator[str]:
    code = codes.get(rule.code)
    if code is None:
        yield f"there is no VAT code {rule.code}"
    elif code.blocked:
        yield f"VAT code {rule.code} is blocked"
    elif code.type == "I":
        yield f"VAT code {rule.code} takes amounts with VAT included: choose one that excludes it"
    elif not code.sells:
        yield f"VAT code {rule.code} is for purchases"
    elif rule.category == "S" and rule.rate not in {None, code.rate}:
        yield f"VAT code {rule.code} is {code.rate:f} %, not {rule.rate:f} %"


def _one(books: Books, resource: str, select: str, code: str) -> Row:
    found = books.client.read(books.path(resource), select, f"Code eq {text(code)}")
    for row in found:
        if str(row.get("Code")).strip() == code:
            return row
    kind = "journal" if resource.endswith("Journals") else "gl_account"
    raise SettingsError(kind, f"division {books.ledger.division} has no {kind} {code}")


def _open(row: Row, kind: str, code: str) -> Row:
    if row.get("IsBlocked") is True:
        raise SettingsError(kind, f"{kind} {code} is blocked")
    return row


def _name(books: Books) -> str:
    settings = books.ledger.model_dump_json().encode()
    return f"facts-{hashlib.sha256(settings).hexdigest()[:16]}"


def _remembered(books: Books, now: datetime) -> Facts | None:
    kept = books.vault.get(_name(books))
    row = json.loads(kept.value) if kept else None
    if row is None or now >= datetime.fromisoformat(row["until"]):
        return None
    return Facts(row["gl_account"], tuple(row["companies"]))


def _remember(books: Books, facts: Facts, now: datetime) -> None:
    until = now + timedelta(seconds=books.client.wire.scaled(_DAY))
    row = {"gl_account": facts.gl_account, "companies": facts.companies, "until": until.isoformat()}
    books.vault.put(_name(books), json.dumps(row))
