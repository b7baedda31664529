"""The API below /api/v1: who may come in, which resource is meant, and what is done with it (reference 2 to 5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hub.testing.exact import accounts, documents, payload, sales, seeds
from hub.testing.exact.administration import Administration, Row
from hub.testing.exact.answers import Asked, Shapes, only_key
from hub.testing.exact.clock import SERVER_UTC_OFFSET, Clock
from hub.testing.exact.entities import Entities
from hub.testing.exact.ledger import Ledger
from hub.testing.exact.limits import Limits
from hub.testing.exact.schema import RESOURCES, Kind, Resource
from hub.testing.exact.tokens import Grant, Tokens
from hub.testing.exact.wire import Answer, Refused, Request, json_answer

_ROUTE = re.compile(r"/api/v1/(?P<place>\d+|current)/(?P<path>\w+(?:/\w+)?)(?:\((?P<key>[^)]*)\))?")
_GUID_KEY = re.compile(r"guid'([0-9a-fA-F-]{36})'")
# Without `Prefer` these answer a POST with the key alone (reference 3).
_SHY = frozenset({"crm/Accounts", "crm/Contacts"})

_NEW: Mapping[str, Callable[[Administration, Row], Row]] = {
    "crm/Accounts": accounts.new_account,
    "crm/Contacts": accounts.new_contact,
    "salesentry/SalesEntries": sales.new_entry,
    "documents/Documents": documents.new_document,
    "documents/DocumentAttachments": documents.new_attachment,
}
_CHANGED: Mapping[str, Callable[[Administration, Row, Row], Row]] = {
    "crm/Accounts": accounts.changed_account,
    "crm/Contacts": accounts.changed_contact,
    "salesentry/SalesEntries": sales.changed_entry,
    "documents/Documents": documents.changed_document,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that found its resource. `division` is 0 for what belongs to no division."""

    request: Request
    resource: Resource
    division: int
    key: str | None
    grant: Grant

    @property
    def endpoint(self) -> tuple[str, str, int, str]:
        """What errors are counted by."""
        return (self.grant.app, self.grant.user, self.division, self.resource.path)


@dataclass(slots=True, kw_only=True)
class Api:
    """The API of one server; `answer` is called by one thread at a time."""

    tokens: Tokens
    limits: Limits
    entities: Entities
    ledger: Ledger
    clock: Clock
    companies: seeds.Companies
    language: str = "nl"
    must_filter: bool = True
    url: str = field(default="")

    def answer(self, request: Request) -> Answer:
        """Carry out one request."""
        try:
            call = self._call(request)
        except Refused as refused:
            return refused.answer()
        if self.limits.is_blocked(call.endpoint):
            return Answer(429, told="blocked for errors")
        caller = (call.grant.app, call.division)
        full = self.limits.refusal(caller)
        if full is not None:
            return full
        headers = self.limits.count(caller)
        try:
            answer = self._admitted(call)
        except Refused as refused:
            answer = refused.answer()
        self.limits.note(call.endpoint, answer.status)
        return answer.with_headers(headers) if answer.status < 300 else answer  # noqa: PLR2004 - as HTTP counts

    def caller(self, request: Request) -> tuple[str, int]:
        """App and division of a request, for the headers of a refusal."""
        grant = self.tokens.holder(_bearer(request))
        route = _ROUTE.match(request.path)
        place = route["place"] if route else ""
        return (grant.app if grant else "", int(place) if place.isdecimal() else 0)

    def _call(self, request: Request) -> Call:
        grant = self.tokens.holder(_bearer(request))
        if grant is None:
            raise Refused(401, "Unauthorized")
        route = _ROUTE.fullmatch(request.path)
        current = route is not None and route["place"] == "current"
        path = "" if route is None else f"current/{route['path']}" if current else route["path"]
        resource = RESOURCES.get(path)
        if route is None or resource is None:
            raise Refused(404, "Resource not found for the segment.")
        division = 0 if current else int(route["place"])
        return Call(request=request, resource=resource, division=division, key=route["key"], grant=grant)

    def _admitted(self, call: Call) -> Answer:
        if not self.tokens.is_valid(call.grant):
            raise Refused(401, "Unauthorized")
        # Which division is in the address does not matter to the list of divisions (reference 4).
        if call.division not in {0, *self.companies} and call.resource.path != "system/Divisions":
            raise Refused(403, "Forbidden", "NoDivisionAccess")
        method = call.request.method
        misplaced = (call.key is None) if method == "PUT" else (method == "POST" and call.key is not None)
        if method not in call.resource.methods or misplaced:
            raise Refused(405, "Method not allowed.")
        return {"GET": self._get, "POST": self._post, "PUT": self._put}[method](call)

    def _get(self, call: Call) -> Answer:
        asked = Asked.parse(call.request, call.resource)
        if call.key is not None:
            return self._shapes(call).single(200, self._row(call), call.request, asked)
        if call.resource.service == "current":
            me = seeds.me(self.companies) | {"ServerTime": self.clock.stamp(), "ServerUtcOffset": SERVER_UTC_OFFSET}
            return json_answer(200, {"d": {"results": [self._shapes(call).row(me, asked)]}})
        asked.check(call.resource, filtered=self.must_filter)
        return self._shapes(call).collection(self._rows(call, asked), asked, call.request)

    def _rows(self, call: Call, asked: Asked) -> list[Row]:
        if call.resource.path == "system/Divisions":
            found = seeds.divisions(self.companies)
            return [row for row in found if asked.condition is None or asked.condition.holds(row)]
        return self.entities.shelf(call.division, call.resource.path).find(asked.condition)

    def _post(self, call: Call) -> Answer:
        sent = payload.read(call.request, call.resource)
        row = _NEW[call.resource.path](self._books(call), sent)
        self.entities.put(call.division, call.resource.path, row)
        full = "return=representation" in call.request.headers.get("prefer", "")
        shown = row if full or call.resource.path not in _SHY else only_key(row, call.resource)
        return self._shapes(call).single(201, shown, call.request)

    def _put(self, call: Call) -> Answer:
        old = self._row(call)
        sent = payload.read(call.request, call.resource)
        row = _CHANGED[call.resource.path](self._books(call), old, sent)
        self.entities.put(call.division, call.resource.path, row)
        return Answer(204)

    def _row(self, call: Call) -> Row:
        key = call.key or ""
        guid = _GUID_KEY.fullmatch(key)
        if call.resource.properties[call.resource.key].kind is Kind.GUID and guid is None:
            raise Refused(400, "Bad Request - Error in query syntax.")
        row = self.entities.shelf(call.division, call.resource.path).get(guid[1] if guid else key)
        if row is None:
            raise Refused(404, "Resource not found.")
        return row

    def _books(self, call: Call) -> Administration:
        return Administration(call.division, self.entities, self.ledger, self.clock, self.language)

    def _shapes(self, call: Call) -> Shapes:
        place = f"{call.division}/" if call.division else ""
        return Shapes(call.resource, f"{self.url}/api/v1/{place}{call.resource.path}")


def _bearer(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")
