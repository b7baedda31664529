"""A browser without a screen: keeps cookies, follows nothing, and sends what a browser sends with its own forms."""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` by lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The page."""
        return self.body.decode(errors="replace")

    @property
    def location(self) -> str:
        """Where it sends us."""
        return self.headers.get("location", "")


@dataclass(slots=True)
class Browser:
    """Somebody at 127.0.0.1:PORT. `agent` is what the browser calls itself, `host` what he typed."""

    port: int
    agent: str = "Voorbeeldbrowser"
    host: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        """Open a page."""
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, form: Mapping[str, str] | list[tuple[str, str]] = (), **headers: str) -> Answer:  # type: ignore[assignment]
        """Send a form of our own."""
        given = {"sec-fetch-site": "same-origin", **_named(headers)}
        return self.ask("POST", path, urlencode(form), given)

    def ask(self, method: str, path: str, form: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send exactly this."""
        sent = {"host": self.host or f"127.0.0.1:{self.port}", "user-agent": self.agent, **_named(headers or {})}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form is not None:
            sent["content-type"] = "application/x-www-form-urlencoded"
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            line.request(method, path, form, sent)
            reply = line.getresponse()
            answer = Answer(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
            self._keep(reply.headers.get_all("set-cookie") or [])
        finally:
            line.close()
        return answer

    def _keep(self, given: list[str]) -> None:
        for text in given:
            for name, morsel in SimpleCookie(text).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def links(page: str) -> set[str]:
    """Every address on a page, of links and of forms."""
    return {text.replace("&amp;", "&") for text in re.findall(r'(?:href|action)="([^"#]+)', page)}
