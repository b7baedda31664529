"""A person logs in: what is asked, what is kept between two calls, whose login it is, and what it wakes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from hub import Artifact, Ask, Choice, LoginNeeded, PluginInfo, Receipt, Role, Vault, hookimpl
from hub.app import Hub, configure, places
from hub.app.configure import Values
from hub.app.login import Answers, login_connection, login_destination
from hub.core.clock import system_now
from hub.errors import AnswerNeeded, NotFoundError, PluginError, UsageError
from tests.integration.ledger import LONG_AGO, deliver, listed, states, take_in


class App(BaseModel):
    client: str
    secret: SecretStr


class Target(BaseModel):
    division: int = 1


class Bank:
    """A far side with a login: it mails a code once, and takes that code."""

    def __init__(self, login_at: str) -> None:
        self.info = PluginInfo(
            title="Bank",
            summary="With a login",
            roles=(Role.COPY,),
            connection=App,
            settings=Target,
            login_at=login_at,
        )
        self.mailed = 0

    @hookimpl
    def describe(self) -> PluginInfo:
        return self.info

    @hookimpl
    def login(self, ask: Ask, connection: App, settings: Target | None, vault: Vault) -> None:
        assert (settings is None) == (self.info.login_at == "connection")
        code = ask.once("code", self._mail)
        if ask("code", "the code that was mailed", secret=True, url="https://far.example/") != code:
            raise LoginNeeded("wrong_code", "this is not the code that was mailed")
        vault.put("token", f"{connection.client}-token")

    def _mail(self) -> str:
        self.mailed += 1
        return f"code{self.mailed}"

    @hookimpl
    def choices(self, field: str, draft: Any, vault: Vault) -> Any:
        if field == "rubbish":
            return ["no choice"]
        token = vault.get("token")
        return [Choice("7", f"division 7 for {token.value if token else 'nobody'} {dict(draft)}")]

    @hookimpl
    def prepare(self, document: Any) -> Artifact:
        return Artifact((document.original,))

    @hookimpl
    def deliver(self, vault: Vault) -> Receipt:
        token = vault.get("token")
        if token is None:
            raise LoginNeeded("no_token", "log in first")
        return Receipt(token.value)


@pytest.fixture(params=["connection"])
def bank(request: pytest.FixtureRequest, hub: Hub) -> Bank:
    """Two destinations on one connection, one paper on its way to each, blocked for want of a login."""
    far = Bank(request.param)
    hub.host.add("bank", far)
    configure.add_connection(hub, "app", "bank", Values({"client": "me"}, {"secret": "geheim"}))
    for name in ("one", "two"):
        wanted = configure.Wanted(name=name, plugin="bank", connection="app", from_date=LONG_AGO)
        configure.add_destination(hub, wanted)
    take_in(hub, "F1")
    deliver(hub)
    return far


def say(**given: str) -> Answers:
    """What a script answers."""
    return Answers(given)


def standing(hub: Hub) -> dict[str, tuple[str, str]]:
    """State and reason of each destination."""
    return {one["name"]: (one["state"], one["reason"]) for one in places.listed(hub)}


def test_a_login_that_is_missing_stops_the_connection_and_burns_no_try(hub: Hub, bank: Bank) -> None:
    assert {state for state, _ in standing(hub).values()} == {"blocked"}
    assert (states(hub), [one["tries"] for one in listed(hub)]) == (["queued", "queued"], [0, 0])


def test_two_calls_make_one_login_and_wake_all_that_waited(hub: Hub, bank: Bank) -> None:
    with pytest.raises(AnswerNeeded) as asked:
        login_connection(hub, "app", say())
    assert (asked.value.key, asked.value.secret, asked.value.url) == ("code", True, "https://far.example/")
    login_connection(hub, "app", say(code="code1\n"))
    assert (bank.mailed, standing(hub)) == (1, {"one": ("active", ""), "two": ("active", "")})
    deliver(hub)
    assert [one["receipt"]["reference"] for one in listed(hub)] == ["me-token", "me-token"]


def test_at_a_terminal_one_call_is_enough(hub: Hub, bank: Bank) -> None:
    asked: list[str] = []

    def person(question: AnswerNeeded) -> str:
        asked.append(question.label)
        return "code1"

    login_destination(hub, "one", Answers({}, person))
    assert asked == ["the code that was mailed"]
    assert standing(hub)["two"] == ("active", "")


def test_a_refused_login_wakes_nobody_and_may_be_tried_again(hub: Hub, bank: Bank) -> None:
    with pytest.raises(LoginNeeded):
        login_connection(hub, "app", say(code="wrong"))
    assert standing(hub)["one"][0] == "blocked"
    login_connection(hub, "app", say(code="code1"))
    assert bank.mailed == 1


def test_a_login_is_open_for_15_minutes_and_over_when_it_succeeded(hub: Hub, bank: Bank) -> None:
    login_connection(hub, "app", say(code="code1"))
    with pytest.raises(LoginNeeded):
        login_connection(hub, "app", say(code="code1"))
    hub.now = lambda: system_now() + timedelta(minutes=16)
    login_connection(hub, "app", say(code="code3"))
    assert bank.mailed == 3


@pytest.mark.parametrize("bank", ["destination"], indirect=True)
def test_a_login_of_one_destination_wakes_that_one(hub: Hub, bank: Bank) -> None:
    login_destination(hub, "one", say(code="code1"))
    assert (standing(hub)["one"], standing(hub)["two"][0]) == (("active", ""), "blocked")
    with pytest.raises(UsageError):
        login_connection(hub, "app", say(code="code1"))


def test_a_person_who_paused_it_is_not_overruled_by_a_login(hub: Hub, bank: Bank) -> None:
    places.pause(hub, "two")
    login_connection(hub, "app", say(code="code1"))
    assert standing(hub)["two"] == ("paused", "by_hand")


def test_the_far_side_offers_choices_for_a_setting(hub: Hub, bank: Bank) -> None:
    login_connection(hub, "app", say(code="code1"))
    [offered] = places.choices(hub, "app", "division", {"journal": "70"})
    assert offered == Choice("7", "division 7 for me-token {'journal': '70'}")


def test_choices_are_for_settings_that_there_are(hub: Hub, bank: Bank) -> None:
    with pytest.raises(UsageError) as refused:
        places.choices(hub, "app", "divsion", {})
    assert "division" in refused.value.action
    with pytest.raises(NotFoundError):
        places.choices(hub, "nobody", "division", {})


def test_rubbish_among_the_choices_is_the_plugins_fault(hub: Hub, bank: Bank) -> None:
    with pytest.raises(PluginError, match="bank"):
        hub.tools("connection:1").call(
            hub.host.plugin("bank"), "choices", field="rubbish", draft={}, connection=None, log=None
        )


def test_what_has_no_login_says_so(hub: Hub) -> None:
    class Plain(Bank):
        login = None  # type: ignore[assignment] # as a plugin without the hook

    hub.host.add("plain", Plain(""))
    configure.add_connection(hub, "plain", "plain", Values({"client": "me"}, {"secret": "geheim"}))
    with pytest.raises(UsageError) as refused:
        login_connection(hub, "plain", say())
    assert refused.value.code == "no_login"


def test_no_answer_and_no_code_is_readable_in_the_database(hub: Hub, bank: Bank) -> None:
    with pytest.raises(AnswerNeeded):
        login_connection(hub, "app", say())
    text = "".join(path.read_bytes().decode("latin-1") for path in hub.config.data.glob("hub.db*"))
    assert "code1" not in text
