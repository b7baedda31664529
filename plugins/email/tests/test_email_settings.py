"""The settings a person gives: defaults by security, refusals by name, secrets that stay secret."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from hub.errors import Severity
from hub_email.settings import Format, Recipient, Relay, Security, problems

GOOD = {"host": "mail.voorbeeld.example", "sender": "facturen@voorbeeld.example"}


def relay(**more: Any) -> Relay:
    return Relay.model_validate(GOOD | more)


def test_a_relay_is_encrypted_by_default() -> None:
    assert (relay().security, relay().port) == (Security.STARTTLS, 587)


@pytest.mark.parametrize(("security", "port"), [("tls", 465), ("starttls", 587), ("none", 25)])
def test_the_port_follows_from_the_security(security: str, port: int) -> None:
    assert relay(security=security).port == port


def test_a_port_may_be_given_as_text() -> None:
    assert relay(port="2525").port == 2525


def test_a_destination_gets_ubl_and_pdf_by_default() -> None:
    assert Recipient.model_validate({"to": "a@b.example"}).format is Format.BOTH


@pytest.mark.parametrize("host", ["", "a b", "a/b", "mail.example:25", "[::1]", "bücher.example", "a\r\nb"])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(ValidationError, match="host"):
        relay(host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "relay", "mail_relay", "mail.voorbeeld.example."])
def test_a_name_or_an_address_is_a_host(host: str) -> None:
    assert relay(host=host).host == host


def test_the_password_is_in_no_text_of_the_settings() -> None:
    given = relay(username="hub", password="hunter2")
    assert "hunter2" not in f"{given} {given!r} {given.model_dump()} {given.model_dump_json()}"


def test_the_password_is_in_no_refusal() -> None:
    with pytest.raises(ValidationError) as caught:
        relay(username="hub", password="hunter2\n")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"username": "hub"}, "password"),
        ({"password": "hunter2"}, "username"),
    ],
)
def test_half_a_login_is_refused(more: dict[str, str], place: str) -> None:
    [problem] = problems(relay(**more))
    assert (problem.place, problem.severity) == (place, Severity.FATAL)


def test_a_password_in_the_clear_is_a_warning() -> None:
    [problem] = problems(relay(username="hub", password="hunter2", security="none"))
    assert (problem.place, problem.severity) == ("security", Severity.WARNING)


def test_a_whole_login_over_an_encrypted_line_is_no_problem() -> None:
    assert problems(relay(username="hub", password="hunter2")) == []
