"""Moments as the tables keep them, in whole milliseconds since 1970, and how long things last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

INVITATION = timedelta(hours=72)
LOGIN_LINK = timedelta(minutes=15)  # longer than the 10 minutes of ASVS 6.5.5: mail may be slow
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)  # a session, however busy
SEEN_EVERY = timedelta(minutes=1)  # how exactly it is known when somebody was last here


def to_ms(moment: datetime) -> int:
    """To the tables."""
    return round(moment.timestamp() * 1000)


def from_ms(moment: int) -> datetime:
    """From the tables, in UTC."""
    return datetime.fromtimestamp(moment / 1000, UTC)


def span(duration: timedelta) -> int:
    """A duration in milliseconds."""
    return duration // timedelta(milliseconds=1)
