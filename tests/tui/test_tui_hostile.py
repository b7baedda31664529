"""Texts from papers made to harm: on every page they are text, and nothing that steers a terminal comes through."""

from __future__ import annotations

import unicodedata

import pytest

from hub import SettingsError
from hub.app import Hub
from hub.core.document import Incoming
from hub.core.store import destinations
from hub.core.store.engine import Tx
from hub.errors import Uncertain
from hub.testing import samples
from hub.testing.papers import belgian
from tests.integration.far import first
from tests.integration.ledger import deliver
from tests.tui.office import Office, add_office
from tests.tui.seat import Seat, sit

HOSTILE = {
    "closing tag": "ACME [/] BV",
    "action": "[@click=app.quit]Klant[/] [bold red]NV[/bold red]",
    "backslash": "\\[escaped] $(reboot) [",
    "unseen": "\x1b[2J\x1b]0;title\x07 \u202egnp.exe a\u200bb\u2066c \r\n\t \U000e0041\ufeff \x9b31m",
}
PAGES = {
    "overview": {},
    "outbox": {"view": "outbox"},
    "filtered": {"view": "outbox", "where": 'party:"[/]"'},
    "delivery": {"view": "outbox", "one": "1"},
    "documents": {"view": "documents"},
    "document": {"view": "documents", "one": "1"},
    "inbox": {"view": "inbox"},
    "incoming": {"view": "inbox", "one": "1"},
    "destinations": {"view": "destinations"},
    "destination": {"view": "destinations", "one": "desk [/] \u202e"},
}
# Keys that lead further, to pages and dialogs that show the same texts.
FURTHER = {
    "outbox": ["space", "x"],
    "delivery": ["question_mark", "escape", "p", "escape", "x", "y"],
    "document": ["h", "y", "l"],
    "incoming": ["x", "escape", "a", "tab", "ctrl+s"],
    "destination": ["t", "z", "y", "e", "tab", "ctrl+s"],
}


def _harmful(text: str) -> set[str]:
    """The characters that steer a terminal or turn text round."""
    return {f"U+{ord(char):04X}" for char in text if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cn"}}


@pytest.fixture(params=list(HOSTILE.values()), ids=list(HOSTILE))
def hostile(request: pytest.FixtureRequest, hub: Hub, office: Office) -> Hub:
    """A home in which every text that comes from outside is this one."""
    text: str = request.param
    office.on_deliver = first(Uncertain(text), SettingsError("no_journal", text))
    add_office(hub)
    with hub.db.write() as tx:
        _everywhere(tx, text)
    paper = samples.invoice(number="F-1", customer=belgian("Klant", "0876543270", "Brugge"))
    hub.intake.accept([Incoming(name="f.xml", data=paper), Incoming(name=text, data=b"<broken")])
    deliver(hub)
    with hub.db.write() as tx:
        _papers(tx, text)
    return hub


def _everywhere(tx: Tx, text: str) -> None:
    row = destinations.named(tx.conn, "desk")
    destinations.change(tx, row, {"name": "desk [/] \u202e", "settings": {"journal": "VK", "labels": [text]}})
    tx.conn.exec_driver_sql("UPDATE connection SET name = ?", (text,))


def _papers(tx: Tx, text: str) -> None:
    """What a paper or a far side said, in every column that a page shows."""
    for table, columns in _TEXTS.items():
        for column in columns:
            tx.conn.exec_driver_sql(f"UPDATE {table} SET {column} = ?", (text,))  # noqa: S608 - our own names
    tx.conn.exec_driver_sql("UPDATE document_file SET name = ?, media_type = ?", (text, text))


_TEXTS = {
    "document": ["number", "customer_name", "supplier_name", "supplier_vat", "customer_vat", "source", "currency"],
    "delivery": ["reason", "detail"],
    "attempt": ["code", "detail", "sent_sha256"],
    "incoming": ["name", "reason"],
    "destination": ["reason", "detail"],
}


@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_text_is_only_text(hostile: Hub, page: str) -> None:
    async def play(seat: Seat) -> None:
        await seat.settled()
        assert _harmful(seat.screen) == set()
        for key in FURTHER.get(page, ["enter"]):
            await seat.press(key)
            await seat.settled()
            assert _harmful(seat.screen) == set()
            assert seat.app.is_running
        await seat.sees("1 Overview")

    sit(hostile, play, **PAGES[page])


def test_markup_is_shown_as_it_was_written(hub: Hub, office: Office) -> None:
    add_office(hub)
    customer = belgian("ACME [/] BV", "0876543270", "Brugge")
    hub.intake.accept([Incoming(name="f.xml", data=samples.invoice(number="[b]1", customer=customer))])

    async def play(seat: Seat) -> None:
        await seat.sees("[b]1", "ACME [/] BV")
        await seat.press("enter")
        await seat.sees("sales invoice [b]1", "ACME [/] BV")
        await seat.press("x")
        await seat.sees("[b]1 sales invoice ACME [/] BV")

    sit(hub, play, view="outbox")
