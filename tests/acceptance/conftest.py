"""Homes to run the command in, papers to put in them, and a mail relay that really speaks SMTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.testing.smtp import SmtpServer
from tests.acceptance.command import Command
from tests.acceptance.papers import COMPANY, PAPERS
from tests.databases import Databases

ALLOWED = ("HUB_ALLOW_NETWORKS", "127.0.0.0/8")


@pytest.fixture
def bare(own_home: Path, database_url: str) -> Command:
    """The command in a home that is not there yet."""
    return Command(own_home, (ALLOWED, ("HUB_DATABASE_URL", database_url)))


@pytest.fixture
def hub(bare: Command) -> Command:
    """The command in the home of Voorbeeld NV, which is empty."""
    bare.one("init", "--company", "Voorbeeld NV", "--enterprise-number", COMPANY)
    return bare


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    """A mail relay on this machine."""
    with SmtpServer() as server:
        yield server


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A sales invoice, F-1, with a PDF inside."""
    path = tmp_path / "paper.xml"
    path.write_bytes(PAPERS["sold.xml"])
    return path


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[Command]:
    """A home that has something of everything. The tests that use it change nothing of it."""
    folder = tmp_path_factory.mktemp("everything")
    with SmtpServer() as relay, databases.fresh() as url:
        command = Command(folder / "home", (ALLOWED, ("HUB_DATABASE_URL", url)))
        _fill(command, folder, relay)
        yield command


def _fill(hub: Command, folder: Path, relay: SmtpServer) -> None:
    hub.one("init", "--company", "Voorbeeld NV", "--enterprise-number", "0123.456.749")
    hub.one("destination", "add", "map", "ubl_export", "--set", f"path={folder / 'map'}", "--from", "2026-01-01")
    (folder / "password").write_text("geheim")
    relay_is = ("--set", "host=127.0.0.1", "--set", f"port={relay.port}", "--set", "security=none")
    secret = ("--set", "username=hub", "--secret", f"password=@{folder / 'password'}")
    hub.one("connection", "add", "relay", "email", *relay_is, *secret, "--set", "sender=facturen@voorbeeld.example")
    to = ("--set", "to=boekhouder@kantoor.example")
    hub.one("destination", "add", "mail", "email", "--connection", "relay", *to, "--approve", "always")
    for name, data in PAPERS.items():
        (folder / name).write_bytes(data)
        hub("import", folder / name)
    hub.deliver("--only", "map")
    hub.lines("doc", "deliver", 2, "--to", "mail")  # waits for approval
    hub.one("export", "run", "--period", "2026", "--to", folder / "pack.zip")
