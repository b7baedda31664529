"""Times: aware in the code, whole milliseconds in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.clock import from_ms, system_now, to_ms


@pytest.mark.parametrize(
    ("moment", "milliseconds"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 0, 0, 1, 999, tzinfo=UTC), 1000),
        (datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), 0),
        (datetime(1969, 12, 31, 23, 59, 59, 999_500, tzinfo=UTC), -1),
        (datetime(2026, 1, 15, 12, tzinfo=UTC), 1_768_478_400_000),
    ],
)
def test_a_moment_is_so_many_milliseconds(moment: datetime, milliseconds: int) -> None:
    assert to_ms(moment) == milliseconds


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_every_millisecond_comes_back(milliseconds: int) -> None:
    assert to_ms(from_ms(milliseconds)) == milliseconds
    assert from_ms(milliseconds).utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        to_ms(datetime(2026, 1, 15))  # noqa: DTZ001 - that is the point


def test_the_machines_clock_is_in_utc() -> None:
    assert system_now().tzinfo is UTC
