"""A bare client for the far side that speaks Exact Online: no retry, no memory, one open line."""

from __future__ import annotations

import copy
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from hub.testing.exact import App, Remote, id_of

DIVISION, OTHER_DIVISION = 123456, 123457
CUSTOMER_VAT = "BE0876543270"
REVENUE = id_of(DIVISION, "GLAccounts", "700000")
APP = App()
ENTRIES = "salesentry/SalesEntries"
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def d(self) -> Any:
        """What every JSON answer of the API is wrapped in."""
        return self.json["d"]

    @property
    def said(self) -> str:
        """The sentences of an error."""
        return str(self.json["error"]["message"]["value"])


class Client:
    """Sends what it is told to, with the access token it was given."""

    def __init__(self, server: Remote, access: str = "", patience: float = PATIENCE) -> None:
        self.access = access
        self.division = DIVISION
        self._line = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=patience)

    def close(self) -> None:
        self._line.close()

    def send(self, method: str, target: str, body: bytes | None = None, /, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._line.request(method, target, body, named)
        answer = self._line.getresponse()
        return Reply(answer.status, answer.headers, answer.read())

    def token(self, **form: str) -> Reply:
        """Ask the token endpoint; the app's own id and secret go along."""
        whole = {"client_id": APP.client_id, "client_secret": APP.client_secret} | form
        body = urlencode(whole).encode()
        return self.send("POST", "/api/oauth2/token", body, Content_Type="application/x-www-form-urlencoded")

    def exchange(self, code: str, **form: str) -> Reply:
        whole = {"grant_type": "authorization_code", "code": code, "redirect_uri": APP.redirect_uri} | form
        return self.token(**whole)

    def refresh(self, token: str) -> Reply:
        return self.token(grant_type="refresh_token", refresh_token=token)

    def log_in(self, server: Remote) -> None:
        """Go through consent, and use the new access token from now on."""
        self.access = self.exchange(server.code()).json["access_token"]

    def at(self, division: int) -> Client:
        """The same client over the same line, in another division."""
        other = copy.copy(self)
        other.division = division
        return other

    def get(self, path: str, /, **query: str) -> Reply:
        """GET with `$` before the name of each query argument."""
        asked = urlencode({f"${name}": value for name, value in query.items()})
        return self.send("GET", f"/api/v1/{self.division}/{path}?{asked}", **self._json())

    def post(self, path: str, content: Any, /, **headers: str) -> Reply:
        return self.send(
            "POST", f"/api/v1/{self.division}/{path}", json.dumps(content).encode(), **self._json() | headers
        )

    def put(self, path: str, key: str, content: Any) -> Reply:
        target = f"/api/v1/{self.division}/{path}(guid'{key}')"
        return self.send("PUT", target, json.dumps(content).encode(), **self._json())

    def customer(self, **more: Any) -> str:
        """A new customer; returns its id."""
        wanted = {"Name": "Klant BV", "Status": "C", "VATNumber": CUSTOMER_VAT, "Country": "BE"}
        return str(self.post("crm/Accounts", wanted | more).d["ID"])

    def entry(self, customer: str, *lines: dict[str, Any], **head: Any) -> Reply:
        """Book; without lines one of 100.00 at 21 %."""
        return self.post(ENTRIES, entry_of(customer, *lines, **head))

    def _json(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.access}",
            "Accept": "application/json",
            "Content_Type": "application/json",
        }


def entry_of(customer: str, *lines: dict[str, Any], **head: Any) -> dict[str, Any]:
    """The body of a booking."""
    rows = [{"GLAccount": REVENUE} | line for line in lines or ({"VATCode": "210", "AmountFC": 100.0},)]
    whole = {"Customer": customer, "Journal": "700", "EntryDate": "2026-01-31", "YourRef": "2026-0042"}
    return whole | head | {"SalesEntryLines": rows}


def logged_in(server: Remote) -> Client:
    """A client that went through consent."""
    client = Client(server)
    client.log_in(server)
    return client
