"""Exact's limits: every call is counted, its own word is passed on, and a header that is missing says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from hub import Meter, NotSent
from hub.http import Reply
from hub.testing.exact import ExactServer, Setup
from hub.testing.specimen import make_delivery, sample_document
from hub_exact.answers import Call
from hub_exact.limits import note

NOW = datetime(2026, 11, 24, 12, 30, 30, tzinfo=UTC)


def ms(seconds: float) -> str:
    """So many seconds from now, as Exact writes it."""
    return str(int((NOW.timestamp() + seconds) * 1000))


def heard(status: int, headers: dict[str, str], scale: float = 1.0) -> list[tuple[str, int, int]]:
    """What the core is told by an answer: scope, calls left, seconds until it starts anew."""
    meter = Meter()
    note(meter, Reply(status, headers, b""), Call("GET x", True, NOW, scale))
    usage = meter.usage()
    assert usage.calls == 1
    return [(one.scope, one.remaining, round(one.resets_in)) for one in usage.seen]


MINUTE = {"x-ratelimit-minutely-remaining": "7", "x-ratelimit-minutely-reset": ms(30)}
DAY = {"x-ratelimit-remaining": "4000", "x-ratelimit-reset": ms(41_370)}


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (200, MINUTE | DAY, [("minute", 7, 31), ("day", 4000, 41_371)]),
        (200, MINUTE, [("minute", 7, 31)]),
        (200, {}, []),
        (500, {"x-ratelimit-remaining": "0"}, []),
        (200, {"x-ratelimit-minutely-remaining": "", "x-ratelimit-minutely-reset": "soon"}, []),
        (429, {}, [("minute", 0, 61)]),
        (429, {"retry-after": "9"}, [("minute", 0, 9)]),
        (429, MINUTE | {"x-ratelimit-minutely-remaining": "0"}, [("minute", 0, 31)]),
        (429, DAY | {"x-ratelimit-remaining": "0"}, [("day", 0, 41_371)]),
        (200, {"x-ratelimit-minutely-remaining": "3", "x-ratelimit-minutely-reset": ms(86_400)}, [("minute", 3, 61)]),
    ],
)
def test_what_exact_says_of_its_limits_is_passed_on(
    status: int, headers: dict[str, str], said: list[tuple[str, int, int]]
) -> None:
    assert heard(status, headers) == said


def test_a_clock_that_runs_faster_makes_the_wait_shorter() -> None:
    assert heard(429, {}, scale=61) == [("minute", 0, 1)]


@pytest.fixture
def narrow() -> Iterator[ExactServer]:
    """A far side that bears few calls a day."""
    with ExactServer(Setup(per_minute=1000, per_day=30)) as running:
        yield running


def test_a_delivery_has_every_call_on_its_account(narrow: ExactServer, bookkeeper_at: Callable[..., Any]) -> None:
    bookkeeper = bookkeeper_at(narrow)
    before = len(narrow.books().requests)
    document = sample_document()
    delivery = make_delivery(document)
    bookkeeper.call("deliver", prepared=bookkeeper.prepare(document), document=document, delivery=delivery)
    usage = delivery.meter.usage()
    calls = len(narrow.books().requests) - before
    assert usage.calls == calls > 3
    assert {one.scope: one.remaining for one in usage.seen} == {"minute": 1000 - calls, "day": 30 - calls}


def test_a_day_that_is_used_up_says_when_it_starts_anew(narrow: ExactServer, bookkeeper_at: Callable[..., Any]) -> None:
    bookkeeper = bookkeeper_at(narrow)
    meters: list[Meter] = []

    def deliver() -> None:
        document = sample_document(f"F2026-{len(meters):04}")
        delivery = make_delivery(document)
        meters.append(delivery.meter)
        bookkeeper.call("deliver", prepared=bookkeeper.prepare(document), document=document, delivery=delivery)

    with pytest.raises(NotSent, match="429"):
        repeated(deliver)
    [day] = [one for one in meters[-1].usage().seen if one.scope == "day"]
    assert day.remaining == 0
    assert 0 < day.resets_in <= 86_402


def repeated(deed: Callable[[], None]) -> None:
    """Do it more often than any far side here bears."""
    for _ in range(40):
        deed()
