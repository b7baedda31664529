"""The bookkeeper's own account: the pages of the home, and somebody at the office who opens them."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from hub.app import Hub, configure
from hub.app.configure import Values, Wanted
from hub.demo import papers, parties
from hub.demo.places import INVITED, PORTAL, Stage

NAME = "Kantoor Voorbeeld"

_COMPANY = parties.US.vat.removeprefix("BE")
_CLIENT = f"/partner/clients/{_COMPANY}"
_PATIENCE = 30.0


@dataclass(slots=True)
class Visitor:
    """Somebody with a browser: it keeps cookies and sends its own forms."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def seen(self) -> Mapping[str, str]:
        """The papers on the client's pages: number, and the destination that books it (empty: none from here)."""
        found: dict[str, str] = {}
        page: str | None = _CLIENT
        while page:
            text = self.ask("GET", page)
            found |= dict(_papers(text))
            older = re.search(r'href="([^"]*after=[^"]*)"', text)
            page = older[1].replace("&amp;", "&") if older else None
        return found

    def ask(self, method: str, path: str) -> str:
        """Open a page, or send the form on it."""
        headers = {"sec-fetch-site": "same-origin", "cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            line.request(method, path, headers=headers)
            answer = line.getresponse()
            for text in answer.headers.get_all("set-cookie") or []:
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(text).items()}
            return answer.read().decode(errors="replace")
        finally:
            line.close()


def _papers(page: str) -> Iterator[tuple[str, str]]:
    for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL):
        if number := re.search(rf'href="{_CLIENT}/papers/[0-9a-f]{{32}}">([^<]+)<', row):
            booked = re.search(r"booked by ([^<]+)<", row)
            yield number[1], booked[1].strip() if booked else ""


@contextmanager
def pages(hub: Hub, listening: socket.socket) -> Iterator[Visitor]:
    """The pages of an open home, from enter to exit; whom a person at the office is there."""
    from hub.web.app import server  # noqa: PLC0415 - web frameworks cost half a second, and the first line must come

    port = int(listening.getsockname()[1])
    site = server(hub, f"127.0.0.1:{port}")
    thread = threading.Thread(target=site.run, args=([listening],), name="pages")
    thread.start()
    try:
        yield Visitor(port)
    finally:
        site.should_exit = True
        thread.join()


def connect(hub: Hub, stage: Stage, visitor: Visitor) -> None:
    """Invite the office, as an operator types it; somebody there opens the mailed link; from then on papers go."""
    words = ("partner", "invite", "--office", NAME, "--mail", INVITED, "--company", _COMPANY, "--json")
    home = {"HUB_HOME": str(stage.home), "HUB_PUBLIC_URL": hub.config.public_url, "HUB_DATABASE_URL": ""}
    done = subprocess.run(  # noqa: S603 - our own command
        (sys.executable, "-m", "hub", *words), env=os.environ | home, capture_output=True, text=True, check=True
    )
    visitor.ask("POST", json.loads(done.stdout)["url"].removeprefix(hub.config.public_url))
    values = Values({"office": NAME})
    wanted = Wanted(name=PORTAL, plugin="partner", company=_COMPANY, values=values, from_date=papers.FIRST_DAY)
    configure.add_destination(hub, wanted)
