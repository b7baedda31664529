"""`email` sends short messages of the hub itself, through the same relay and with the same care."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import pytest

from hub.errors import NotSent, Rejected, SettingsError
from hub.plugins.desk import Notice
from hub.testing.faults import Faults
from hub.testing.hooks import Hooks, load
from hub.testing.smtp import SmtpServer


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpServer]:
    """A relay on this machine."""
    monkeypatch.setenv("HUB_ALLOW_NETWORKS", "127.0.0.0/8")
    with SmtpServer() as server:
        yield server


def send(relay: SmtpServer, **changes: str) -> None:
    line = {"host": "127.0.0.1", "port": relay.port, "security": "none", "sender": "hub@voorbeeld.example"}
    hooks = Hooks.of(load("email"), {"to": "x@y.example"}, line, cast("Any", None))
    usual = {"to": "an@kantoor.example", "subject": "Hallo", "text": "Regel 1\n\nRegel 2\n", "key": "k1"}
    hooks("notify", notice=Notice(**{**usual, **changes}))


def arrived(relay: SmtpServer) -> EmailMessage:
    (data,) = relay.messages
    return message_from_bytes(data, policy=default)


def test_a_notice_arrives_as_plain_text(relay: SmtpServer) -> None:
    send(relay)
    message = arrived(relay)
    assert (message["To"], message["Subject"], message["From"]) == (
        "an@kantoor.example",
        "Hallo",
        "hub@voorbeeld.example",
    )
    assert message["Message-ID"] == "<k1@voorbeeld.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert (message.get_content_type(), message.get_content()) == ("text/plain", "Regel 1\r\n\r\nRegel 2\r\n")


def test_a_long_link_arrives_whole(relay: SmtpServer) -> None:
    link = "https://hub.voorbeeld.example/partner/invitation/" + "x" * 200
    send(relay, text=f"{link}\n")
    assert arrived(relay).get_content() == f"{link}\r\n"


def test_names_in_a_notice_cannot_steer_anything(relay: SmtpServer) -> None:
    send(relay, subject="Voorbeeld\r\nBcc: x@evil.example", text="a\u202eb\x1b[31m")
    message = arrived(relay)
    assert message["Bcc"] is None
    assert "\\u{d}\\u{a}" in message["Subject"]
    assert message.get_content().strip() == "a\\u{202e}b\\u{1b}[31m"


@pytest.mark.parametrize(
    "to", ["", "no address", "a@b.example, x@evil.example", "a@b.example\r\nRCPT TO:<x@evil.example>"]
)
def test_what_is_no_address_is_rejected_before_the_relay_is_called(relay: SmtpServer, to: str) -> None:
    with pytest.raises(Rejected):
        send(relay, to=to)
    assert relay.transactions == []


@pytest.mark.parametrize(("reply", "error"), [("550 5.1.1 No such user", SettingsError), ("450 4.2.0 Later", NotSent)])
def test_what_the_relay_says_is_told(relay: SmtpServer, reply: str, error: type[Exception]) -> None:
    relay.faults = Faults(replies={"RCPT": reply})
    with pytest.raises(error):
        send(relay)
