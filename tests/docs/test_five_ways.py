"""The page on the five ways: every line is typed, what it says was seen is seen, and the far sides are asked too."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email import message_from_bytes
from pathlib import Path

import pytest

from hub.testing import samples
from hub.testing.codabox import SOFTWARE_KEY, CodaboxServer
from hub.testing.codabox import Setup as CodaboxSetup
from hub.testing.codabox_desk import Standing
from hub.testing.exact import App, ExactServer
from hub.testing.smtp import Setup, SmtpServer
from tests.acceptance.test_serve import free_port
from tests.web.visit import Browser, links

PAGE = Path(__file__).parents[2] / "docs" / "five-ways.md"
PATIENCE = 60  # seconds after which a command of the page is stuck
TODAY = datetime.now(UTC).date()
SISTER = samples.belgian("Exemple Travaux SRL", "0999000228", "Namur")
WHOLESALER = samples.belgian("Groothandel Voorbeeld NV", "0666666647", "Kortrijk")
CLIENT = "/partner/clients/0123456749"
VAT_CODES = [{"category": "S", "rate": 21, "code": "210"}]


@dataclass(frozen=True)
class Typed:
    """A command of the page, the exit code that it announces, and what the page says was seen, line by line."""

    command: str
    code: int = 0
    seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Visit:
    """What the portal shows of a company: the status, each paper with who books it, and the ZIP of the year."""

    status: int
    papers: list[tuple[str, str]]
    pack: bytes


@dataclass
class Done:
    """What it came to."""

    typed: Typed
    code: int
    told: str
    missing: list[str] = field(default_factory=list)


def _typed() -> Iterator[Typed]:
    for block in re.findall(r"^```console\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            first, *seen = part.splitlines()
            command, _, code = first.partition("  # exit ")
            yield Typed(command, int(code or 0), tuple(seen))


@dataclass
class World:
    """The person's folder, the far sides, and what somebody at the office saw before and after it was ended."""

    folder: Path
    exact: ExactServer
    codabox: CodaboxServer
    relay: SmtpServer
    running: ExitStack
    port: int = field(default_factory=free_port)
    before: Visit | None = None
    after: Visit | None = None

    def __post_init__(self) -> None:
        self.office = Browser(self.port)

    def ours(self, command: str) -> str:
        """The command with our far sides instead of the page's."""
        app = App()
        replaced: Mapping[str, str] = {
            "https://start.exactonline.be": self.exact.url,
            "client_id=ID": f"client_id={app.client_id}",
            "https://voorbeeld.example/exact": app.redirect_uri,
            "https://api.codabox.com/v2": self.codabox.url,
            "host=mail.voorbeeld.example": "host=127.0.0.1",
            "port=587": f"port={self.relay.port}",
            "security=starttls": "security=none",
        }
        for theirs, own in replaced.items():
            command = command.replace(theirs, own)
        return command

    def serve(self, environment: Mapping[str, str]) -> None:
        """`hub serve` in another terminal, until the end."""
        command = [sys.executable, "-m", "hub", "serve", "--http", f"127.0.0.1:{self.port}"]
        child = subprocess.Popen(command, env=environment, cwd=self.folder, stderr=subprocess.PIPE, text=True)
        self.running.callback(child.communicate)
        self.running.callback(child.terminate)
        assert child.stderr
        assert "listening" in child.stderr.readline()

    def office_looks(self) -> Visit:
        """What somebody at the office sees of the company, if anything."""
        page = self.office.get(CLIENT)
        papers = re.findall(
            rf'href="{CLIENT}/papers/[0-9a-f]{{32}}">([^<]+)<.*?booked by ([^<]+)<', page.text, re.DOTALL
        )
        form = [("period", str(TODAY.year)), ("formats", "original"), ("formats", "csv")]
        made = self.office.post(f"{CLIENT}/exports", form)
        shown = links(self.office.get(made.location.partition("#")[0]).text) if made.location else set()
        packs = [one for one in shown if made.location.rpartition("#")[2] in one]
        pack = self.office.get(packs[0]).body if packs else b""
        return Visit(page.status, sorted((number, by.strip()) for number, by in papers), pack)

    def person(self, done: Done) -> None:
        """What people do between two commands: agree at Exact, take the token from the mail, open an invitation."""
        if invited := re.search(r'"url": "http://127.0.0.1:\d+(/partner/invitation/[^"]+)"', done.told):
            assert self.office.post(invited[1]).status == 303
        elif asked := re.search(r'"url": "([^"]+)"', done.told):
            (self.folder / "redirect.txt").write_text(self.exact.open(asked[1]))
        if '"token"' in done.told and "asks" in done.told:
            (self.folder / "token.txt").write_text(self.codabox.desk.mails[-1].token)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """All of it, with the papers that the page names."""
    folder = tmp_path_factory.mktemp("five-ways")
    for name, content in (("secret", App().client_secret), ("key", SOFTWARE_KEY)):
        (folder / f"{name}.txt").write_text(content)
    (folder / "codes.json").write_text(json.dumps(VAT_CODES))
    _papers(folder)
    with ExitStack() as running:
        codabox = CodaboxServer(CodaboxSetup(clients={"0999000228": Standing.KNOWN}))
        yield World(
            folder,
            running.enter_context(ExactServer()),
            running.enter_context(codabox),
            running.enter_context(SmtpServer(Setup())),
            running,
        )


def _papers(folder: Path) -> None:
    first, last = date(TODAY.year, 1, 1), date(TODAY.year, 1, 2)
    papers = {
        "sold/1.xml": samples.invoice(number="F-1", issue_date=first, pdf=samples.pdf("F-1")),
        "sold/2.xml": samples.credit_note(number="C-1", issue_date=last, credited="F-1", pdf=samples.pdf("C-1")),
        "bought/1.xml": samples.invoice(number="K-7", issue_date=last, supplier=WHOLESALER, customer=samples.SUPPLIER),
        "lessons/1.xml": samples.invoice(number="L-1", issue_date=TODAY, supplier=SISTER, pdf=samples.pdf("L-1")),
        "older/1.xml": samples.invoice(number="L-0", issue_date=first, supplier=SISTER, pdf=samples.pdf("L-0")),
    }
    for name, data in papers.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


@pytest.fixture(scope="module")
def page(world: World) -> list[Done]:
    """Every line of the page, typed in order."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(world.folder),
        "LANG": "C.UTF-8",
    }
    done = []
    for typed in _typed():
        if exported := re.fullmatch(r"export (\w+)=(\S+)", typed.command):
            environment[exported[1]] = exported[2].replace("~", str(world.folder))
            continue
        if typed.command == "hub serve":
            environment["HUB_PUBLIC_URL"] = f"http://127.0.0.1:{world.port}"
            world.serve(environment)
            continue
        ends = typed.command.startswith("hub partner revoke")
        world.before = world.office_looks() if ends else world.before
        done.append(_done(world, typed, environment))
        world.person(done[-1])
        world.after = world.office_looks() if ends else world.after
    return done


def _done(world: World, typed: Typed, environment: Mapping[str, str]) -> Done:
    ended = subprocess.run(
        ["bash", "-c", f"{world.ours(typed.command)} 2>&1"],  # noqa: S607 - the shell of whoever types
        cwd=world.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return Done(typed, ended.returncode, ended.stdout, [one for one in typed.seen if not _is_in(one, ended.stdout)])


def _is_in(seen: str, told: str) -> bool:
    pattern = ".*?".join(map(re.escape, seen.strip().split("...")))
    return re.search(pattern, told) is not None


def test_every_command_ends_and_shows_what_the_page_says(page: list[Done]) -> None:
    wrong = [
        (one.typed.command, one.code, one.missing, one.told)
        for one in page
        if one.missing or one.code != one.typed.code
    ]
    assert wrong == []
    assert len(page) > 35


def test_way_1_exact_has_both_papers_once_to_the_cent(world: World, page: list[Done]) -> None:
    books = world.exact.books()
    assert sorted((entry.your_ref, entry.type, f"{entry.total:.2f}") for entry in books.entries) == [
        ("C-1", 21, "-145.14"),
        ("F-1", 20, "145.14"),
    ]
    assert len(books.accounts_of(samples.CUSTOMER.vat)) == 1


def test_way_2_codabox_has_the_paper_once(world: World, page: list[Done]) -> None:
    assert [(paper.client, paper.number) for paper in world.codabox.desk.papers] == [("0999000228", "L-1")]


def test_way_3_each_address_has_its_kinds_in_its_format(world: World, page: list[Done]) -> None:
    got: Counter[tuple[str, str]] = Counter()
    for letter in world.relay.messages:
        message = message_from_bytes(letter)
        got.update((str(message["To"]), part.get_content_type()) for part in message.walk() if part.get_filename())
    assert got == {
        ("owner@voorbeeld.example", "application/pdf"): 2,
        ("papers@kantoor.example", "application/xml"): 1,
        ("papers@kantoor.example", "application/zip"): 1,
    }


def test_way_5_the_office_sees_and_exports_until_it_is_ended(world: World, page: list[Done]) -> None:
    assert world.before
    assert world.before.papers == [("C-1", "books"), ("F-1", "books"), ("K-7", "office")]
    with zipfile.ZipFile(io.BytesIO(world.before.pack)) as pack:
        assert sum(name.startswith("copies/") for name in pack.namelist()) == 3
    assert world.after == Visit(404, [], b"")


def test_what_is_assumed_or_missing_is_said() -> None:
    text = PAGE.read_text()
    for words in ("assumed", "unproven; it needs a key", "Not yet: PDF and UBL attached"):
        assert words in text
