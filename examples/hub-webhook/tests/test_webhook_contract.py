"""Webhooks keep the contract of every destination, against a receiver that checks each signature."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

import hub_webhook
from hub import Held, NotSent, Rejected, SettingsError, Uncertain
from hub.testing.contract import (
    NOW,
    BadSetting,
    DestinationContract,
    Hooks,
    Refusal,
    make_delivery,
    sample_document,
)
from hub.testing.faults import Fault, Faults, When
from hub.testing.receiver import Answer
from hub.testing.webhook import WebhookReceiver

SECRET = f"whsec_{base64.b64encode(bytes(range(32))).decode()}"
OTHER = f"whsec_{base64.b64encode(bytes(range(40, 72))).decode()}"
ANSWERS = {
    "busy": Answer(429, b"slow down", {"Retry-After": "7"}),
    "closed for an hour": Answer(503, b"maintenance", {"Retry-After": "3600"}),
    "too early": Answer(425),
    "wrong event": Answer(422, f"not with {SECRET}".encode()),
    "too large": Answer(413, b"at most 20 kB"),
    "signature refused": Answer(401, SECRET.removeprefix("whsec_").encode()),
    "moved": Answer(308, b"", {"Location": "https://elsewhere.example/"}),
    "not here": Answer(404, b"no such page"),
    "gone": Answer(410, b"unsubscribed"),
    "broken": Answer(500, b"out of order"),
    "gateway": Answer(502, b"bad gateway"),
}


class FarSide:
    """A receiver, seen as a far side whose clock is the test's."""

    def __init__(self, receiver: WebhookReceiver) -> None:
        self.receiver = receiver
        receiver.now = NOW.timestamp()

    def arrived(self) -> list[str]:
        return [one.id for one in self.receiver.taken]

    def lose_answer(self) -> None:
        self.receiver.faults = Faults(faults={Fault.LOSE_ANSWER: When(always=True)})

    def refuse(self, how: str) -> None:
        if how == "nobody there":
            self.receiver.close()
        else:
            self.receiver.refusal = ANSWERS[how]


def send(hooks: Hooks, number: str = "F2026-0001") -> Any:
    """One paper, as the core hands it over."""
    document = sample_document(number)
    offer = {"document": document, "delivery": make_delivery(document)}
    return hooks("deliver", prepared=hooks("prepare", **offer), **offer)


def having(hooks: Hooks, **changes: Any) -> Hooks:
    """The plugin with other settings."""
    given = hooks.offer["settings"].model_dump() | changes
    return hooks.offering(settings=hooks.info.settings.model_validate(given)) if hooks.info.settings else hooks


class TestContract(DestinationContract):
    bad_settings = (
        BadSetting("url", ""),
        BadSetting("url", "ftp://receiver.example"),
        BadSetting("url", "https://me:secret@receiver.example"),
        BadSetting("url", "https://receiver.example/a b"),
        BadSetting("secret", ""),
        BadSetting("secret", "whsec_"),
        BadSetting("secret", SECRET.removeprefix("whsec_")),
        BadSetting("secret", f"whsec_{base64.b64encode(bytes(23)).decode()}"),
        BadSetting("secret", f"whsec_{base64.b64encode(bytes(65)).decode()}"),
        BadSetting("secret", f"{SECRET}!"),
        BadSetting("old_secret", "whsk_AAAA"),
        BadSetting("files", "some"),
        BadSetting("timeout", 0),
        BadSetting("timeout", 61),
    )
    refusals = (
        Refusal("busy", NotSent),
        Refusal("closed for an hour", NotSent),
        Refusal("too early", NotSent),
        Refusal("wrong event", Rejected),
        Refusal("too large", Held),
        Refusal("signature refused", SettingsError),
        Refusal("moved", SettingsError),
        Refusal("not here", SettingsError),
        Refusal("gone", SettingsError),
        Refusal("broken", Uncertain),
        Refusal("gateway", Uncertain),
        Refusal("nobody there", NotSent),
    )
    loses_answers = True

    @pytest.fixture
    def plugin(self) -> ModuleType:
        return hub_webhook

    @pytest.fixture
    def far_side(self) -> Iterator[FarSide]:
        with WebhookReceiver(SECRET) as receiver:
            yield FarSide(receiver)

    @pytest.fixture
    def settings(self, far_side: FarSide) -> dict[str, Any]:
        return {"url": f"{far_side.receiver.url}/papers", "secret": SECRET}

    def test_an_event_has_the_facts_and_the_files_of_its_paper(self, hooks: Hooks, far_side: FarSide) -> None:
        send(hooks)
        [taken] = far_side.receiver.taken
        document = sample_document()
        assert taken.event["type"] == "document.sales_invoice"
        assert taken.event["timestamp"] == "2026-01-15T12:00:00Z"
        data = taken.event["data"]
        assert (data["number"], data["payable"], data["issue_date"]) == ("F2026-0001", "145.14", "2026-01-15")
        assert [base64.b64decode(one["content"]) for one in data["files"]] == [one.read() for one in document.files]
        assert [one["role"] for one in data["files"]] == ["original", "pdf"]

    @pytest.mark.parametrize(("files", "roles"), [("original", ["original"]), ("none", [])])
    def test_only_the_files_that_are_wanted_go(
        self, files: str, roles: list[str], hooks: Hooks, far_side: FarSide
    ) -> None:
        send(having(hooks, files=files))
        [taken] = far_side.receiver.taken
        assert [one["role"] for one in taken.event["data"]["files"]] == roles

    def test_a_repeat_is_the_same_event_signed_anew(self, hooks: Hooks, far_side: FarSide) -> None:
        send(hooks)
        later = NOW + timedelta(hours=3)
        far_side.receiver.now = later.timestamp()
        send(hooks.offering(now=later))
        [taken] = far_side.receiver.taken
        assert (taken.times, far_side.receiver.turned_away) == (2, [])

    def test_an_event_signed_with_another_secret_blocks_the_destination(self, hooks: Hooks, far_side: FarSide) -> None:
        far_side.receiver.secret = OTHER
        with pytest.raises(SettingsError) as caught:
            send(hooks)
        assert (caught.value.reason, far_side.arrived()) == ("signature", [])

    @pytest.mark.parametrize("receivers", [SECRET, OTHER])
    def test_while_a_secret_changes_either_is_taken(self, receivers: str, hooks: Hooks, far_side: FarSide) -> None:
        far_side.receiver.secret = receivers
        send(having(hooks, secret=OTHER, old_secret=SECRET))
        assert len(far_side.arrived()) == 1

    @pytest.mark.parametrize(("name", "seconds"), [("busy", 7.0), ("closed for an hour", 3600.0), ("too early", None)])
    def test_the_receiver_says_when_to_come_back(
        self, name: str, seconds: float | None, hooks: Hooks, far_side: FarSide
    ) -> None:
        far_side.refuse(name)
        with pytest.raises(NotSent) as caught:
            send(hooks)
        assert caught.value.retry_after == seconds

    def test_a_receiver_that_hangs_may_have_taken_it(self, hooks: Hooks, far_side: FarSide) -> None:
        far_side.receiver.faults = Faults(faults={Fault.HANG: When(always=True)})
        with pytest.raises(Uncertain):
            send(having(hooks, timeout=0.2))
        assert len(far_side.arrived()) == 1
