"""Tokens of the far side that speaks Exact Online: they rotate, age and refuse as the reference says."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from hub.testing.exact import ExactServer, Setup
from tests.integration.exact_client import APP, Client

OLD = {"error": "unauthorized_client", "error_description": "Old refresh token used."}
TOO_EARLY = {"error": "access_denied", "error_description": "Rate limit exceeded: access_token not expired"}
BAD_CODE = {"error": "invalid_grant", "error_description": "Token is not allowed, because of invalid or empty chainId"}
ME = "/api/v1/current/Me?$select=CurrentDivision"


@pytest.fixture
def server() -> Iterator[ExactServer]:
    with ExactServer() as started:
        yield started


@pytest.fixture
def client(server: ExactServer) -> Iterator[Client]:
    opened = Client(server)
    yield opened
    opened.close()


def me(client: Client, access: str) -> int:
    return client.send("GET", ME, Authorization=f"Bearer {access}", Accept="application/json").status


def test_a_consent_leads_back_with_code_and_state(server: ExactServer) -> None:
    back = server.consent(state="s t&=")
    assert back.startswith(f"{APP.redirect_uri}?")
    query = parse_qs(urlsplit(back).query)
    assert query["state"] == ["s t&="]
    assert len(query["code"]) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"redirect_uri": APP.redirect_uri + "/"}, {"client_id": "unknown"}, {"response_type": "token"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_consent_for_another_address_or_app_is_refused(client: Client, wrong: dict[str, str]) -> None:
    asked = {"client_id": APP.client_id, "redirect_uri": APP.redirect_uri, "response_type": "code"} | wrong
    reply = client.send("GET", f"/api/oauth2/auth?{urlencode(asked)}")
    assert (reply.status, reply.headers["Location"]) == (400, None)


def test_a_code_gives_a_pair_whose_life_is_told_as_text(server: ExactServer, client: Client) -> None:
    reply = client.exchange(server.code())
    assert reply.status == 200
    assert sorted(reply.json) == ["access_token", "expires_in", "refresh_token", "token_type"]
    assert (reply.json["expires_in"], reply.json["token_type"]) == ("600", "bearer")
    assert me(client, reply.json["access_token"]) == 200


def test_a_code_works_once(server: ExactServer, client: Client) -> None:
    code = server.code()
    assert client.exchange(code).status == 200
    again = client.exchange(code)
    assert (again.status, again.json) == (400, BAD_CODE)


def test_a_code_works_for_three_minutes(server: ExactServer, client: Client) -> None:
    code = server.code()
    server.advance(181)
    assert client.exchange(code).json == BAD_CODE


def test_a_code_needs_the_address_it_was_sent_to(server: ExactServer, client: Client) -> None:
    assert client.exchange(server.code(), redirect_uri="https://elsewhere.example/").json == BAD_CODE


@pytest.mark.parametrize(
    "wrong",
    [{"client_secret": "guess"}, {"client_id": "unknown"}, {"grant_type": "client_credentials"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_app_or_grant_is_an_invalid_request(server: ExactServer, client: Client, wrong: dict[str, str]) -> None:
    reply = client.exchange(server.code(), **wrong)
    assert (reply.status, reply.json) == (400, {"error": "invalid_request"})


def test_a_token_call_with_an_authorization_header_is_refused(server: ExactServer, client: Client) -> None:
    form = {"client_id": APP.client_id, "client_secret": APP.client_secret, "code": server.code()}
    body = urlencode(form | {"grant_type": "authorization_code", "redirect_uri": APP.redirect_uri}).encode()
    kind = "application/x-www-form-urlencoded"
    assert client.send("POST", "/api/oauth2/token", body, Content_Type=kind, Authorization="Bearer x").status == 401
    assert client.send("POST", "/api/oauth2/token", body, Content_Type=kind).status == 200


def test_an_access_token_lives_600_seconds(server: ExactServer, client: Client) -> None:
    access = client.exchange(server.code()).json["access_token"]
    server.advance(595)
    assert me(client, access) == 200
    server.advance(6)
    assert me(client, access) == 401


def test_a_refresh_before_570_seconds_is_too_early(server: ExactServer, client: Client) -> None:
    pair = client.exchange(server.code()).json
    server.advance(565)
    reply = client.refresh(pair["refresh_token"])
    assert (reply.status, reply.json) == (400, TOO_EARLY)
    assert reply.headers["Reason"].startswith("TooEarlyToRefreshTokens")
    server.advance(6)
    assert client.refresh(pair["refresh_token"]).status == 200


def test_a_refresh_token_works_once(server: ExactServer, client: Client) -> None:
    first = client.exchange(server.code()).json
    server.advance(571)
    second = client.refresh(first["refresh_token"]).json
    assert second["refresh_token"] != first["refresh_token"]
    assert me(client, second["access_token"]) == 200
    reply = client.refresh(first["refresh_token"])
    assert (reply.status, reply.json) == (401, OLD)
    assert server.books().refused("Old refresh token used.") == 1


def test_a_lost_answer_is_made_good_by_the_old_token_until_the_new_pair_is_used(
    server: ExactServer, client: Client
) -> None:
    first = client.exchange(server.code()).json
    server.advance(571)
    client.refresh(first["refresh_token"])  # as if its answer had been lost
    again = client.refresh(first["refresh_token"])
    assert again.status == 200
    assert me(client, again.json["access_token"]) == 200
    assert client.refresh(first["refresh_token"]).json == OLD
    assert [line["again"] for line in server.books().tokens if line["event"] == "refreshed"] == [False, True]


def test_a_lost_answer_is_made_good_within_ten_minutes_only(server: ExactServer, client: Client) -> None:
    first = client.exchange(server.code()).json
    server.advance(571)
    client.refresh(first["refresh_token"])
    server.advance(601)
    assert client.refresh(first["refresh_token"]).json == OLD


def test_a_lost_answer_is_not_made_good_by_a_far_side_that_does_not_forgive() -> None:
    with ExactServer(Setup(forgiving=False)) as server:
        client = Client(server)
        first = client.exchange(server.code()).json
        server.advance(571)
        client.refresh(first["refresh_token"])
        assert client.refresh(first["refresh_token"]).json == OLD
        client.close()


def test_the_pair_that_was_lost_is_void(server: ExactServer, client: Client) -> None:
    first = client.exchange(server.code()).json
    server.advance(571)
    lost = client.refresh(first["refresh_token"]).json
    client.refresh(first["refresh_token"])
    server.advance(571)
    assert client.refresh(lost["refresh_token"]).json == OLD


def test_an_unused_refresh_token_lives_30_days(server: ExactServer, client: Client) -> None:
    pair = client.exchange(server.code()).json
    server.advance(30 * 86400 + 1)
    reply = client.refresh(pair["refresh_token"])
    assert (reply.status, reply.json["error"]) == (400, "invalid_request")
    assert reply.json["error_description"].startswith("The refresh token expired at ")


def test_a_second_consent_of_the_same_user_breaks_the_first_chain(server: ExactServer, client: Client) -> None:
    first = client.exchange(server.code()).json
    client.exchange(server.code())
    server.advance(571)
    assert client.refresh(first["refresh_token"]).json == OLD


def test_a_consent_of_another_user_breaks_nothing(server: ExactServer, client: Client) -> None:
    first = client.exchange(server.code()).json
    client.exchange(server.code(user="bob"))
    server.advance(571)
    assert client.refresh(first["refresh_token"]).status == 200


def test_an_unknown_refresh_token_is_an_invalid_request(client: Client) -> None:
    reply = client.refresh("never given")
    assert (reply.status, reply.json) == (400, {"error": "invalid_request"})


def test_the_token_calls_of_a_day_are_counted(client: Client) -> None:
    with ExactServer(Setup(token_calls_per_day=2)) as server:
        own = Client(server)
        pair = own.exchange(server.code()).json
        assert own.refresh(pair["refresh_token"]).json == TOO_EARLY
        assert own.refresh(pair["refresh_token"]).status == 429
        server.advance(86400)
        assert own.refresh(pair["refresh_token"]).status == 200
        own.close()


def test_a_made_up_access_token_is_refused(client: Client) -> None:
    assert me(client, "made up") == 401
