"""The one filter grammar of command line, dashboard and portal: from text to terms. Pure.

    state:held,uncertain dest:exact kind:sales_invoice since:7d before:2026-10-01 amount:>1000
    party:"ACME" number:2026-1* company:0123456749 !dest:mail text

Terms are joined by "and", the values of one term by "or"; `!` turns a term round. Quotes keep spaces, commas
and colons together; inside them a backslash takes the next character as it is. A word alone is free text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum

from hub.core.delivery import State
from hub.core.document import Kind
from hub.core.periods import parse_day
from hub.core.words import show
from hub.errors import UsageError

Value = str | Decimal | date


class Field(StrEnum):
    """What a term is about. TEXT is a free word; the others are written before a colon."""

    STATE = "state"
    DEST = "dest"
    KIND = "kind"
    SINCE = "since"
    BEFORE = "before"
    NUMBER = "number"
    PARTY = "party"
    AMOUNT = "amount"
    COMPANY = "company"
    TEXT = "text"


class Operator(StrEnum):
    """How a value is compared. LIKE (with `*`) and CONTAINS ignore case."""

    IS = "="
    LIKE = "like"
    CONTAINS = "contains"
    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="


@dataclass(frozen=True, slots=True)
class Term:
    """One condition: the field compared with any of the values. A time is a date or an aware datetime."""

    field: Field
    operator: Operator
    values: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """Terms that must all hold, each once, in the order written. None: everything matches."""

    terms: tuple[Term, ...] = ()


def parse(text: str, now: datetime) -> Filter:
    """Read a filter; ages such as `7d` are counted back from `now`. Raises UsageError and nothing else."""
    _check(text)
    terms = tuple(dict.fromkeys(_term(found, now) for found in _written(text)))
    if len(terms) > _MAX_TERMS:
        raise _wrong(f"a filter has at most {_MAX_TERMS} terms", "leave some out")
    return Filter(terms)


def like(pattern: str) -> str:
    """The value of a LIKE term for SQL, `... LIKE ? ESCAPE '\\'`: only `*` stands for anything."""
    return _literal(pattern).replace("*", "%")


def containing(text: str) -> str:
    """The value of a CONTAINS term for SQL, `... LIKE ? ESCAPE '\\'`: no character of it has a meaning."""
    return f"%{_literal(text)}%"


def _literal(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


_MAX_LENGTH = 2000  # a longer pattern or more terms would meet limits of SQLite
_MAX_TERMS = 50
_FIELDS = tuple(field for field in Field if field is not Field.TEXT)
_STATES = (*State, "ok")  # `ok` is a document's

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_TERM = re.compile(rf'(?P<negated>!?)(?:(?P<field>[^\s":!]+):)?(?P<values>(?:{_QUOTED}|[^\s"])*)', re.DOTALL)
_PIECE = re.compile(rf'(?P<quoted>{_QUOTED})|(?P<comma>,)|[^",]+', re.DOTALL)
_AMOUNT = re.compile(r"(>=|<=|>|<|=)?([+-]?[0-9]{1,18}(?:\.[0-9]{1,10})?)")
_AGE = re.compile(r"([0-9]{1,4})([hdw])")


def _check(text: str) -> None:
    if len(text) > _MAX_LENGTH:
        raise _wrong(f"a filter has at most {_MAX_LENGTH} characters", "leave some out")
    if any(unicodedata.category(char) in {"Cc", "Cs"} and not char.isspace() for char in text):
        raise _wrong("a filter holds no control characters", "leave them out")


def _written(text: str) -> Iterator[re.Match[str]]:
    """The terms as they stand in the text."""
    rest = text.strip()
    while rest:
        found = _TERM.match(rest)
        end = found.end() if found else 0
        if found is None or (end < len(rest) and not rest[end].isspace()):
            raise _wrong("a quote is not closed", 'write party:"ACME NV", and a quote inside as \\"')
        yield found
        rest = rest[end:].lstrip()


def _term(found: re.Match[str], now: datetime) -> Term:
    field = _field(found["field"])
    values = list(_values(found["values"]))
    if field is Field.TEXT:
        values = [",".join(values)]
    if "" in values:
        raise _wrong(f"'{show(found.group())}' has an empty value", "give a value after the colon")
    if field in _SINGLE and len(values) > 1:
        raise _wrong(f"{field}: takes one value", f"{field}: takes {_TAKES[field]}")
    read = [_READERS[field](value, now) for value in values]
    return Term(field, read[0][0], tuple(dict.fromkeys(value for _, value in read)), bool(found["negated"]))


def _field(name: str | None) -> Field:
    if name is None:
        return Field.TEXT
    if name not in _FIELDS:
        raise _unknown("field", name, _FIELDS, "; in quotes it is looked for as text")
    return Field(name)


def _values(written: str) -> Iterator[str]:
    """The values between the commas, without their quotes."""
    value = ""
    for piece in _PIECE.finditer(written):
        if piece["comma"]:
            yield value
            value = ""
        else:
            value += re.sub(r"\\(.)", r"\1", piece[0][1:-1], flags=re.DOTALL) if piece["quoted"] else piece[0]
    yield value


def _state(value: str, _: datetime) -> tuple[Operator, Value]:
    if value not in _STATES:
        raise _unknown("state", value, _STATES)
    return Operator.IS, value


def _kind(value: str, _: datetime) -> tuple[Operator, Value]:
    if value not in tuple(Kind):
        raise _unknown("kind", value, Kind)
    return Operator.IS, value


def _company(value: str, _: datetime) -> tuple[Operator, Value]:
    digits = value.upper().removeprefix("BE").replace(".", "").replace(" ", "")
    if not re.fullmatch("[0-9]{10}", digits):
        raise _no_such(Field.COMPANY, value)
    return Operator.IS, digits


def _amount(value: str, _: datetime) -> tuple[Operator, Value]:
    found = _AMOUNT.fullmatch(value)
    if not found:
        raise _no_such(Field.AMOUNT, value)
    return Operator(found[1] or "="), Decimal(found[2])


def _since(value: str, now: datetime) -> tuple[Operator, Value]:
    return Operator.AT_LEAST, _moment(Field.SINCE, value, now)


def _before(value: str, now: datetime) -> tuple[Operator, Value]:
    return Operator.BELOW, _moment(Field.BEFORE, value, now)


def _moment(field: Field, value: str, now: datetime) -> date:
    """Hours ago is a moment; days and weeks ago, and a date, are whole days in UTC."""
    if age := _AGE.fullmatch(value):
        ago = now.astimezone(UTC) - int(age[1]) * _UNITS[age[2]]
        return ago if age[2] == "h" else ago.date()
    try:
        return parse_day(value)
    except ValueError as error:
        raise _no_such(field, value) from error


def _any(operator: Operator) -> Callable[[str, datetime], tuple[Operator, Value]]:
    return lambda value, _: (operator, value)


_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_SINGLE = frozenset({Field.SINCE, Field.BEFORE, Field.AMOUNT})
_TAKES = {
    Field.SINCE: "an age (12h, 7d, 2w) or a day (2026-10-01)",
    Field.BEFORE: "an age (12h, 7d, 2w) or a day (2026-10-01)",
    Field.AMOUNT: "a number with a point, and >, >=, < or <= before it (>1000, <=12.50)",
    Field.COMPANY: "an enterprise number of 10 digits",
}
_READERS: Mapping[Field, Callable[[str, datetime], tuple[Operator, Value]]] = {
    Field.STATE: _state,
    Field.DEST: _any(Operator.IS),
    Field.KIND: _kind,
    Field.SINCE: _since,
    Field.BEFORE: _before,
    Field.NUMBER: _any(Operator.LIKE),
    Field.PARTY: _any(Operator.CONTAINS),
    Field.AMOUNT: _amount,
    Field.COMPANY: _company,
    Field.TEXT: _any(Operator.CONTAINS),
}


def _unknown(what: str, value: str, allowed: Iterable[str], more: str = "") -> UsageError:
    near = get_close_matches(value, allowed, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return _wrong(f"'{show(value)}' is no {what} of a filter", f"{hint}there are: {', '.join(allowed)}{more}")


def _no_such(field: Field, value: str) -> UsageError:
    return _wrong(f"'{show(value)}' is nothing for {field}:", f"{field}: takes {_TAKES[field]}")


def _wrong(message: str, action: str) -> UsageError:
    return UsageError(message, code="filter", action=action)
