"""The pure parts of the pages: what a browser is called, how amounts and sizes read, which quarter is the last."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from hub_partner.portal.exports import Busy, Turns, _last_quarter
from hub_partner.portal.frame import templates
from hub_partner.portal.logins import browser

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (CHROME, "Chrome on Windows"),
        (f"{CHROME} Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iOS",
        ),
        ("curl/8.5", "curl/8.5"),
        ("", "unknown"),
    ],
)
def test_a_browser_is_told_by_name_and_system(agent: str, told: str) -> None:
    assert browser(agent) == told


@pytest.mark.parametrize(
    ("today", "quarter"),
    [
        (date(2026, 1, 1), "2025Q4"),
        (date(2026, 3, 31), "2025Q4"),
        (date(2026, 4, 1), "2026Q1"),
        (date(2026, 12, 31), "2026Q3"),
    ],
)
def test_the_last_quarter_is_the_one_that_is_over(today: date, quarter: str) -> None:
    assert _last_quarter(today) == quarter


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("{{ x|amount('EUR') }}", {"x": Decimal("1234567.80")}, "EUR 1,234,567.80"),
        ("{{ x|amount('') }}", {"x": Decimal("-12")}, "-12"),
        ("{{ x|amount('EUR') }}", {"x": None}, ""),
        ("{{ x|size }}", {"x": 12}, "1 kB"),
        ("{{ x|size }}", {"x": 2_345_678}, "2.3 MB"),
        ("{{ x|day }}", {"x": 1_790_000_000_000}, "2026-09-21"),
        ("{{ x|sentence }}", {"x": "did you mean this?"}, "Did you mean this?"),
        ("{{ x|sentence }}", {"x": "mend it"}, "Mend it."),
        ("{{ x|sentence }}", {"x": ""}, ""),
        ("{{ x }}", {"x": "<b>\u202e&"}, "&lt;b&gt;\\u{202e}&amp;"),
        ("{{ x }}", {"x": None}, ""),
    ],
)
def test_a_page_prints(template: str, values: dict[str, object], text: str) -> None:
    assert templates().from_string(template).render(values) == text


def test_an_office_has_one_turn_and_gives_it_back() -> None:
    turns = Turns()
    with turns.of(1), turns.of(2), pytest.raises(Busy), turns.of(1):
        pass
    with pytest.raises(ZeroDivisionError), turns.of(1):
        _ = 1 / 0
    with turns.of(1):
        pass
