"""Which reply at which stage becomes which error."""

from __future__ import annotations

import pytest

from hub.errors import Held, LoginNeeded, NotSent, Rejected, SettingsError
from hub_email.replies import Reply, Stage, refusal


@pytest.mark.parametrize(
    ("stage", "code", "error", "reason"),
    [
        (Stage.GREETING, 421, NotSent, "smtp.421"),
        (Stage.GREETING, 554, SettingsError, "smtp.554"),
        (Stage.HELLO, 550, SettingsError, "smtp.550"),
        (Stage.STARTTLS, 454, NotSent, "smtp.454"),
        (Stage.STARTTLS, 501, SettingsError, "smtp.501"),
        (Stage.LOGIN, 454, NotSent, "smtp.454"),
        (Stage.LOGIN, 535, LoginNeeded, "smtp.535"),
        (Stage.LOGIN, 504, LoginNeeded, "smtp.504"),
        (Stage.SENDER, 451, NotSent, "smtp.451"),
        (Stage.SENDER, 530, LoginNeeded, "smtp.530"),
        (Stage.SENDER, 550, SettingsError, "smtp.550"),
        (Stage.SENDER, 552, Held, "too_large"),
        (Stage.RECIPIENT, 450, NotSent, "smtp.450"),
        (Stage.RECIPIENT, 550, SettingsError, "smtp.550"),
        (Stage.RECIPIENT, 552, Held, "too_large"),
        (Stage.START, 451, NotSent, "smtp.451"),
        (Stage.START, 552, Held, "too_large"),
        (Stage.START, 554, Rejected, "smtp.554"),
        (Stage.MESSAGE, 451, NotSent, "smtp.451"),
        (Stage.MESSAGE, 552, Held, "too_large"),
        (Stage.MESSAGE, 554, Rejected, "smtp.554"),
        (Stage.CHECK, 500, SettingsError, "smtp.500"),
        (Stage.SENDER, -1, NotSent, "smtp.-1"),
        (Stage.RECIPIENT, 354, NotSent, "smtp.354"),
    ],
)
def test_a_refusal_is_named_by_what_happens_next(stage: Stage, code: int, error: type[Exception], reason: str) -> None:
    refused = refusal(stage, Reply(code, "no"))
    assert (type(refused), refused.reason) == (error, reason)


@pytest.mark.parametrize(
    ("stage", "code", "unwell"),
    [
        (Stage.GREETING, 450, True),
        (Stage.SENDER, 451, True),
        (Stage.RECIPIENT, 450, False),
        (Stage.RECIPIENT, 421, True),
        (Stage.START, 451, False),
        (Stage.MESSAGE, 451, False),
        (Stage.MESSAGE, 421, True),
    ],
)
def test_only_a_sick_relay_is_unwell(stage: Stage, code: int, unwell: bool) -> None:
    refused = refusal(stage, Reply(code, "later"))
    assert isinstance(refused, NotSent)
    assert refused.unwell is unwell


def test_an_error_says_stage_code_and_text() -> None:
    assert refusal(Stage.RECIPIENT, Reply(550, "no such user")).detail == "RCPT: the relay answered 550 no such user"


def test_a_reply_is_harmless_and_short_in_every_text() -> None:
    reply = Reply(550, "\x1b[2J\x9b\u202e" + "x" * 5000)
    assert refusal(Stage.RECIPIENT, reply).detail.isprintable()
    assert len(refusal(Stage.RECIPIENT, reply).detail) < 400
    assert len(reply.queue_id) < 400


@pytest.mark.parametrize(
    ("text", "queue_id"),
    [
        ("2.0.0 Ok: queued as 4XyZ12abcd", "4XyZ12abcd"),
        ("OK id=1tYzAb-000000001-abcd", "1tYzAb-000000001-abcd"),
        ("2.0.0 48A1B2C3 Message accepted for delivery", "2.0.0 48A1B2C3 Message accepted for delivery"),
        ("", "250"),
    ],
)
def test_the_queue_id_is_what_the_relay_calls_the_message(text: str, queue_id: str) -> None:
    assert Reply(250, text).queue_id == queue_id
