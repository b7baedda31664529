"""Periods of whole days: a month, a quarter, a year, or from one day to another."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hub.core.words import show
from hub.errors import UsageError

_ALLOWED = "give a month (2026-10), a quarter (2026Q3), a year (2026) or two days (2026-07-01..2026-09-30)"
_FORM = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})|Q(?P<quarter>[1-4]))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Rule(StrEnum):
    """How time is cut into periods."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """From the day `start` to the day `end`, both included. `name` is what `parse` reads."""

    name: str
    start: date
    end: date

    def contains(self, day: date) -> bool:
        """The day lies in the period."""
        return self.start <= day <= self.end


def parse(text: str) -> Period:
    """The period a person wrote: `2026-10`, `2026Q3`, `2026`, `2026-07-01..2026-09-30`. Raises UsageError."""
    try:
        return _from_to(text) if ".." in text else _named(text)
    except ValueError as error:
        raise UsageError(f"'{show(text)}' is no period: {error}", code="period", action=_ALLOWED) from error


def of(day: date, rule: Rule) -> Period:
    """The month, quarter or year that a day lies in."""
    match rule:
        case Rule.MONTH:
            return _months(f"{day.year:04}-{day.month:02}", day.year, day.month)
        case Rule.QUARTER:
            return _quarter(day.year, (day.month - 1) // 3 + 1)
        case Rule.YEAR:
            return _months(f"{day.year:04}", day.year, 1, 12)


def parse_day(text: str) -> date:
    """A day as a person writes it, `2026-07-01` and in no other form. Raises ValueError."""
    # date.fromisoformat alone also takes 20260701 and 2026-W27-3.
    if not _DAY.fullmatch(text):
        raise ValueError("a day is written as 2026-07-01")
    return date.fromisoformat(text)


def _named(text: str) -> Period:
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError("not of a form that is known")
    year = int(found["year"])
    if found["quarter"]:
        return _quarter(year, int(found["quarter"]))
    if found["month"]:
        return _months(text, year, int(found["month"]))
    return _months(text, year, 1, 12)


def _from_to(text: str) -> Period:
    first, _, last = text.partition("..")
    start, end = parse_day(first), parse_day(last)
    if end < start:
        raise ValueError("it ends before it starts")
    return Period(text, start, end)


def _quarter(year: int, quarter: int) -> Period:
    first = 3 * quarter - 2
    return _months(f"{year:04}Q{quarter}", year, first, first + 2)


def _months(name: str, year: int, first: int, last: int = 0) -> Period:
    """From the first day of month `first` to the last day of month `last` (the same month unless given)."""
    start = date(year, first, 1)
    end = date(year, last or first, monthrange(year, last or first)[1])
    return Period(name, start, end)
