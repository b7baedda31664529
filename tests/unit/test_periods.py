"""Periods: what a person may write, what days they hold, and which period a day lies in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core import periods
from hub.core.periods import Period, Rule
from hub.errors import UsageError


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-10", "2026-10-01", "2026-10-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2026Q1", "2026-01-01", "2026-03-31"),
        ("2026Q2", "2026-04-01", "2026-06-30"),
        ("2026Q3", "2026-07-01", "2026-09-30"),
        ("2026Q4", "2026-10-01", "2026-12-31"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("0001", "0001-01-01", "0001-12-31"),
        ("9999", "9999-01-01", "9999-12-31"),
        ("2026-07-01..2026-09-30", "2026-07-01", "2026-09-30"),
        ("2026-07-01..2026-07-01", "2026-07-01", "2026-07-01"),
        ("2025-12-15..2026-01-15", "2025-12-15", "2026-01-15"),
    ],
)
def test_a_period_runs_from_its_first_to_its_last_day(text: str, start: str, end: str) -> None:
    assert periods.parse(text) == Period(text, date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 2026",
        "2026\n",
        "26",
        "0000",
        "2026-13",
        "2026-00",
        "2026-1",
        "2026Q0",
        "2026Q5",
        "2026q3",
        "2026-Q3",
        "Q3 2026",
        "october",
        "2026-10-05",
        "\uff12\uff10\uff12\uff16",
        "2026..2027",
        "2026-07-01..",
        "..2026-09-30",
        "2026-09-30..2026-07-01",
        "2026-02-30..2026-03-01",
        "20260701..20260930",
        "2026-W27-3..2026-W28-1",
        "2026-07-01..2026-09-30..2026-10-01",
    ],
)
def test_what_is_no_period_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        periods.parse(text)
    assert all(form in caught.value.action for form in ("2026-10", "2026Q3", "2026-07-01..2026-09-30"))


def test_a_refused_period_is_shown_without_control_characters() -> None:
    with pytest.raises(UsageError) as caught:
        periods.parse("2026\x9b\u202e")
    assert caught.value.message.isascii()


@pytest.mark.parametrize(
    ("day", "rule", "name"),
    [
        ("2026-10-31", Rule.MONTH, "2026-10"),
        ("2026-01-01", Rule.MONTH, "2026-01"),
        ("2026-03-31", Rule.QUARTER, "2026Q1"),
        ("2026-04-01", Rule.QUARTER, "2026Q2"),
        ("2026-12-31", Rule.QUARTER, "2026Q4"),
        ("2026-12-31", Rule.YEAR, "2026"),
        ("0999-05-05", Rule.YEAR, "0999"),
    ],
)
def test_a_day_lies_in_one_period_of_each_rule(day: str, rule: Rule, name: str) -> None:
    assert periods.of(date.fromisoformat(day), rule).name == name


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        ("2026-06-30", False),
        ("2026-07-01", True),
        ("2026-08-15", True),
        ("2026-09-30", True),
        ("2026-10-01", False),
    ],
)
def test_a_period_contains_its_first_and_last_day(day: str, inside: bool) -> None:
    assert periods.parse("2026Q3").contains(date.fromisoformat(day)) is inside


@given(st.dates(), st.sampled_from(Rule))
def test_the_period_of_a_day_contains_it_and_is_read_back_from_its_name(day: date, rule: Rule) -> None:
    period = periods.of(day, rule)
    assert period.contains(day)
    assert periods.parse(period.name) == period


@given(st.dates(max_value=date(9998, 12, 31)), st.sampled_from(Rule))
def test_periods_of_a_rule_follow_each_other_without_a_gap(day: date, rule: Rule) -> None:
    period = periods.of(day, rule)
    after = periods.of(period.end + timedelta(days=1), rule)
    assert after.start == period.end + timedelta(days=1)


@given(st.text() | st.text("0123456789-Q.", max_size=24))
def test_any_text_is_a_period_or_a_usage_error(text: str) -> None:
    try:
        period = periods.parse(text)
    except UsageError:
        return
    assert period.start <= period.end
