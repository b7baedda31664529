"""`email` keeps the contract of every destination, against a relay that really speaks SMTP."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.errors import Held, LoginNeeded, NotSent, Rejected, SettingsError
from hub.testing.contract import BadSetting, DestinationContract, Refusal
from hub.testing.faults import Fault, Faults, When
from hub.testing.smtp import Setup, SmtpServer

CORPUS = Path(__file__).parents[3] / "tests" / "data" / "bad_inputs" / "80_email_addresses.tsv"
PASSWORD = "hunter2-and-a-half"

FAULTS = {
    "recipient refused": Faults(replies={"RCPT": "550 5.1.1 No such user"}),
    "sender refused": Faults(replies={"MAIL": "550 5.7.1 Not your address"}),
    "login refused": Faults(replies={"AUTH": f"535 5.7.8 Bad password {PASSWORD}"}),
    "greylisted": Faults(faults={Fault.GREYLIST: When(always=True)}),
    "message refused": Faults(faults={Fault.REJECT: When(always=True)}),
    "too large": Faults(replies={"END": "552 5.3.4 Too large"}),
}


def bad_addresses() -> Iterator[str]:
    for line in CORPUS.read_text(encoding="utf-8").splitlines()[1:]:
        text, expect = line.split("\t")
        if expect.startswith("reject"):
            yield json.loads(f'"{text}"') if not text.startswith('"') else text


class MailFarSide:
    """A relay, seen as a far side."""

    def __init__(self, server: SmtpServer, stop: contextlib.ExitStack) -> None:
        self.server = server
        self._stop = stop

    def arrived(self) -> list[str]:
        return [seen.message_id for seen in self.server.transactions if seen.stored]

    def lose_answer(self) -> None:
        self.server.faults = Faults(faults={Fault.LOSE_ANSWER: When(always=True)})

    def refuse(self, how: str) -> None:
        if how == "relay gone":
            self._stop.close()
        else:
            self.server.faults = FAULTS[how]


class TestEmailContract(DestinationContract):
    bad_settings = (
        *(BadSetting("to", address) for address in bad_addresses()),
        BadSetting("format", "docx"),
        BadSetting("language", "xx"),
        BadSetting("host", "a b", "connection"),
        BadSetting("host", "http://relay.example", "connection"),
        BadSetting("port", 0, "connection"),
        BadSetting("port", "smtp", "connection"),
        BadSetting("security", "ssl", "connection"),
        BadSetting("username", "a\r\nb", "connection"),
        BadSetting("username", "", "connection"),
        BadSetting("password", "", "connection"),
        BadSetting("password", "a\0b", "connection"),
        BadSetting("sender", "Voorbeeld NV", "connection"),
        BadSetting("sender", "a@b.example, x@evil.example", "connection"),
        BadSetting("sender", "V\r\nBcc: x@evil.example <a@b.example>", "connection"),
    )
    refusals = (
        Refusal("recipient refused", SettingsError),
        Refusal("sender refused", SettingsError),
        Refusal("login refused", LoginNeeded),
        Refusal("greylisted", NotSent),
        Refusal("message refused", Rejected),
        Refusal("too large", Held),
        Refusal("relay gone", NotSent),
    )
    loses_answers = True

    @pytest.fixture
    def plugin(self) -> str:
        return "email"

    @pytest.fixture
    def far_side(self) -> Iterator[MailFarSide]:
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(SmtpServer(Setup(login=("hub", PASSWORD))))
            yield MailFarSide(server, stack)

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"to": "boekhouder@kantoor.example"}

    @pytest.fixture
    def connection(self, far_side: MailFarSide) -> dict[str, Any]:
        return {
            "host": "127.0.0.1",
            "port": far_side.server.port,
            "security": "none",
            "username": "hub",
            "password": PASSWORD,
            "sender": "Voorbeeld NV <facturen@voorbeeld.example>",
        }
