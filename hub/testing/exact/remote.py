"""The far side as a test holds it: by its address alone, whether it runs in this process or in another."""

from __future__ import annotations

import http.client
import json
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from hub.testing.exact.books import Books
from hub.testing.exact.control import PREFIX
from hub.testing.exact.oauth import AUTHORIZE, App

_PATIENCE = 30.0


class Remote:
    """What a test may ask of a far side, and do to it. `url` has no slash at its end."""

    def __init__(self, url: str) -> None:
        self.url = url

    def books(self) -> Books:
        """What was booked and asked until now."""
        return Books(tuple(json.loads(self._call("GET", "ledger"))))

    def fail(self, rules: str) -> None:
        """Let go wrong what this text says, such as `lose_answer=#1@SalesEntries`; `#1` is the next one."""
        self._call("POST", "faults", {"rules": rules})

    def recover(self) -> None:
        """From now on all goes well."""
        self._call("DELETE", "faults")

    def advance(self, seconds: float, *, quietly: bool = False) -> None:
        """Put its clock forward: tokens age, windows end. Quietly: what it tells of the time stays with our clock."""
        self._call("POST", "clock", {"advance": seconds, "quietly": quietly})

    def close_period(self, division: int, period: str) -> None:
        """Close a period such as `2026-01`."""
        self._call("POST", "periods", {"division": division, "period": period})

    def arrange(self, division: int, resource: str, row: Mapping[str, Any]) -> str:
        """Store a row of `crm/Accounts` or any other as it is, or change the one with its key; returns the key."""
        asked = {"division": division, "resource": resource, "row": row}
        return str(next(iter(json.loads(self._call("POST", "entities", asked)).values())))

    def consent(self, app: App | None = None, *, state: str = "state", user: str = "ann") -> str:
        """A person agrees: the address with code and state that the browser is sent to."""
        app = app or App()
        query = {"client_id": app.client_id, "redirect_uri": app.redirect_uri, "response_type": "code"}
        return self.open(f"{self.url}{AUTHORIZE}?{urlencode(query | {'state': state, 'user': user})}")

    def open(self, address: str) -> str:
        """Open the address that a program told a person to open; returns where the browser is sent to."""
        parts = urlsplit(address)
        with _connected(self.url) as line:
            line.request("GET", f"{parts.path}?{parts.query}")
            answer = line.getresponse()
            answer.read()
            return answer.headers["Location"] or ""

    def code(self, app: App | None = None, *, user: str = "ann") -> str:
        """A person agrees: the code alone."""
        return parse_qs(urlsplit(self.consent(app, user=user)).query)["code"][0]

    def _call(self, method: str, name: str, content: Mapping[str, Any] | None = None) -> bytes:
        with _connected(self.url) as line:
            line.request(method, f"{PREFIX}{name}", None if content is None else json.dumps(content))
            answer = line.getresponse()
            body = answer.read()
        if answer.status not in {200, 204}:
            raise ValueError(body.decode())
        return body


@contextmanager
def running(*arguments: str) -> Iterator[tuple[Remote, subprocess.Popen[str]]]:
    """A far side as a process of its own, by the arguments of its command line; it is killed at the end."""
    command = [sys.executable, "-m", "hub.testing.exact", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            ready = process.stdout and select.select([process.stdout], [], [], _PATIENCE)[0]
            if not process.stdout or not ready:
                raise TimeoutError("the far side did not start")
            yield Remote(process.stdout.readline().strip()), process
        finally:
            process.kill()


@contextmanager
def _connected(url: str) -> Iterator[http.client.HTTPConnection]:
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_PATIENCE)
    try:
        yield line
    finally:
        line.close()
