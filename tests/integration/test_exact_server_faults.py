"""The far side that speaks Exact Online fails as it is told to, and its ledger tells the truth about it."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hub.testing.exact import Books, ExactServer, Setup
from tests.integration.exact_client import DIVISION, ENTRIES, Client, logged_in

MANY = 10_000
JOURNALS = "financial/Journals"


@pytest.fixture
def server() -> Iterator[ExactServer]:
    with ExactServer(Setup(per_minute=MANY, per_day=MANY, errors_per_hour=MANY)) as started:
        yield started


@pytest.fixture
def client(server: ExactServer) -> Iterator[Client]:
    opened = logged_in(server)
    yield opened
    opened.close()


def status_of(client: Client, customer: str, your_ref: str) -> int:
    """The status of a booking, or 0 when the line was cut."""
    try:
        return client.entry(customer, YourRef=your_ref).status
    except (ConnectionError, http.client.HTTPException):
        client.close()
        return 0


@pytest.mark.parametrize(
    ("fault", "status", "booked"),
    [
        ("lose_answer", 0, True),
        ("lose_request", 0, False),
        ("too_many", 429, False),
        ("server_error", 500, False),
        ("server_error+", 500, True),
        ("unavailable", 503, False),
        ("unavailable+", 503, True),
        ("maintenance", 200, False),
        ("request_timeout", 408, False),
        ("request_timeout+", 408, True),
        ("refuse_token", 401, False),
        ("forbid_division", 403, False),
        ("violate_scope", 403, False),
    ],
)
def test_a_fault_does_what_it_says_and_the_ledger_tells_it(
    server: ExactServer, client: Client, fault: str, status: int, booked: bool
) -> None:
    customer = client.customer()
    server.fail(f"{fault}=#2@SalesEntries")
    assert [status_of(client, customer, name) for name in "abc"] == [201, status, 201]
    books = server.books()
    assert [entry.your_ref for entry in books.entries] == (["a", "b", "c"] if booked else ["a", "c"])
    seen = [(line["fault"], line["done"]) for line in books.requests if ENTRIES in line["target"]]
    assert seen == [(None, True), (fault.rstrip("+"), booked), (None, True)]


@pytest.mark.parametrize("fault", ["lose_answer", "lose_request"])
def test_a_line_is_cut_by_a_reset_and_not_by_an_orderly_end(server: ExactServer, fault: str) -> None:
    server.fail(f"{fault}=#1")
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as line:
        line.sendall(b"GET /api/v1/current/Me HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            line.recv(1)


@pytest.mark.parametrize(
    ("fault", "media_type"),
    [("server_error", "text/plain"), ("unavailable", "text/html"), ("maintenance", "text/html")],
)
def test_a_broken_answer_is_no_json(server: ExactServer, client: Client, fault: str, media_type: str) -> None:
    server.fail(f"{fault}=#1")
    reply = client.get(JOURNALS, select="Code")
    assert reply.headers.get_content_type() == media_type
    with pytest.raises(json.JSONDecodeError):
        _ = reply.json


def test_too_many_on_request_looks_like_a_minute_that_is_full(server: ExactServer, client: Client) -> None:
    server.fail("too_many=#1")
    reply = client.get(JOURNALS, select="Code")
    assert (reply.status, reply.body) == (429, b"")
    assert reply.headers["X-RateLimit-Minutely-Remaining"] == "0"
    assert int(reply.headers["X-RateLimit-Minutely-Reset"]) > time.time() * 1000
    assert reply.headers["X-RateLimit-Remaining"] is None


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("forbid_division", "Forbidden - User division is not within division scope"),
        ("violate_scope", "Forbidden - Application Scope Violated. Cannot manage 'sales.invoices' scope."),
    ],
)
def test_a_right_that_is_missing_is_told(server: ExactServer, client: Client, fault: str, told: str) -> None:
    server.fail(f"{fault}=always@/{DIVISION}/")
    reply = client.get(JOURNALS, select="Code")
    assert (reply.status, reply.said) == (403, told)


def test_a_slow_answer_comes_after_its_booking(server: ExactServer, client: Client) -> None:
    customer = client.customer()
    server.fail("slow=#1@SalesEntries:0.2")
    started = time.monotonic()
    assert status_of(client, customer, "a") == 201
    assert time.monotonic() - started >= 0.2


def test_a_client_that_gave_up_waiting_finds_its_booking(server: ExactServer, client: Client) -> None:
    customer = client.customer()
    server.fail("slow=#1@SalesEntries:600")
    impatient = Client(server, client.access, patience=0.3)
    with pytest.raises(TimeoutError):
        impatient.entry(customer)
    impatient.close()
    assert len(server.books().entries) == 1


def test_a_late_booking_comes_when_the_line_was_cut_long_ago(server: ExactServer, client: Client) -> None:
    customer = client.customer()
    server.fail("late=#1@SalesEntries:0.1")
    assert status_of(client, customer, "a") == 0
    deadline = time.monotonic() + 10
    while not server.books().entries:
        assert time.monotonic() < deadline
    [line] = [line for line in server.books().requests if ENTRIES in line["target"]]
    assert (line["fault"], line["done"], line["status"]) == ("late", True, 201)


def test_a_late_booking_is_not_there_before_its_time_and_keeps_no_server_from_ending() -> None:
    with ExactServer() as server:
        client = logged_in(server)
        customer = client.customer()
        server.fail("late=#1@SalesEntries:600")
        assert status_of(client, customer, "a") == 0
        assert server.books().entries == []


def test_tokens_that_got_lost_were_rotated(server: ExactServer, client: Client) -> None:
    pair = client.exchange(server.code()).json
    server.advance(571)
    server.fail("lose_tokens=#1")
    with pytest.raises(ConnectionResetError):
        client.refresh(pair["refresh_token"])
    client.close()
    assert client.refresh(pair["refresh_token"]).status == 200
    assert [line["generation"] for line in server.books().tokens if line["event"] == "refreshed"] == [2, 3]


def test_a_refresh_is_refused_on_request(server: ExactServer, client: Client) -> None:
    pair = client.exchange(server.code()).json
    server.advance(571)
    server.fail("refuse_refresh=#1")
    reply = client.refresh(pair["refresh_token"])
    assert (reply.status, reply.json["error_description"]) == (401, "Old refresh token used.")
    assert client.refresh(pair["refresh_token"]).status == 200


def test_a_fault_of_the_api_leaves_tokens_alone_unless_it_names_them(server: ExactServer, client: Client) -> None:
    server.fail("unavailable=always")
    assert client.exchange(server.code()).status == 200
    server.recover()
    server.fail("unavailable=always@oauth2/token")
    assert client.exchange(server.code()).status == 503
    assert client.get(JOURNALS, select="Code").status == 200


def test_after_recovery_all_goes_well(server: ExactServer, client: Client) -> None:
    server.fail("unavailable=always")
    assert client.get(JOURNALS, select="Code").status == 503
    server.recover()
    assert client.get(JOURNALS, select="Code").status == 200


@pytest.mark.parametrize("text", ["nonsense=#1", "slow", "slow=sometimes", "slow=#1@x:y"])
def test_a_fault_that_is_not_understood_is_refused(server: ExactServer, text: str) -> None:
    with pytest.raises(ValueError, match="error"):
        server.fail(text)


def outcomes(seed: int, ledger: Path, others: int = 0) -> list[int]:
    """The statuses of 60 bookings at a far side that fails a third of them; `others` changes the ids it gives."""
    faults = "lose_answer=0.2@SalesEntries unavailable=0.2@SalesEntries"
    with ExactServer(Setup(seed=seed, faults=faults, ledger=ledger, per_minute=MANY)) as server:
        client = logged_in(server)
        customer = [client.customer() for _ in range(others + 1)][-1]
        seen = [status_of(client, customer, f"{number}") for number in range(60)]
        client.close()
    return seen


def test_a_seed_decides_who_is_hit(tmp_path: Path) -> None:
    first = outcomes(1, tmp_path / "first")
    assert first == outcomes(1, tmp_path / "second", others=1)
    assert first != outcomes(2, tmp_path / "third")
    assert 10 < len([status for status in first if status != 201]) < 35
    booked = Books.read(tmp_path / "first").entries
    assert len(booked) == first.count(201) + first.count(0)


def test_a_share_hits_the_first_try_only(server: ExactServer, client: Client) -> None:
    customer = client.customer()
    server.fail("unavailable=1.0@SalesEntries")
    assert [status_of(client, customer, name) for name in "aab"] == [503, 201, 503]
