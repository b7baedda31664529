"""Once in the books: Exact, a package mailbox, an export and the bookkeeper's own account, all on at the same time."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.testing import samples
from hub.testing.exact import App, ExactServer
from hub.testing.exact import Setup as ExactSetup
from hub.testing.smtp import SmtpServer
from tests.acceptance.command import Command
from tests.acceptance.papers import COMPANY
from tests.acceptance.test_serve import free_port, serving
from tests.web.visit import Browser

SALES = 50
NUMBERS = [f"F-{n:03}" for n in range(SALES)]
FIRST = date(2026, 1, 2)
SINCE = ("--from", FIRST.isoformat())
CLIENT = f"/partner/clients/{COMPANY}"
DIVISION = 123456
VAT_CODES = [{"category": "S", "rate": 21, "code": "210"}]


@pytest.fixture
def exact() -> Iterator[ExactServer]:
    """Books of the company, and room for as many calls as there are papers."""
    with ExactServer(ExactSetup(time_scale=60)) as server:
        yield server


@pytest.fixture
def all_on(hub: Command, exact: ExactServer, relay: SmtpServer, tmp_path: Path) -> Command:
    """Exact first, then a mailbox that would book too, and the office's account; fifty sales have come in."""
    _add_exact(hub, exact, tmp_path)
    line = ("host=127.0.0.1", f"port={relay.port}", "security=none", "sender=hub@voorbeeld.example")
    mailbox = _set(*line, "to=package@kantoor.example")
    hub.one("destination", "add", "mailbox", "email", *mailbox, *SINCE, "--role", "booking", "--approve", "never")
    hub.one("destination", "add", "office", "partner", *_set("office=Kantoor"), *SINCE)
    folder = tmp_path / "sold"
    folder.mkdir()
    for n, number in enumerate(NUMBERS):
        paper = samples.invoice(
            number=number, issue_date=FIRST + timedelta(days=n), due_date=FIRST + timedelta(days=90)
        )
        (folder / f"{number}.xml").write_bytes(paper)
    hub.lines("import", folder)
    return hub


def _add_exact(hub: Command, exact: ExactServer, folder: Path) -> None:
    app = App()
    (folder / "secret").write_text(app.client_secret)
    (folder / "codes").write_text(json.dumps(VAT_CODES))
    line = (f"base_url={exact.url}", f"client_id={app.client_id}", f"redirect_uri={app.redirect_uri}", "time_scale=60")
    hub.one("connection", "add", "exact", "exact", *_set(*line), "--secret", f"client_secret=@{folder / 'secret'}")
    asked = hub("connection", "login", "exact", "--json")
    (folder / "redirect").write_text(exact.open(asked.one["url"]))
    assert hub("connection", "login", "exact", "--answer", f"redirect=@{folder / 'redirect'}").code == 0
    chosen = (f"division={DIVISION}", "journal=700", "gl_account=700000", "confirmed=true")
    books = _set(*chosen, f"vat_codes=@{folder / 'codes'}")
    hub.one("destination", "add", "books", "exact", "--connection", "exact", *books, *SINCE, "--approve", "never")


def _set(*settings: str) -> tuple[str, ...]:
    return tuple(word for setting in settings for word in ("--set", setting))


def test_fifty_sales_are_booked_once_and_everybody_else_has_marked_copies(
    all_on: Command, exact: ExactServer, relay: SmtpServer, tmp_path: Path
) -> None:
    port = free_port()
    hub = all_on.with_(HUB_PUBLIC_URL=f"http://127.0.0.1:{port}")
    with serving(hub, port):
        office = _accepted(hub, port)
        done = hub.process("run", "--until-empty", "--timeout", "150")  # at the pace that Exact bears: sixty a minute
        assert done.code == 0, done.err
        assert sorted(str(entry.your_ref) for entry in exact.books().entries) == NUMBERS
        assert _booked_by_mail(relay) == []
        assert _copies_at_the_office(office) == Counter(dict.fromkeys(NUMBERS, 1))
    assert _copies_in_the_pack(hub, tmp_path) == dict.fromkeys(NUMBERS, "books")
    assert {row["destination"] for row in hub.lines("outbox", "list")} == {"books", "office"}


def _accepted(hub: Command, port: int) -> Browser:
    """Somebody at the office who opened his invitation."""
    made = hub.one("partner", "invite", "--office", "Kantoor", "--mail", "an@kantoor.example", "--company", COMPANY)
    browser = Browser(port)
    assert browser.post(made["url"].removeprefix(f"http://127.0.0.1:{port}")).status == 303
    return browser


def _booked_by_mail(relay: SmtpServer) -> list[bytes]:
    """What the package's mailbox got; the invitation went to somebody else."""
    return [message for message in relay.messages if b"package@kantoor.example" in message]


def _copies_at_the_office(office: Browser) -> Counter[str]:
    """The numbers that the office sees, marked as booked by Exact."""
    seen: Counter[str] = Counter()
    page = CLIENT
    while page:
        text = office.get(page).text
        rows = re.findall(r"<tr>.*?</tr>", text, re.DOTALL)
        for row in rows:
            if number := re.search(rf'href="{CLIENT}/papers/[0-9a-f]{{32}}">([^<]+)<', row):
                assert "books" in row, row
                seen[number[1]] += 1
        older = re.search(r'href="([^"]*after=[^"]*)"', text)
        page = older[1].replace("&amp;", "&") if older else ""
    return seen


def _copies_in_the_pack(hub: Command, folder: Path) -> dict[str, str]:
    """Each paper under `copies/` in the year's pack, and who books it."""
    hub.one("export", "run", "--period", "2026", "--to", folder / "year.zip")
    with zipfile.ZipFile(folder / "year.zip") as pack:
        names = [name for name in pack.namelist() if name.endswith(".xml")]
        assert all(name.startswith("copies/") for name in names)
        assert len(names) == SALES
        index = io.StringIO(pack.read("index.csv").decode("utf-8-sig"))
    return {row["number"]: row["booked_by"] for row in csv.DictReader(index)}
