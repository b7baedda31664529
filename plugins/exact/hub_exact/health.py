"""Would a booking work? Logged in, and everything is there that an entry names; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hub import Health, Held, LoginNeeded, NotSent, SettingsError, Step, Turn, show
from hub_exact import books as of
from hub_exact.answers import Row
from hub_exact.booking import check_confirmed
from hub_exact.books import Books
from hub_exact.tokens import REFRESH_DAYS

SHORT = 2.5  # seconds for each answer, which is asked for three times; a check has 10 in all
_Look = tuple[str, Callable[[Books], str]]


def look(books: Books) -> Health:
    """Every step: what is missing is named at once, and where nothing answers no more is asked."""
    done: list[Step] = []
    turn = None
    for name, step in _STEPS:
        try:
            done.append(Step(name, ok=True, message=step(books)))
        except (NotSent, LoginNeeded, SettingsError, Held) as error:
            done.append(Step(name, ok=False, message=error.detail))
            turn = turn or _whose_turn(error)
            if not isinstance(error, SettingsError):
                break
    return Health(steps=tuple(done), turn=turn, login_days_left=_days_left(books))


def _login(books: Books) -> str:
    select = "CurrentDivision,UserID,FullName,Legislation,ServerUtcOffset"
    [me] = books.client.read("current/Me", select) or [{}]
    return f"logged in as {_named(me, 'FullName')}"


def _division(books: Books) -> str:
    row = of.division(books)
    companies = of.companies_of(row)
    whose = f"enterprise number {' and '.join(companies)}" if companies else "Exact states no VAT number for it"
    return f"{books.ledger.division} {_named(row, 'Description')}: {whose}"


def _journal(books: Books) -> str:
    return f"{books.ledger.journal} {_named(of.journal(books), 'Description')}"


def _gl_account(books: Books) -> str:
    return f"{books.ledger.gl_account} {_named(of.gl_account(books), 'Description')}"


def _vat_codes(books: Books) -> str:
    of.vat_codes(books)
    check_confirmed(books.ledger)
    return f"{len(books.ledger.vat_codes)} rules, confirmed"


_STEPS: Sequence[_Look] = (
    ("login", _login),
    ("division", _division),
    ("journal", _journal),
    ("gl_account", _gl_account),
    ("vat_codes", _vat_codes),
)


def _named(row: Row, field: str) -> str:
    return show(str(row.get(field) or "").strip(), limit=60)


def _days_left(books: Books) -> float | None:
    """Until the login ends when nothing uses it; each use puts it off."""
    try:
        pair = books.client.tokens.pair()
    except LoginNeeded:
        return None
    return REFRESH_DAYS - (books.client.wire.now() - pair.issued_at).total_seconds() / 86_400


def _whose_turn(error: Exception) -> Turn:
    if not isinstance(error, NotSent):
        return Turn.YOU
    return Turn.REMOTE if error.reason.startswith("exact.") else Turn.NETWORK
