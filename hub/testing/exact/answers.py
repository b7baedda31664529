"""The shapes of what is read (reference 3): rows as JSON with their oddities, pages, and Atom for who forgot Accept."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

from hub.testing.exact import filters
from hub.testing.exact.filters import Condition
from hub.testing.exact.schema import LINE, Kind, Property, Resource
from hub.testing.exact.wire import Answer, Refused, Request, json_answer

PAGE = 60
_SELECT_NEEDED = "Please add a $select or a $top=1 statement to the query string."
_FILTER_NEEDED = (
    "A GET request for this endpoint must have a $filter parameter with one of the following fields in the url: {}."
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a GET asks for: its query, read against the resource. `skip` is where the page begins."""

    select: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    condition: Condition | None = None
    top: int | None = None
    skip: int = 0
    paged: bool = False
    counted: bool = False
    order: tuple[str, bool] | None = None

    @classmethod
    def parse(cls, request: Request, resource: Resource) -> Asked:
        """Read the query; 400 for what is not understood."""
        query = request.query
        text, token = query.get("$filter"), query.get("$skiptoken")
        return cls(
            select=_names(query.get("$select", ""), resource),
            expand=_names(query.get("$expand", ""), resource),
            condition=filters.parse(text, resource) if text else None,
            top=None if "$top" not in query else _count(query["$top"]),
            skip=_count(query.get("$skip", "0") if token is None else token),
            paged=token is not None,
            counted=query.get("$inlinecount") == "allpages",
            order=_order(query.get("$orderby", ""), resource),
        )

    def check(self, resource: Resource, *, filtered: bool) -> None:
        """Refuse a list without $select, and one without a filter where that is mandatory."""
        if not self.select and self.top != 1:
            raise Refused(400, _SELECT_NEEDED)
        named = self.condition.fields if self.condition else frozenset()
        if filtered and resource.must_filter and not named & resource.must_filter:
            raise Refused(400, _FILTER_NEEDED.format(", ".join(sorted(resource.must_filter))))


@dataclass(frozen=True, slots=True)
class Shapes:
    """Turns rows of a resource at an address into answers."""

    resource: Resource
    url: str

    def collection(self, rows: Sequence[Row], asked: Asked, request: Request) -> Answer:
        """A page: a bare list with `$top` up to 60, otherwise `results` and perhaps `__next`."""
        ordered = self._ordered(rows, asked)
        limit = PAGE if asked.top is None else min(asked.top, PAGE)
        page = [self.row(row, asked) for row in ordered[asked.skip : asked.skip + limit]]
        if "json" not in request.headers.get("accept", ""):
            return self._atom(page)
        bare = asked.top is not None and asked.top <= PAGE and not asked.paged and not asked.counted
        if bare or asked.top == 0:
            return json_answer(200, {"d": page})
        content: dict[str, Any] = {"results": page}
        if asked.counted:
            content["__count"] = str(len(rows))
        left = len(ordered) - asked.skip - limit if asked.top is None else asked.top - limit
        if left > 0 and len(ordered) > asked.skip + limit:
            content["__next"] = self._next(request, asked, limit)
        return json_answer(200, {"d": content})

    def single(self, status: int, row: Row, request: Request, asked: Asked | None = None) -> Answer:
        """One row: by key, or after POST."""
        shown = self.row(row, asked or Asked())
        if "json" not in request.headers.get("accept", ""):
            return self._atom([shown], status)
        return json_answer(status, {"d": shown})

    def row(self, row: Row, asked: Asked) -> dict[str, Any]:
        """One row with all properties that are selected; what is not set is null."""
        uri = f"{self.url}({_key(row[self.resource.key], self.resource)})"
        shown: dict[str, Any] = {"__metadata": {"uri": uri, "type": self.resource.model}}
        for name, known in self.resource.properties.items():
            if known.kind is Kind.LINES:
                if not asked.select or name in (*asked.select, *asked.expand):
                    shown[name] = self._lines(row, name, asked)
            elif not asked.select or name in asked.select:
                shown[name] = _shown(known, row.get(name))
        return shown

    def _lines(self, row: Row, name: str, asked: Asked) -> dict[str, Any]:
        if name not in asked.expand:
            return {"__deferred": {"uri": f"{self.url}({_key(row[self.resource.key], self.resource)})/{name}"}}
        lines = row.get(name) or []
        return {"results": [{key: _shown(known, line.get(key)) for key, known in LINE.items()} for line in lines]}

    def _ordered(self, rows: Sequence[Row], asked: Asked) -> Sequence[Row]:
        if asked.order is None:
            return rows
        name, descending = asked.order
        value = partial(_sorted_by, name, self.resource.properties[name])
        return sorted(rows, key=value, reverse=descending)

    def _next(self, request: Request, asked: Asked, limit: int) -> str:
        query = {name: value for name, value in request.query.items() if name != "$skip"}
        query["$skiptoken"] = str(asked.skip + limit)
        if asked.top is not None:
            query["$top"] = str(asked.top - limit)
        return f"{self.url}?{urlencode(query)}"

    def _atom(self, rows: Sequence[Mapping[str, Any]], status: int = 200) -> Answer:
        """The same as Atom, roughly: nobody should want it."""
        entries = "".join(
            f"<entry><content><properties>{_elements(row)}</properties></content></entry>" for row in rows
        )
        feed = f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'
        return Answer(status, feed.encode(), {"Content-Type": "application/atom+xml;charset=utf-8"})


def only_key(row: dict[str, Any], resource: Resource) -> dict[str, Any]:
    """What a POST to some resources returns without `Prefer`: the key, and null for all else."""
    return {resource.key: row[resource.key]}


def _elements(row: Mapping[str, Any]) -> str:
    values = {name: value for name, value in row.items() if not isinstance(value, dict)}
    return "".join(f"<{name}>{html.escape(str(value))}</{name}>" for name, value in values.items())


def _sorted_by(name: str, known: Property, row: Row) -> tuple[bool, Any]:
    value = filters.comparable(known.kind, row.get(name))
    return (value is not None, value)


def _shown(known: Property, value: Any) -> Any:
    return None if value is None else _SHOWN.get(known.kind, _as_it_is)(value)


def _as_it_is(value: Any) -> Any:
    return value


def _milliseconds(value: str) -> str:
    """Every date is shown as if it were in UTC."""
    moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
    return f"/Date({round(moment.timestamp() * 1000)})/"


_SHOWN: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.DATE: _milliseconds,
    Kind.DOUBLE: lambda value: float(Decimal(value)),
    Kind.BINARY: lambda _value: None,
}


def _key(value: Any, resource: Resource) -> str:
    return f"guid'{value}'" if resource.properties[resource.key].kind is Kind.GUID else str(value)


def _names(text: str, resource: Resource) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip() not in {"", "*"})
    if any(name.partition("/")[0] not in resource.properties for name in names):
        raise Refused(400, filters.SYNTAX)
    return tuple(name.partition("/")[0] for name in names)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise Refused(400, filters.SYNTAX)
    return int(text)


def _order(text: str, resource: Resource) -> tuple[str, bool] | None:
    if not text:
        return None
    name, _, direction = text.strip().partition(" ")
    known = resource.properties.get(name)
    if known is None or known.kind is Kind.LINES or direction.strip() not in {"", "asc", "desc"}:
        raise Refused(400, filters.SYNTAX)
    return name, direction.strip() == "desc"
