"""The health check names the step that fails and whose turn it is, and sends nothing."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from hub import Turn
from hub.testing.faults import Faults
from hub.testing.smtp import Setup, SmtpServer
from hub_email.health import SHORT, look
from hub_email.settings import Relay
from hub_email.smtp import Wire

Settings = Callable[..., Relay]
NewWire = Callable[[], Wire]


def test_a_working_relay_is_seen_in_four_steps(trusted: Any, relay_at: Settings, new_wire: NewWire) -> None:
    with SmtpServer(Setup(tls=trusted.context(), login=("hub", "hunter2"))) as server:
        relay = relay_at(server.port, security="starttls", username="hub", password="hunter2")
        health = look(relay, new_wire())
        assert server.transactions == []
    assert [(step.name, step.ok) for step in health.steps] == [
        ("dns", True),
        ("connect", True),
        ("tls", True),
        ("login", True),
    ]
    assert (health.ok, health.turn) == (True, None)
    assert all(step.message for step in health.steps)


def test_a_name_that_does_not_exist_fails_at_dns(relay_at: Settings, new_wire: NewWire) -> None:
    health = look(relay_at(25, host="no-such-relay.invalid"), new_wire())
    assert [(step.name, step.ok) for step in health.steps] == [("dns", False)]
    assert health.turn is Turn.NETWORK


def test_a_private_address_fails_at_dns_and_names_the_variable(
    relay_at: Settings, new_wire: NewWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUB_ALLOW_NETWORKS")
    health = look(relay_at(25), new_wire())
    assert "HUB_ALLOW_NETWORKS" in health.steps[0].message
    assert health.turn is Turn.YOU


def test_nobody_there_fails_at_connect(relay_at: Settings, new_wire: NewWire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    health = look(relay_at(port), new_wire())
    assert [(step.name, step.ok) for step in health.steps] == [("dns", True), ("connect", False)]
    assert health.turn is Turn.NETWORK


def test_a_bad_certificate_fails_at_tls(certificate: Any, relay_at: Settings, new_wire: NewWire) -> None:
    with SmtpServer(Setup(tls=certificate.context())) as server:
        health = look(relay_at(server.port, security="starttls"), new_wire())
    assert (health.steps[-1].name, health.steps[-1].ok, health.turn) == ("tls", False, Turn.YOU)


@pytest.mark.parametrize(("replies", "turn"), [({"NOOP": "421 closing"}, Turn.REMOTE), ({"NOOP": "550 no"}, Turn.YOU)])
def test_a_relay_that_is_not_well_fails_at_login(
    replies: dict[str, str], turn: Turn, relay_at: Settings, new_wire: NewWire
) -> None:
    with SmtpServer(Setup(faults=Faults(replies=replies))) as server:
        health = look(relay_at(server.port), new_wire())
    assert (health.steps[-1].name, health.steps[-1].ok, health.turn) == ("login", False, turn)


def test_a_wrong_password_fails_at_login_without_telling_it(relay_at: Settings, new_wire: NewWire) -> None:
    with SmtpServer(Setup(login=("hub", "hunter2"))) as server:
        health = look(relay_at(server.port, username="hub", password="hunter3"), new_wire())
    assert (health.steps[-1].name, health.turn) == ("login", Turn.YOU)
    assert "hunter3" not in repr(health)


def test_a_dead_relay_does_not_use_up_the_time_of_a_check() -> None:
    assert SHORT.connect + SHORT.reply + SHORT.answer < 10
