"""Exact's protocol: reads that follow pages, writes that are sent once, and a token renewed once when it is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hub import LoginNeeded, Meter, NotSent, Uncertain, Vault
from hub_exact.answers import Call, Row, accepted, rows
from hub_exact.limits import note
from hub_exact.tokens import Tokens
from hub_exact.wire import BOOKING_TIME, READ_TIME, Wire

if TYPE_CHECKING:
    from hub.http import Reply

_ACCEPT = {"Accept": "application/json"}
# Without Prefer, a new account comes back with its id and nothing else.
_WRITE = _ACCEPT | {"Content-Type": "application/json", "Prefer": "return=representation"}
_MOST_PAGES = 50
_UNAUTHORIZED = 401
_CALM = 60.0  # seconds, after a token was refused that Exact itself calls good

Send = Callable[[Mapping[str, str]], "Reply"]


@dataclass(frozen=True, slots=True)
class Client:
    """The calls of one hook."""

    wire: Wire
    tokens: Tokens
    read_time: float = READ_TIME  # seconds
    meter: Meter | None = None  # of a delivery

    @classmethod
    def on(cls, wire: Wire, vault: Vault, read_time: float = READ_TIME) -> Client:
        """The client of a connection, whose vault has the tokens."""
        return cls(wire, Tokens(wire, vault), read_time)

    def metered(self, meter: Meter) -> Client:
        """This client, with each call on a delivery's account."""
        return replace(self, meter=meter)

    def read(self, path: str, select: str, where: str = "") -> list[Row]:
        """All rows of a collection, every page; Exact wants the columns named."""
        query = {"$select": select} | ({"$filter": where} if where else {})
        found, following = self._page(path, self.wire.api(path), query)
        for _ in range(_MOST_PAGES):
            if not following:
                return found
            more, following = self._page(path, self._own(following), None)
            found += more
        raise NotSent("exact.pages", f"GET {path}: more pages than anybody can have")

    def create(self, path: str, content: bytes) -> Row:
        """A new row, as Exact has it now. Raises Uncertain when it may be there."""
        call = self._call(f"POST {path}", reading=False)
        reply = accepted(self._authorized(self._sender("POST", path, content)), call)
        try:
            [row], _ = rows(reply)
        except ValueError as error:
            raise Uncertain("exact.answer", f"{call.name}: {error}") from error
        return row

    def change(self, path: str, content: bytes) -> None:
        """Some fields of a row."""
        call = self._call(f"PUT {path}", reading=False)
        accepted(self._authorized(self._sender("PUT", path, content)), call)

    def _page(self, path: str, url: str, query: Mapping[str, str] | None) -> tuple[list[Row], str]:
        def send(token: Mapping[str, str]) -> Reply:
            timeout = self.wire.timeout(self.read_time)
            headers = {**_ACCEPT, **token}
            if query is None:  # an address that Exact wrote is asked as it is
                return self.wire.http.get(url, headers=headers, timeout=timeout)
            return self.wire.http.get(url, params=query, headers=headers, timeout=timeout)

        call = self._call(f"GET {path}", reading=True)
        reply = accepted(self._authorized(send), call)
        try:
            found, following = rows(reply)
        except ValueError as error:
            raise NotSent("exact.answer", f"{call.name}: {error}") from error
        return list(found), following

    def _sender(self, method: str, path: str, content: bytes) -> Send:
        def send(token: Mapping[str, str]) -> Reply:
            timeout = self.wire.timeout(BOOKING_TIME)
            url = self.wire.api(path)
            return self.wire.http.send(method, url, content=content, headers={**_WRITE, **token}, timeout=timeout)

        return send

    def _authorized(self, send: Send) -> Reply:
        """The answer with a good token: one that is refused is renewed once, whatever the clock says."""
        used = self.tokens.access()
        reply = self._noted(send(_bearer(used)))
        if reply.status != _UNAUTHORIZED:
            return reply
        renewed = self.tokens.renewed(used)
        if renewed == used:
            wait = self.wire.scaled(_CALM)
            raise NotSent(
                "exact.token_unclear", "Exact refuses a token, and says it is good as it is", retry_after=wait
            )
        reply = self._noted(send(_bearer(renewed)))
        if reply.status == _UNAUTHORIZED:
            raise LoginNeeded("exact.401", "Exact refuses a token that it has just given; log in again")
        return reply

    def _noted(self, reply: Reply) -> Reply:
        """The answer, once the delivery's account has its call and what it says of the limits."""
        if self.meter is not None:
            note(self.meter, reply, self._call("", reading=True))
        return reply

    def _own(self, url: str) -> str:
        """The next page as Exact wrote it; the token goes nowhere else."""
        if not url.startswith(f"{self.wire.app.base_url}/"):
            raise NotSent("exact.pages", "the address of the next page is not at Exact")
        return url

    def _call(self, name: str, *, reading: bool) -> Call:
        return Call(name, reading, self.wire.now(), self.wire.app.time_scale)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
