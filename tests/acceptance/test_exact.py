"""The way into Exact as a person walks it: log in by a pasted address, choose, confirm, book; killed on the way."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from hub.testing import samples
from hub.testing.exact import App, ExactServer, Setup
from tests.acceptance.command import Command

DIVISION = 123456


@pytest.fixture
def server() -> Iterator[ExactServer]:
    """A far side whose minute passes in a second."""
    with ExactServer(Setup(time_scale=60, per_minute=1000)) as running:
        yield running


@pytest.fixture
def connected(hub: Command, server: ExactServer, tmp_path: Path) -> Command:
    """A home with the connection `exact`, logged in by two calls of the command."""
    app, secret, pasted = App(), tmp_path / "secret", tmp_path / "pasted"
    secret.write_text(app.client_secret)
    given = {
        "base_url": server.url,
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "time_scale": "60",
    }
    settings = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
    hub.one("connection", "add", "exact", "exact", *settings, "--secret", f"client_secret=@{secret}")
    log_in(hub, server, pasted)
    return hub


def log_in(hub: Command, server: ExactServer, pasted: Path) -> None:
    """Two calls: the first says what to open and waits, the second brings the address at which the browser ended."""
    asked = hub("connection", "login", "exact", "--json")
    assert asked.code == 7, asked
    assert [one["key"] for one in asked.one["asks"]] == ["redirect"]
    pasted.write_text(server.open(asked.one["url"]))
    done = hub("connection", "login", "exact", "--answer", f"redirect=@{pasted}")
    assert done.code == 0, done


@pytest.fixture
def booked(connected: Command, tmp_path: Path) -> Command:
    """The destination `boekhouding`, with the VAT codes that Exact's own lead to, confirmed."""
    division, *_ = connected.lines("connection", "choices", "exact", "division")
    [proposed] = connected.lines(
        "connection", "choices", "exact", "vat_codes", "--set", f"division={division['value']}"
    )
    (tmp_path / "codes.json").write_text(proposed["value"])
    settings = ("--set", f"division={division['value']}", "--set", "journal=700", "--set", "gl_account=700000")
    mapping = ("--set", f"vat_codes=@{tmp_path / 'codes.json'}", "--set", "confirmed=true")
    guards = ("--from", "2026-01-01", "--approve", "never")
    connected.one("destination", "add", "boekhouding", "exact", "--connection", "exact", *settings, *mapping, *guards)
    return connected


def import_(hub: Command, tmp_path: Path, *papers: bytes) -> None:
    for number, data in enumerate(papers):
        path = tmp_path / f"paper{number}.xml"
        path.write_bytes(data)
        assert hub("import", path).code == 0


def test_an_invoice_and_a_credit_note_book_themselves(booked: Command, server: ExactServer, tmp_path: Path) -> None:
    assert booked("destination", "test", "boekhouding", "--json").code == 0
    import_(booked, tmp_path, samples.invoice(number="F-1"), samples.credit_note(number="C-1"))
    booked.deliver()
    books = server.books()
    assert {one.your_ref: one.type for one in books.entries} == {"F-1": 20, "C-1": 21}
    assert sum((one.total for one in books.entries), Decimal(0)) == 0
    assert len(books.accounts) == 1
    receipts = {one["number"]: one["receipt"]["reference"] for one in booked.lines("outbox", "list")}
    assert receipts == {str(one.your_ref): str(one.number) for one in books.entries}


def test_a_lost_answer_is_traced_and_nothing_is_doubled(booked: Command, server: ExactServer, tmp_path: Path) -> None:
    server.fail("lose_answer=#2@SalesEntries lose_tokens=#1")
    import_(booked, tmp_path, samples.invoice(number="F-1"))
    booked.process("run", "--until-empty", "--timeout", "60")
    [sent] = booked.lines("outbox", "list")
    assert sent["state"] == "delivered", booked.lines("outbox", "attempts", sent["id"])
    assert len(server.books().entries) == 1
    outcomes = [attempt["outcome"] for attempt in booked.lines("outbox", "attempts", sent["id"])]
    assert outcomes == ["uncertain", "delivered"]


def test_a_login_that_ended_blocks_until_somebody_logs_in_again(
    booked: Command, server: ExactServer, tmp_path: Path
) -> None:
    server.advance(31 * 86400)
    import_(booked, tmp_path, samples.invoice(number="F-1"))
    booked.deliver(code=5)
    [place] = booked.lines("destination", "list")
    assert (place["state"], place["reason"].partition(":")[0]) == ("blocked", "login_needed")
    log_in(booked, server, tmp_path / "again")
    booked.deliver()
    assert len(server.books().entries) == 1
