"""$filter as far as this far side understands it: a parser that makes a test for rows, or says 400.

`or` binds weaker than `and`; a test is `FIELD op literal`, `trim(FIELD) op literal`, `startswith(FIELD,'x')`,
`substringof('x',FIELD)`, the last two also with `eq true` or `eq false`. Operators: eq ne gt ge lt le.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from hub.testing.exact.schema import Kind, Resource
from hub.testing.exact.wire import Refused

Row = Mapping[str, Any]

SYNTAX = "Bad Request - Error in query syntax."

_TOKEN = re.compile(
    r"\s*(?:(?P<guid>guid'[0-9a-fA-F-]{36}')|(?P<date>datetime'[^']*')|(?P<text>'(?:''|[^'])*')"
    r"|(?P<number>-?\d+(?:\.\d+)?)[LlMmDd]?(?![\w.])|(?P<word>[A-Za-z_]\w*)|(?P<sign>[(),]))\s*"
)
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_WORDS = {"true": True, "false": False, "null": None}
# What a literal may be for a field of each type.
_LITERALS: Mapping[Kind, frozenset[str]] = {
    Kind.STRING: frozenset({"text"}),
    Kind.GUID: frozenset({"guid"}),
    Kind.INT: frozenset({"number"}),
    Kind.DOUBLE: frozenset({"number"}),
    Kind.BOOL: frozenset({"bool"}),
    Kind.DATE: frozenset({"date"}),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A test for a row. `fields` are those it names; `fixed` gives values of which a row must have one."""

    holds: Callable[[Row], bool]
    fields: frozenset[str] = frozenset()
    fixed: Mapping[str, frozenset[Any]] = field(default_factory=dict)


def parse(text: str, resource: Resource) -> Condition:
    """Read a $filter; anything that is not understood is refused with 400."""
    parser = _Parser(_tokens(text), resource)
    try:
        condition = parser.either()
    except RecursionError:
        raise Refused(400, SYNTAX) from None
    if parser.rest:
        raise Refused(400, SYNTAX)
    return condition


def comparable(kind: Kind, value: Any) -> Any:
    """A stored value as it is compared: blanks at the end do not count, GUIDs have no case."""
    if value is None:
        return None
    if kind is Kind.STRING:
        return str(value).rstrip()
    if kind is Kind.GUID:
        return str(value).lower()
    if kind is Kind.DATE:
        return datetime.fromisoformat(str(value))
    return Decimal(str(value)) if kind in {Kind.INT, Kind.DOUBLE} else value


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise Refused(400, SYNTAX)
        found.append((match.lastgroup, match.group(match.lastgroup)))
        place = match.end()
    return found


class _Parser:
    """Goes through the tokens from left to right."""

    def __init__(self, tokens: list[tuple[str, str]], resource: Resource) -> None:
        self.rest = tokens
        self._resource = resource

    def either(self) -> Condition:
        """Tests joined by `or`."""
        left = self._both()
        while self._skip("or"):
            left = _either(left, self._both())
        return left

    def _both(self) -> Condition:
        left = self._one()
        while self._skip("and"):
            left = _both(left, self._one())
        return left

    def _one(self) -> Condition:
        if self._skip("("):
            inside = self.either()
            self._expect(")")
            return inside
        kind, word = self._next()
        if kind != "word":
            raise Refused(400, SYNTAX)
        if word in {"substringof", "startswith"}:
            return self._search(word)
        if word == "trim":
            self._expect("(")
            name = self._field(Kind.STRING)
            self._expect(")")
            return self._comparison(name, trimmed=True)
        return self._comparison(self._known(word), trimmed=False)

    def _search(self, function: str) -> Condition:
        self._expect("(")
        if function == "substringof":
            wanted = self._text()
            self._expect(",")
            name = self._field(Kind.STRING)
        else:
            name = self._field(Kind.STRING)
            self._expect(",")
            wanted = self._text()
        self._expect(")")
        expected = self._truth() if self._skip("eq") else True
        inside = str.__contains__ if function == "substringof" else str.startswith
        return Condition(lambda row: inside(str(row.get(name) or ""), wanted) is expected, frozenset({name}))

    def _comparison(self, name: str, *, trimmed: bool) -> Condition:
        kind = self._resource.properties[name].kind
        _, sign = self._next()
        compare, wanted = _OPERATORS.get(sign), self._literal(kind)
        if compare is None or (wanted is None and sign not in {"eq", "ne"}):
            raise Refused(400, SYNTAX)

        def holds(row: Row) -> bool:
            value = comparable(kind, row.get(name))
            value = value.strip() if trimmed and value is not None else value
            if value is None or wanted is None:
                return bool(compare(value, wanted)) and sign in {"eq", "ne"}
            return compare(value, wanted)

        fixed = {name: frozenset({wanted})} if sign == "eq" and not trimmed else {}
        return Condition(holds, frozenset({name}), fixed)

    def _literal(self, field_kind: Kind) -> Any:
        kind, text = self._next()
        if kind == "word" and text in _WORDS:
            kind = "null" if text == "null" else "bool"
        if kind != "null" and kind not in _LITERALS.get(field_kind, frozenset()):
            raise Refused(400, SYNTAX)
        return _value(kind, text)

    def _truth(self) -> bool:
        value = self._literal(Kind.BOOL)
        return value is True

    def _text(self) -> str:
        return str(self._literal(Kind.STRING))

    def _field(self, kind: Kind) -> str:
        name = self._known(self._next()[1])
        if self._resource.properties[name].kind is not kind:
            raise Refused(400, SYNTAX)
        return name

    def _known(self, name: str) -> str:
        if name not in self._resource.properties:
            raise Refused(400, SYNTAX)
        return name

    def _next(self) -> tuple[str, str]:
        if not self.rest:
            raise Refused(400, SYNTAX)
        first, *self.rest = self.rest
        return first

    def _skip(self, word: str) -> bool:
        found = bool(self.rest) and self.rest[0][0] in {"word", "sign"} and self.rest[0][1] == word
        self.rest = self.rest[found:]
        return found

    def _expect(self, sign: str) -> None:
        if not self._skip(sign):
            raise Refused(400, SYNTAX)


def _value(kind: str, text: str) -> Any:
    if kind in {"bool", "null"}:
        return _WORDS[text]
    if kind == "text":
        return text[1:-1].replace("''", "'").rstrip()
    if kind == "guid":
        return text[5:-1].lower()
    if kind == "number":
        return Decimal(text)
    try:
        return datetime.fromisoformat(text[len("datetime'") : -1]).replace(tzinfo=None)
    except ValueError:
        raise Refused(400, SYNTAX) from None


def _both(left: Condition, right: Condition) -> Condition:
    fields = left.fields | right.fields
    return Condition(lambda row: left.holds(row) and right.holds(row), fields, {**right.fixed, **left.fixed})


def _either(left: Condition, right: Condition) -> Condition:
    shared = {name: left.fixed[name] | right.fixed[name] for name in left.fixed.keys() & right.fixed.keys()}
    return Condition(lambda row: left.holds(row) or right.holds(row), left.fields | right.fields, shared)
