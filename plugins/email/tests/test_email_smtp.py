"""The conversation, against relays that really speak: what is sent, what is refused, on which side of the dot."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.errors import DeliveryError, Held, LoginNeeded, NotSent, Rejected, SettingsError, Uncertain
from hub.net import guard_from_environment
from hub.testing.faults import Fault, Faults, When
from hub.testing.smtp import Setup, SmtpServer
from hub_email.line import Timeouts
from hub_email.post import receipt
from hub_email.settings import Relay
from hub_email.smtp import Mail, Wire, send

MESSAGE = b"Message-ID: <1@voorbeeld.example>\r\nSubject: x\r\n\r\n.\r\n..\r\n.a line\r\n"
MAIL = Mail("facturen@voorbeeld.example", "boekhouder@kantoor.example", MESSAGE)
LARGE = Mail(MAIL.sender, MAIL.recipient, MESSAGE + (b"x" * 76 + b"\r\n") * 20_000)
ENDLESS = Mail(MAIL.sender, MAIL.recipient, LARGE.data * 10)  # more than the system takes at once
LOGIN = ("hub", "pässword")
ALWAYS = When(always=True)

Settings = Callable[..., Relay]
NewWire = Callable[[], Wire]

HELLO = b"220 relay.example\r\n", b"250 relay.example\r\n"
OFFERS_TLS = b"250-relay\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"
UP_TO_DATA = *HELLO, b"250 ok\r\n", b"250 ok\r\n"


def test_a_message_arrives_byte_for_byte(server: SmtpServer, relay_at: Settings, new_wire: NewWire) -> None:
    reply = send(relay_at(server.port), MAIL, new_wire())
    assert (reply.code, reply.queue_id) == (250, "00000001")
    assert server.messages == [MESSAGE]
    [seen] = server.transactions
    assert (seen.sender, seen.to) == (MAIL.sender, (MAIL.recipient,))


def test_a_large_message_arrives_whole(server: SmtpServer, relay_at: Settings, new_wire: NewWire) -> None:
    send(relay_at(server.port), LARGE, new_wire())
    assert server.messages == [LARGE.data]


@pytest.mark.parametrize(
    ("fault", "error", "stored"),
    [
        (Fault.GREYLIST, NotSent, 0),
        (Fault.REJECT, Rejected, 0),
        (Fault.DROP, Uncertain, 0),
        (Fault.LOSE_ANSWER, Uncertain, 1),
    ],
)
def test_what_happens_after_the_dot_is_told_apart(
    fault: Fault, error: type[Exception], stored: int, relay_at: Settings, new_wire: NewWire
) -> None:
    with SmtpServer(Setup(faults=Faults(faults={fault: ALWAYS}))) as server:
        with pytest.raises(error):
            send(relay_at(server.port), MAIL, new_wire())
        assert len(server.messages) == stored


@pytest.mark.parametrize(
    ("command", "reply", "error"),
    [
        ("EHLO", "421 closing", NotSent),
        ("EHLO", "554 go away", SettingsError),
        ("MAIL", "451 later", NotSent),
        ("MAIL", "530 5.7.0 log in first", LoginNeeded),
        ("MAIL", "550 not your address", SettingsError),
        ("RCPT", "450 greylisted", NotSent),
        ("RCPT", "550 no such user", SettingsError),
        ("RCPT", "552 mailbox full", Held),
        ("DATA", "451 later", NotSent),
        ("DATA", "554 no", Rejected),
        ("END", "421 closing", NotSent),
        ("END", "451 later", NotSent),
        ("END", "552 too large", Held),
        ("END", "554 spam", Rejected),
        ("END", "250", None),
        ("END", "354 go on", Uncertain),
        ("END", "hello", Uncertain),
    ],
)
def test_a_refusal_at_each_stage(
    command: str, reply: str, error: type[Exception] | None, relay_at: Settings, new_wire: NewWire
) -> None:
    with SmtpServer(Setup(faults=Faults(replies={command: reply}))) as server:
        if error is None:
            assert send(relay_at(server.port), MAIL, new_wire()).code == 250
            return
        with pytest.raises(error) as caught:
            send(relay_at(server.port), MAIL, new_wire())
        assert type(caught.value) is error


def test_a_message_over_the_announced_size_is_held_before_it_is_offered(
    scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire
) -> None:
    hello = f"250-relay\r\n250 SIZE {len(MESSAGE) - 1}\r\n".encode()
    relay = scripted(b"220 hi\r\n", hello, b"221 bye\r\n")
    with pytest.raises(Held) as caught:
        send(relay_at(relay.port), MAIL, new_wire())
    assert caught.value.reason == "too_large"
    assert b"MAIL" not in relay.heard()


def test_the_size_is_announced(scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire) -> None:
    relay = scripted(b"220 hi\r\n", b"250-relay\r\n250 SIZE 0\r\n", b"550 no\r\n", b"221 bye\r\n")
    with pytest.raises(SettingsError):
        send(relay_at(relay.port), MAIL, new_wire())
    assert f"MAIL FROM:<{MAIL.sender}> SIZE={len(MESSAGE)}\r\n".encode() in relay.heard()


@pytest.mark.parametrize(
    ("replies", "reason"),
    [
        ((), "smtp.disconnected"),
        ((b"421 busy\r\n",), "smtp.421"),
        ((b"HTTP/1.1 400 Bad Request\r\n",), "smtp.-1"),
        (HELLO[:1], "smtp.disconnected"),
        (HELLO, "smtp.disconnected"),
        (UP_TO_DATA[:3], "smtp.disconnected"),
        (UP_TO_DATA, "smtp.disconnected"),
    ],
)
def test_a_line_that_breaks_before_the_message_is_not_sent(
    replies: tuple[bytes, ...], reason: str, scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire
) -> None:
    relay = scripted(*replies)
    with pytest.raises(NotSent) as caught:
        send(relay_at(relay.port), MAIL, new_wire())
    assert caught.value.reason == reason


def test_a_line_that_breaks_within_the_message_is_not_sent(
    scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire
) -> None:
    relay = scripted(*UP_TO_DATA[:3], b"250 ok\r\n354 go\r\n", lambda _connection: None)
    with pytest.raises(NotSent):
        send(relay_at(relay.port), ENDLESS, new_wire())


def test_nobody_there_is_not_sent(relay_at: Settings, new_wire: NewWire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(NotSent) as caught:
        send(relay_at(port), MAIL, new_wire())
    assert caught.value.reason == "connect"


def test_a_private_address_is_refused(
    server: SmtpServer, relay_at: Settings, new_wire: NewWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUB_ALLOW_NETWORKS")
    with pytest.raises(SettingsError, match="HUB_ALLOW_NETWORKS"):
        send(relay_at(server.port), MAIL, new_wire())


def test_a_silent_relay_is_not_waited_for_as_long_as_an_answer(
    scripted: Callable[..., Any], relay_at: Settings
) -> None:
    over = threading.Event()

    def stay_silent(_connection: socket.socket) -> None:
        over.wait(10)

    relay = scripted(stay_silent)
    wire = Wire(guard_from_environment(), Timeouts(reply=0.2, answer=60))
    with pytest.raises(NotSent):
        send(relay_at(relay.port), MAIL, wire)
    over.set()


def test_an_answer_that_does_not_come_in_time_is_uncertain(relay_at: Settings) -> None:
    with SmtpServer(Setup(faults=Faults(faults={Fault.HANG: ALWAYS}))) as server:
        with pytest.raises(Uncertain):
            send(relay_at(server.port), MAIL, Wire(guard_from_environment(), Timeouts(answer=0.2)))
        assert server.messages == [MESSAGE]


def test_the_answer_may_take_longer_than_any_other_reply(relay_at: Settings) -> None:
    slow = Faults(delay_ms=(400, 400))
    with SmtpServer(Setup(faults=slow)) as server:
        wire = Wire(guard_from_environment(), Timeouts(reply=0.2, answer=10))
        assert send(relay_at(server.port), MAIL, wire).code == 250


def test_the_answer_is_waited_for_ten_minutes() -> None:
    assert Timeouts().answer == 600


def test_errors_after_the_answer_do_not_matter(
    scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire
) -> None:
    relay = scripted(*UP_TO_DATA, b"354 go\r\n", b"250 queued as X1\r\n", b"500 what?\r\n")
    assert send(relay_at(relay.port), MAIL, new_wire()).queue_id == "X1"


def test_a_relay_that_does_not_stop_talking_is_hung_up_on(
    scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire
) -> None:
    relay = scripted(b"220 hi\r\n", b"250-and more\r\n" * 100_000)
    with pytest.raises(NotSent, match="stop talking"):
        send(relay_at(relay.port), MAIL, new_wire())


def test_a_name_goes_with_the_first_word(scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire) -> None:
    relay = scripted(b"220 hi\r\n", b"550 no\r\n", b"221 bye\r\n")
    with pytest.raises(SettingsError):
        send(relay_at(relay.port), MAIL, new_wire())
    assert relay.heard().lower().startswith(b"ehlo voorbeeld.example\r\n")


# The login.


@pytest.fixture
def guarded() -> Iterator[SmtpServer]:
    with SmtpServer(Setup(login=LOGIN)) as server:
        yield server


def test_a_login_is_given_in_utf_8(guarded: SmtpServer, relay_at: Settings, new_wire: NewWire) -> None:
    relay = relay_at(guarded.port, username=LOGIN[0], password=LOGIN[1])
    assert send(relay, MAIL, new_wire()).code == 250


@pytest.mark.parametrize("password", ["wrong", "password"])
def test_a_wrong_password_needs_a_login(
    password: str, guarded: SmtpServer, relay_at: Settings, new_wire: NewWire
) -> None:
    with pytest.raises(LoginNeeded):
        send(relay_at(guarded.port, username=LOGIN[0], password=password), MAIL, new_wire())
    assert guarded.transactions == []


def test_no_login_where_one_is_asked_for_needs_a_login(
    guarded: SmtpServer, relay_at: Settings, new_wire: NewWire
) -> None:
    with pytest.raises(LoginNeeded):
        send(relay_at(guarded.port), MAIL, new_wire())


def test_a_wrong_password_is_tried_once(scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire) -> None:
    hello = b"250-relay\r\n250 AUTH LOGIN PLAIN CRAM-MD5\r\n"
    relay = scripted(b"220 hi\r\n", hello, b"334 \r\n", b"535 no\r\n", b"221 bye\r\n")
    with pytest.raises(LoginNeeded):
        send(relay_at(relay.port, username="hub", password="wrong"), MAIL, new_wire())
    assert relay.heard().count(b"AUTH") == 1


def test_a_relay_that_does_not_want_the_password_does_not_get_it(
    scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire
) -> None:
    hello = b"250-relay\r\n250 AUTH PLAIN\r\n"
    relay = scripted(b"220 hi\r\n", hello, b"535 not from here\r\n", b"221 bye\r\n")
    with pytest.raises(LoginNeeded):
        send(relay_at(relay.port, username="hub", password="hunter2"), MAIL, new_wire())
    assert relay.heard().splitlines()[1:] == [b"AUTH PLAIN", b"QUIT"]


def test_a_relay_that_only_knows_login_gets_it(
    scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire
) -> None:
    hello = b"250-relay\r\n250 AUTH LOGIN\r\n"
    rest = (b"235 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 ok\r\n")
    relay = scripted(b"220 hi\r\n", hello, b"334 VXNlcg==\r\n", b"334 UGFzcw==\r\n", *rest)
    send(relay_at(relay.port, username="hub", password="hunter2"), MAIL, new_wire())
    asked = [base64.b64encode(word) + b"\r\n" for word in (b"hub", b"hunter2")]
    assert relay.heard().splitlines(keepends=True)[1:4] == [b"AUTH LOGIN\r\n", *asked]


def test_a_relay_without_a_login_is_a_wrong_setting(server: SmtpServer, relay_at: Settings, new_wire: NewWire) -> None:
    with pytest.raises(SettingsError) as caught:
        send(relay_at(server.port, username="hub", password="hunter2"), MAIL, new_wire())
    assert caught.value.reason == "smtp.no_login"


SECRET = "hunter22"
ECHOES = {
    "plain": SECRET,
    "as in AUTH LOGIN": base64.b64encode(SECRET.encode()).decode(),
    "as in AUTH PLAIN": base64.b64encode(f"\0hub\0{SECRET}".encode()).decode(),
    "without padding": base64.b64encode(f"\0hub\0{SECRET}".encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize(
    ("command", "answer"),
    [("AUTH", "535 not {}"), ("MAIL", "450 not {}"), ("RCPT", "550 not {}"), ("END", "554 not {}")],
)
def test_a_relay_that_repeats_the_secret_does_not_get_it_into_an_error(
    command: str, answer: str, echo: str, relay_at: Settings, new_wire: NewWire
) -> None:
    faults = Faults(replies={command: answer.format(echo)})
    with SmtpServer(Setup(login=("hub", SECRET), faults=faults)) as server, pytest.raises(DeliveryError) as caught:
        send(relay_at(server.port, username="hub", password=SECRET), MAIL, new_wire())
    assert "not ***" in str(caught.value)
    assert echo.rstrip("=") not in str(caught.value)


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
def test_a_relay_that_repeats_the_secret_does_not_get_it_into_a_receipt(
    echo: str, relay_at: Settings, new_wire: NewWire
) -> None:
    faults = Faults(replies={"END": f"250 ok {echo}"})
    with SmtpServer(Setup(login=("hub", SECRET), faults=faults)) as server:
        reply = send(relay_at(server.port, username="hub", password=SECRET), MAIL, new_wire())
    made = receipt(reply, "<key@voorbeeld.example>", datetime(2026, 1, 15, tzinfo=UTC))
    assert "***" in made.reference
    assert echo.rstrip("=") not in str(made)


def test_a_relay_that_repeats_the_secret_in_nonsense_does_not_get_it_into_an_error(
    scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire
) -> None:
    echo = ECHOES["as in AUTH PLAIN"]
    hello = b"250-relay\r\n250 AUTH PLAIN\r\n"
    relay = scripted(b"220 hi\r\n", hello, b"334 \r\n", f"you said {echo}\r\n".encode(), b"221 bye\r\n")
    with pytest.raises(NotSent) as caught:
        send(relay_at(relay.port, username="hub", password=SECRET), MAIL, new_wire())
    assert "said ***" in str(caught.value)
    assert echo not in str(caught.value)


# Encryption.


@pytest.mark.parametrize(("security", "implicit"), [("tls", True), ("starttls", False)])
def test_a_trusted_certificate_carries_login_and_message(
    security: str, implicit: bool, trusted: Any, relay_at: Settings, new_wire: NewWire
) -> None:
    with SmtpServer(Setup(tls=trusted.context(), implicit=implicit, login=LOGIN)) as server:
        relay = relay_at(server.port, security=security, username=LOGIN[0], password=LOGIN[1])
        assert send(relay, LARGE, new_wire()).code == 250
        assert server.messages == [LARGE.data]


@pytest.mark.parametrize(("security", "implicit"), [("tls", True), ("starttls", False)])
def test_a_certificate_nobody_vouches_for_is_a_wrong_setting(
    security: str, implicit: bool, certificate: Any, relay_at: Settings, new_wire: NewWire
) -> None:
    with SmtpServer(Setup(tls=certificate.context(), implicit=implicit)) as server:
        with pytest.raises(SettingsError, match="self-signed") as caught:
            send(relay_at(server.port, security=security), MAIL, new_wire())
        assert (caught.value.reason, server.transactions) == ("tls.certificate", [])


def test_a_certificate_for_another_name_is_a_wrong_setting(trusted: Any, relay_at: Settings, new_wire: NewWire) -> None:
    with SmtpServer(Setup(tls=trusted.context(), implicit=True)) as server, pytest.raises(SettingsError) as caught:
        send(relay_at(server.port, security="tls", host="localhost"), MAIL, new_wire())
    assert caught.value.reason == "tls.certificate"


def test_without_starttls_nothing_is_said(scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire) -> None:
    relay = scripted(b"220 hi\r\n", b"250-relay\r\n250 AUTH PLAIN\r\n", b"221 bye\r\n")
    settings = relay_at(relay.port, security="starttls", username="hub", password="hunter2")
    with pytest.raises(SettingsError) as caught:
        send(settings, MAIL, new_wire())
    assert caught.value.reason == "smtp.no_starttls"
    assert relay.heard().splitlines() == [b"ehlo voorbeeld.example", b"QUIT"]


def test_a_relay_that_stays_in_plain_after_starttls_hears_no_password(
    scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire
) -> None:
    def answer_in_plain(connection: socket.socket) -> socket.socket:
        connection.sendall(b"220 go\r\n")
        connection.recv(4096)
        return connection

    relay = scripted(b"220 hi\r\n", OFFERS_TLS, answer_in_plain, b"250 AUTH PLAIN\r\n")
    settings = relay_at(relay.port, security="starttls", username="hub", password="hunter2")
    with pytest.raises(NotSent) as caught:
        send(settings, MAIL, new_wire())
    assert caught.value.reason == "tls"
    assert b"AUTH" not in relay.heard()


def test_a_plain_relay_on_the_encrypted_port_is_not_sent(
    server: SmtpServer, relay_at: Settings, new_wire: NewWire
) -> None:
    with pytest.raises(NotSent) as caught:
        send(relay_at(server.port, security="tls"), MAIL, new_wire())
    assert (caught.value.reason, server.transactions) == ("tls", [])


def test_what_was_said_in_plain_does_not_count_after_starttls(
    trusted: Any, scripted: Callable[..., Any], relay_at: Settings, new_wire: NewWire
) -> None:
    def encrypted(connection: socket.socket) -> ssl.SSLSocket:
        connection.sendall(b"220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n")
        wrapped: ssl.SSLSocket = trusted.context().wrap_socket(connection, server_side=True)
        return wrapped

    relay = scripted(b"220 hi\r\n", OFFERS_TLS, encrypted, b"", b"250 relay\r\n", b"221 bye\r\n")
    settings = relay_at(relay.port, security="starttls", username="hub", password="hunter2")
    with pytest.raises(SettingsError) as caught:
        send(settings, MAIL, new_wire())
    assert caught.value.reason == "smtp.no_login"
