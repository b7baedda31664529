"""What a home of the trials is given: companies, a connection to Exact that is logged in, and destinations."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bench.home import COMPANY, Home
from bench.ledgers import VAT_CODES
from hub.testing.exact import COMPANIES, App, Remote


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address at a relay on this machine."""

    port: int
    to: str


def books_of() -> dict[int, str]:
    """Whose books (an enterprise number) each division at Exact holds."""
    return {division: number for division, (_, number) in COMPANIES.items()}


def add_companies(home: Home) -> None:
    """Every company that has books; the first one is there."""
    for name, number in COMPANIES.values():
        if number != COMPANY:
            home.hub("company", "add", name, number)


def add_mail(home: Home, name: str, mailbox: Mailbox, *guards: str) -> None:
    """A destination that mails each paper as it came."""
    line = ("host=127.0.0.1", f"port={mailbox.port}", "security=none", "sender=hub@voorbeeld.example")
    home.hub("destination", "add", name, "email", *_set(*line, f"to={mailbox.to}", "format=original"), *guards)


def add_folder(home: Home, name: str, path: Path, *guards: str) -> None:
    """A destination that keeps each paper in a folder."""
    home.hub("destination", "add", name, "ubl_export", *_set(f"path={path}"), *guards)


def add_books(home: Home, division: int, *guards: str) -> None:
    """The destination `books-DIVISION`, with VAT codes that somebody confirmed; `connect_exact` comes before it."""
    codes = home.folder.with_name("vat_codes")
    codes.write_text(json.dumps(VAT_CODES))
    chosen = (f"division={division}", "journal=700", "gl_account=700000", "confirmed=true", f"vat_codes=@{codes}")
    words = ("destination", "add", f"books-{division}", "exact", "--connection", "exact", "--approve", "never")
    home.hub(*words, *_set(*chosen), *guards)


def connect_exact(home: Home, exact: Remote, time_scale: float, folder: Path) -> None:
    """The connection `exact`; a person opens the page that the command prints, agrees, and pastes where it ended."""
    app, secret, redirect = App(), folder / "secret", folder / "redirect"
    secret.write_text(app.client_secret)
    place = (f"base_url={exact.url}", f"client_id={app.client_id}", f"redirect_uri={app.redirect_uri}")
    words = _set(*place, f"time_scale={time_scale}")
    home.hub("connection", "add", "exact", "exact", *words, "--secret", f"client_secret=@{secret}")
    asked = json.loads(home.hub("connection", "login", "exact", "--json", ends=(7,)))
    redirect.write_text(exact.open(asked["url"]))
    home.hub("connection", "login", "exact", "--answer", f"redirect=@{redirect}")


def _set(*settings: str) -> tuple[str, ...]:
    return tuple(word for setting in settings for word in ("--set", setting))
