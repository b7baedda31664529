"""Limits of the far side that speaks Exact Online: calls and errors, per app and division."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from hub.testing.exact import ExactServer, Setup
from tests.integration.exact_client import DIVISION, OTHER_DIVISION, Client, logged_in

JOURNALS = "financial/Journals"
ENTRIES = "salesentry/SalesEntries"
NO_SELECT = {"filter": "Code eq '700'"}
MINUTELY = {"X-RateLimit-Minutely-Limit", "X-RateLimit-Minutely-Remaining", "X-RateLimit-Minutely-Reset"}
DAILY = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}


@pytest.fixture
def server() -> Iterator[ExactServer]:
    with ExactServer(Setup(per_minute=3, per_day=8, errors_per_hour=2)) as started:
        started.advance(60 - time.time() % 60)  # a minute begins
        yield started


@pytest.fixture
def client(server: ExactServer) -> Iterator[Client]:
    opened = logged_in(server)
    yield opened
    opened.close()


def ask(client: Client, division: int = DIVISION) -> int:
    return client.at(division).get(JOURNALS, select="Code").status


def limits_of(client: Client) -> dict[str, str]:
    headers = client.get(JOURNALS, select="Code").headers
    return {name: value for name, value in headers.items() if name.startswith("X-RateLimit")}


def test_a_success_tells_both_limits_in_milliseconds(client: Client) -> None:
    told = limits_of(client)
    assert set(told) == MINUTELY | DAILY
    assert (told["X-RateLimit-Minutely-Limit"], told["X-RateLimit-Minutely-Remaining"]) == ("3", "2")
    assert (told["X-RateLimit-Limit"], told["X-RateLimit-Remaining"]) == ("8", "7")
    assert int(told["X-RateLimit-Minutely-Reset"]) % 60_000 == 0
    assert int(told["X-RateLimit-Reset"]) % 86_400_000 == 0
    assert 0 < int(told["X-RateLimit-Minutely-Reset"]) - time.time() * 1000 <= 120_000


def test_a_call_too_many_in_a_minute_gets_the_headers_of_the_minute_alone(client: Client) -> None:
    assert [ask(client) for _ in range(3)] == [200] * 3
    reply = client.get(JOURNALS, select="Code")
    assert (reply.status, reply.body) == (429, b"")
    assert {name for name in reply.headers if name.startswith("X-RateLimit")} == MINUTELY
    assert "Retry-After" not in reply.headers


def test_the_next_minute_has_new_calls(server: ExactServer, client: Client) -> None:
    assert [ask(client) for _ in range(4)] == [200, 200, 200, 429]
    server.advance(60)
    assert ask(client) == 200


def test_a_call_too_many_in_a_day_gets_the_headers_of_the_day_alone(server: ExactServer, client: Client) -> None:
    for _ in range(8):
        assert ask(client) == 200
        server.advance(60)
    reply = client.get(JOURNALS, select="Code")
    assert reply.status == 429
    assert {name for name in reply.headers if name.startswith("X-RateLimit")} == DAILY


def test_a_clock_that_is_put_forward_quietly_tells_the_time_of_the_client(server: ExactServer, client: Client) -> None:
    server.advance(86_400, quietly=True)
    client.log_in(server)
    ahead = int(limits_of(client)["X-RateLimit-Minutely-Reset"]) / 1000 - time.time()
    assert 0 < ahead <= 120


def test_each_division_has_calls_of_its_own(client: Client) -> None:
    assert [ask(client) for _ in range(4)] == [200, 200, 200, 429]
    assert ask(client, OTHER_DIVISION) == 200


def test_an_endpoint_that_is_called_wrongly_too_often_is_blocked_for_an_hour(
    server: ExactServer, client: Client
) -> None:
    assert [client.get(JOURNALS, **NO_SELECT).status for _ in range(3)] == [400, 400, 400]
    server.advance(60)
    assert ask(client) == 429
    assert client.get(ENTRIES, select="EntryID").status == 200
    server.advance(3600)
    client.log_in(server)
    assert ask(client) == 200


def test_a_second_block_is_twice_as_long(server: ExactServer, client: Client) -> None:
    for hours in (1, 2):
        for _ in range(3):
            assert client.get(JOURNALS, **NO_SELECT).status == 400
        server.advance(hours * 3600 - 60)
        client.log_in(server)
        assert ask(client) == 429
        server.advance(61)
        assert ask(client) == 200
        server.advance(60)


def test_errors_of_an_hour_ago_do_not_count(server: ExactServer, client: Client) -> None:
    for _ in range(4):
        assert client.get(JOURNALS, **NO_SELECT).status == 400
        server.advance(1801)
        client.log_in(server)
    assert ask(client) == 200


def test_validation_errors_do_not_count(server: ExactServer, client: Client) -> None:
    for _ in range(4):
        assert client.post("crm/Accounts", {"City": "Gent"}).status == 500
        server.advance(60)


def test_the_time_scale_divides_every_time_of_the_wire() -> None:
    with ExactServer(Setup(time_scale=6000)) as server:
        client = logged_in(server)
        deadline = time.monotonic() + 10
        while ask(client) != 401:
            assert time.monotonic() < deadline, "600 seconds are a tenth of one here"
        client.close()
