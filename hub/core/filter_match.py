"""What a filter means, said once and without a database: the model that every query has to agree with. Pure.

A record has some of `state`, `dest`, `kind`, `at`, `number`, `party`, `amount`, `company` and `text`. `at` is the
issue date of a document or the last change of a delivery; `text` is what free words look at beside number and
party. A value may be several (a document's destinations, its two parties): one that fits is enough. What a record
does not have fits no term, and so it fits every negated one.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from hub.core.filters import Field, Filter, Operator, Term


def matches(filter_: Filter, record: Mapping[str, object]) -> bool:
    """All terms hold for the record."""
    return all(_matches(term, record) for term in filter_.terms)


def fold(text: str) -> str:
    """Text as LIKE and CONTAINS compare it: without case, accents composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


_KEYS: Mapping[Field, tuple[str, ...]] = {
    **{field: (field.value,) for field in Field},
    Field.SINCE: ("at",),
    Field.BEFORE: ("at",),
    Field.TEXT: ("number", "party", "text"),
}


def _matches(term: Term, record: Mapping[str, object]) -> bool:
    compare = _COMPARE[term.operator]
    found = any(
        compare(had, wanted) for key in _KEYS[term.field] for had in _had(record.get(key)) for wanted in term.values
    )
    return found is not term.negated


def _had(value: object) -> Iterator[object]:
    """The values that a record has under one key: none, one or several."""
    if isinstance(value, Collection) and not isinstance(value, str):
        yield from value
    elif value is not None:
        yield value


def _like(had: str, pattern: str) -> bool:
    parts = (re.escape(part) for part in fold(pattern).split("*"))
    return re.fullmatch(".*".join(parts), fold(had), re.DOTALL) is not None


def _contains(had: str, wanted: str) -> bool:
    return fold(wanted) in fold(had)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Compare, by whole days in UTC where either side is a day."""

    def fit(had: Any, wanted: Any) -> bool:
        if isinstance(had, datetime) and isinstance(wanted, datetime):
            return compare(had, wanted)
        return compare(_whole_day(had), _whole_day(wanted))

    return fit


def _whole_day(value: Any) -> Any:
    return value.astimezone(UTC).date() if isinstance(value, datetime) else value


_COMPARE: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.IS: operator.eq,
    Operator.LIKE: _like,
    Operator.CONTAINS: _contains,
    Operator.ABOVE: _ordered(operator.gt),
    Operator.AT_LEAST: _ordered(operator.ge),
    Operator.BELOW: _ordered(operator.lt),
    Operator.AT_MOST: _ordered(operator.le),
}
