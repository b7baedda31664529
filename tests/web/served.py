"""A home that is served: `hub serve` in a thread of the test, with a clock that the test can put forward."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

from hub.app import Hub
from hub.config import Config
from hub.core.document import Incoming
from hub.testing.smtp import SmtpServer
from hub.web.app import server
from tests.acceptance.command import Command
from tests.web.visit import PATIENCE, Browser

COMPANY = "0123456749"  # an example: valid check digits, no such company
OTHER = "0765432146"  # likewise
OFFICE = "Kantoor Peeters"
MAIL = "an@kantoor.example"


@dataclass
class Clock:
    """The site's clock: the real one, plus what the test adds."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.ahead += timedelta(**by)


@dataclass
class Served:
    """The home, its command, its relay, and where its pages are."""

    hub: Hub
    command: Command
    relay: SmtpServer
    clock: Clock
    port: int

    @property
    def url(self) -> str:
        """What links begin with."""
        return f"http://127.0.0.1:{self.port}"

    def browser(self, **about: Any) -> Browser:
        """Somebody who is not logged in."""
        return Browser(self.port, **about)

    def invite(self, company: str = COMPANY, office: str = OFFICE, mail: str = MAIL) -> str:
        """Invite somebody; returns the path of the link."""
        made = self.command.one("partner", "invite", "--office", office, "--mail", mail, "--company", company)
        return str(made["url"]).removeprefix(self.url)

    def linked(self, company: str = COMPANY, office: str = OFFICE, mail: str = MAIL) -> Browser:
        """Somebody who accepted an invitation, logged in."""
        browser = self.browser()
        assert browser.post(self.invite(company, office, mail)).status == 303
        return browser

    def mails(self, count: int) -> list[str]:
        """The texts of the mails that were sent, once there are so many."""
        wait_for(lambda: len(self.relay.messages) >= count)
        return [_text(data) for data in self.relay.messages]

    def link_in(self, mail: str) -> str:
        """The path of the link in a mail."""
        found = re.search(rf"{self.url}(/\S+)", mail)
        assert found, mail
        return found[1]

    @contextmanager
    def again(self, url: str) -> Iterator[Served]:
        """The same home, served under another address too."""
        hub = Hub.open(self.hub.config.model_copy(update={"public_url": url}), now=self.clock)
        with socket.create_server(("127.0.0.1", 0)) as listening, _running(hub, listening):
            yield Served(hub, self.command, self.relay, self.clock, listening.getsockname()[1])
        hub.close()

    def take_in(self, *papers: bytes) -> None:
        """Accept papers."""
        arrived = self.hub.intake.accept([Incoming(name=f"{n}.xml", data=data) for n, data in enumerate(papers)])
        assert {one.result for one in arrived} == {"accepted"}, arrived


@contextmanager
def served(home: Path) -> Iterator[Served]:
    """Serve a new home of two companies; mail goes to a relay of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening, SmtpServer() as relay:
        port = listening.getsockname()[1]
        site = ("HUB_PUBLIC_URL", f"http://127.0.0.1:{port}")
        command = Command(home, (("HUB_ALLOW_NETWORKS", "127.0.0.0/8"), site))
        command.one("init", "--company", "Voorbeeld NV", "--enterprise-number", COMPANY)
        command.one("company", "add", "Ander BV", OTHER)
        line = ("--set", "host=127.0.0.1", "--set", f"port={relay.port}", "--set", "security=none")
        command.one("connection", "add", "relay", "email", *line, "--set", "sender=hub@voorbeeld.example")
        clock = Clock()
        hub = Hub.open(Config(home=home, public_url=site[1]), now=clock)
        with _running(hub, listening):
            yield Served(hub, command, relay, clock, port)
        hub.close()


@contextmanager
def _running(hub: Hub, listening: socket.socket) -> Iterator[None]:
    made = server(hub, f"127.0.0.1:{listening.getsockname()[1]}")
    thread = threading.Thread(target=made.run, args=([listening],), name="site")
    thread.start()
    wait_for(lambda: made.started)
    try:
        yield
    finally:
        made.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not become so"
        time.sleep(0.01)


def _text(data: bytes) -> str:
    payload = message_from_bytes(data).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()
