"""Setting it up: the login by a pasted address, what Exact offers for each setting, and the health check."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hub import LoginNeeded, NotSent, SettingsError, Turn
from hub.testing.exact import ExactServer, id_of
from hub_exact.settings import Ledger

DIVISION = 123456


class Pasting:
    """A person who pastes what a test says, whatever page he was sent to."""

    def __init__(self, paste: Callable[[str], str]) -> None:
        self.paste = paste
        self.pages: list[str] = []

    def __call__(self, _key: str, _label: str, *, secret: bool = False, url: str = "") -> str:
        del secret
        self.pages.append(url)
        return self.paste(url)

    def once(self, _name: str, make: Callable[[], str]) -> str:
        return make()


@pytest.fixture
def stranger(bookkeeper: Any) -> Any:
    """The plugin before anybody has logged in."""
    bookkeeper.hooks.offer["vault"].forget("tokens")
    return bookkeeper


def test_the_page_to_open_is_exacts_and_asks_for_our_app(stranger: Any, server: ExactServer) -> None:
    person = Pasting(server.open)
    stranger.call("login", ask=person)
    [page] = map(urlsplit, person.pages)
    assert f"{page.scheme}://{page.netloc}{page.path}" == f"{server.url}/api/oauth2/auth"
    asked = {name: values[0] for name, values in parse_qs(page.query).items()}
    assert asked["response_type"] == "code"
    assert len(asked["state"]) > 20
    assert stranger.call("health").ok


def changed(server: ExactServer, name: str, value: str) -> Callable[[str], str]:
    """The address of a real consent, with one part of its query replaced."""

    def paste(url: str) -> str:
        ended = server.open(url)
        query = parse_qs(urlsplit(ended).query)
        return ended.replace(f"{name}={query[name][0].replace('!', '%21')}", f"{name}={value}")

    return paste


@pytest.mark.parametrize(
    ("paste", "reason"),
    [
        (lambda server: changed(server, "state", "another"), "state_differs"),
        (lambda server: lambda _url: f"{server.consent()}", "state_differs"),
        (lambda _server: lambda _url: "nonsense", "state_differs"),
        (lambda _server: lambda _url: "", "state_differs"),
        (lambda _server: lambda url: f"https://x/?error=access_denied&state={state_of(url)}", "consent_refused"),
        (lambda _server: lambda url: f"https://x/?state={state_of(url)}", "consent_refused"),
        (lambda _server: lambda url: f"https://x/?code=invented&state={state_of(url)}", "token_refused"),
    ],
)
def test_a_pasted_address_that_is_not_the_answer_logs_nobody_in(
    paste: Callable[[ExactServer], Callable[[str], str]], reason: str, stranger: Any, server: ExactServer
) -> None:
    with pytest.raises(LoginNeeded) as caught:
        stranger.call("login", ask=Pasting(paste(server)))
    assert caught.value.reason == reason
    assert stranger.hooks.offer["vault"].get("tokens") is None


def state_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


def test_logging_in_again_replaces_the_pair(bookkeeper: Any, server: ExactServer) -> None:
    before = bookkeeper.tokens
    bookkeeper.call("login", ask=Pasting(server.open))
    assert bookkeeper.tokens.generation == before.generation + 1
    bookkeeper.deliver()


# What Exact offers.


def offered(bookkeeper: Any, field: str, **draft: str) -> list[str]:
    return [choice.value for choice in bookkeeper.call("choices", field=field, draft=draft)]


def test_the_companies_are_offered_with_their_vat_numbers(bookkeeper: Any) -> None:
    first, *_ = bookkeeper.call("choices", field="division", draft={})
    assert (first.value, first.label) == ("123456", "Voorbeeld NV, BE0123456749")


def test_sales_journals_and_revenue_accounts_are_offered(bookkeeper: Any) -> None:
    assert offered(bookkeeper, "journal", division="123456") == ["700", "701"]
    assert offered(bookkeeper, "gl_account", division="123456") == ["700000", "705000", "707000"]


def test_the_proposed_vat_codes_can_be_set_as_they_are(bookkeeper: Any, ledger: dict[str, Any]) -> None:
    [proposed] = bookkeeper.call("choices", field="vat_codes", draft={"division": "123456"})
    rules = Ledger.model_validate(ledger | {"vat_codes": proposed.value}).vat_codes
    found = {f"{rule.category} {rule.rate}": rule.code for rule in rules}
    assert {name: found[name] for name in ("S 21", "S 12", "S 6", "K 0")} == {
        "S 21": "210",
        "S 12": "120",
        "S 6": "060",
        "K 0": "ICG",
    }
    assert not {"AE 0", "S 20"} & set(found)
    assert "AE 0 %: choose from" in proposed.label


def test_without_a_division_nothing_can_be_offered_of_it(bookkeeper: Any) -> None:
    with pytest.raises(SettingsError, match="division"):
        offered(bookkeeper, "journal")


def test_a_setting_without_a_list_has_no_choices(bookkeeper: Any) -> None:
    assert offered(bookkeeper, "confirmed", division="123456") == []


def test_a_list_of_several_pages_is_offered_whole(bookkeeper: Any, server: ExactServer) -> None:
    for number in range(130):
        row = {"Code": f"71{number:04}", "Description": f"Omzet {number}", "Type": 110, "IsBlocked": False}
        server.arrange(DIVISION, "financial/GLAccounts", row)
    assert len(offered(bookkeeper, "gl_account", division="123456")) == 133


# The health check.


def test_everything_in_its_place_is_well(bookkeeper: Any) -> None:
    health = bookkeeper.call("health")
    assert [step.name for step in health.steps] == ["login", "division", "journal", "gl_account", "vat_codes"]
    assert health.ok
    assert health.turn is None
    assert health.login_days_left == pytest.approx(30, abs=0.1)
    assert "0123456749" in health.steps[1].message


def test_the_days_of_the_login_run_down_until_it_is_used(bookkeeper: Any) -> None:
    bookkeeper.wait(20 * 86400)
    bookkeeper.server.fail("unavailable=always@oauth2/token")
    health = bookkeeper.call("health")
    assert health.login_days_left == pytest.approx(10, abs=0.1)
    bookkeeper.server.recover()
    assert bookkeeper.call("health").login_days_left == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({"journal": "999"}, {"journal"}),
        ({"gl_account": "999999", "journal": "600"}, {"journal", "gl_account"}),
        ({"vat_codes": [{"category": "S", "rate": 21, "code": "21I"}]}, {"vat_codes"}),
        ({"confirmed": False}, {"vat_codes"}),
        ({"division": 999}, {"division", "journal", "gl_account", "vat_codes"}),
    ],
)
def test_whatever_is_missing_is_named_at_once(
    settings: dict[str, Any], missing: set[str], bookkeeper_at: Callable[..., Any], server: ExactServer
) -> None:
    health = bookkeeper_at(server, **settings).call("health")
    assert {step.name for step in health.steps if not step.ok} == missing
    assert health.turn is Turn.YOU


@pytest.mark.parametrize(("rule", "turn"), [("unavailable=always", Turn.REMOTE), ("refuse_token=always", Turn.REMOTE)])
def test_where_nothing_answers_no_more_is_asked(rule: str, turn: Turn, bookkeeper: Any, server: ExactServer) -> None:
    server.fail(rule)
    health = bookkeeper.call("health")
    assert [(step.name, step.ok) for step in health.steps] == [("login", False)]
    assert health.turn is turn


def test_a_blocked_journal_is_said_to_be_blocked(bookkeeper: Any, server: ExactServer) -> None:
    server.arrange(DIVISION, "financial/Journals", {"ID": id_of(DIVISION, "Journals", "700"), "IsBlocked": True})
    [bad] = [step for step in bookkeeper.call("health").steps if not step.ok]
    assert bad.message == "journal 700 is blocked"


def test_a_next_page_elsewhere_is_not_asked_for(
    bookkeeper: Any, connection_of: Callable[[ExactServer], dict[str, Any]], server: ExactServer
) -> None:
    """The token goes to no other address, whatever an answer says."""
    for number in range(70):
        server.arrange(DIVISION, "financial/GLAccounts", {"Code": f"71{number:04}", "Type": 110, "IsBlocked": False})
    elsewhere = connection_of(server) | {"base_url": server.url.replace("127.0.0.1", "localhost")}
    app = type(bookkeeper.hooks.offer["connection"]).model_validate(json.loads(json.dumps(elsewhere)))
    with pytest.raises(NotSent, match="not at Exact"):
        bookkeeper.call("choices", field="gl_account", draft={"division": "123456"}, connection=app)
