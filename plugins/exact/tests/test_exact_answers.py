"""Each answer of Exact becomes the error that says what happens next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from hub import Held, LoginNeeded, NotSent, Rejected, SettingsError, Uncertain
from hub.http import Reply
from hub_exact.answers import Call, accepted, error_text, refusal, rows

NOW = datetime(2026, 1, 15, 12, 0, 30, tzinfo=UTC)
READ, WRITE = Call("GET crm/Accounts", True, NOW), Call("POST crm/Accounts", False, NOW)
PAGE = b"<html>maintenance</html>"


def said(text: str) -> bytes:
    return json.dumps({"error": {"code": "", "message": {"lang": "", "value": text}}}).encode()


def reply(status: int, content: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, headers or {}, content)


@pytest.mark.parametrize(
    ("status", "content", "headers", "reading", "writing"),
    [
        (400, said("Error processing request stream."), {}, Held, Held),
        (400, b"", {}, Held, Held),
        (401, b"", {}, LoginNeeded, LoginNeeded),
        (403, said("Forbidden"), {"reason": "BlockedUser"}, LoginNeeded, LoginNeeded),
        (403, said("Forbidden"), {"reason": "InactiveUser"}, LoginNeeded, LoginNeeded),
        (403, said("Forbidden"), {"reason": "NoDivisionAccess"}, SettingsError, SettingsError),
        (403, said("Forbidden"), {"reason": "LicenseExpired"}, SettingsError, SettingsError),
        (403, said("Forbidden - Application Scope Violated."), {}, SettingsError, SettingsError),
        (403, PAGE, {}, SettingsError, SettingsError),
        (404, said("Not found"), {}, SettingsError, SettingsError),
        (408, b"", {}, NotSent, Uncertain),
        (408, said("Timed out"), {}, NotSent, Uncertain),
        (429, b"", {}, NotSent, NotSent),
        (500, said("Ongeldige referentie: Journals"), {}, SettingsError, Rejected),
        (503, said("Gegeven bestaat reeds."), {}, SettingsError, Rejected),
        (500, b"", {}, NotSent, Uncertain),
        (500, PAGE, {}, NotSent, Uncertain),
        (502, PAGE, {}, NotSent, Uncertain),
        (503, PAGE, {}, NotSent, Uncertain),
        (599, b"", {}, NotSent, Uncertain),
        (200, PAGE, {}, NotSent, Uncertain),
        (200, b"{}", {}, NotSent, Uncertain),
        (302, b"", {}, NotSent, Uncertain),
        (409, said("Conflict"), {}, SettingsError, Rejected),
        (413, PAGE, {}, SettingsError, Held),
    ],
)
def test_an_answer_is_the_right_error(
    status: int,
    content: bytes,
    headers: dict[str, str],
    reading: type[Exception],
    writing: type[Exception],
) -> None:
    for call, error in ((READ, reading), (WRITE, writing)):
        with pytest.raises(error) as caught:
            accepted(reply(status, content, headers), call)
        assert type(caught.value) is error


@pytest.mark.parametrize(("status", "content"), [(200, b'{"d": []}'), (201, b'{"d": {"ID": "1"}}'), (204, b"")])
def test_a_good_answer_passes(status: int, content: bytes) -> None:
    assert accepted(reply(status, content), WRITE).status == status


def test_every_sentence_of_exact_is_told() -> None:
    assert (
        error_text(reply(500, said("Verplicht: Klant\r\nVerplicht: Dagboek"))) == "Verplicht: Klant; Verplicht: Dagboek"
    )


def test_a_rejection_has_the_words_of_exact() -> None:
    error = refusal(reply(500, said("Periode is afgesloten: 2026 - 01")), WRITE)
    assert isinstance(error, Rejected)
    assert [problem.message for problem in error.problems] == ["Periode is afgesloten: 2026 - 01"]


@pytest.mark.parametrize("content", [b'{"error": "text"}', b'{"error": {"message": {"value": 3}}}', b"[]", b"\xff"])
def test_rubbish_is_no_word_of_exact(content: bytes) -> None:
    assert error_text(reply(500, content)) == ""


def test_unseen_characters_of_an_answer_reach_no_screen() -> None:
    assert "\x1b" not in str(refusal(reply(500, said("a\x1b[2Jb")), WRITE))


def epoch_ms(second: int) -> str:
    return str(int(NOW.replace(second=0).timestamp() + second) * 1000)


@pytest.mark.parametrize(
    ("headers", "scale", "wait"),
    [
        ({"retry-after": "7"}, 1.0, 7.0),
        ({"x-ratelimit-minutely-reset": epoch_ms(60)}, 1.0, 31.0),
        ({"x-ratelimit-reset": epoch_ms(3600)}, 1.0, 3571.0),
        ({"x-ratelimit-minutely-reset": epoch_ms(60), "x-ratelimit-reset": epoch_ms(3600)}, 1.0, 31.0),
        ({"x-ratelimit-minutely-reset": epoch_ms(0)}, 1.0, 1.0),
        ({"x-ratelimit-minutely-reset": "soon"}, 1.0, 61.0),
        ({"x-ratelimit-remaining": "0"}, 1.0, 61.0),
        ({}, 1.0, 61.0),
        ({}, 61.0, 1.0),
    ],
)
def test_too_many_calls_wait_as_long_as_exact_says(headers: dict[str, str], scale: float, wait: float) -> None:
    error = refusal(reply(429, b"", headers), Call("GET x", True, NOW, scale))
    assert isinstance(error, NotSent)
    assert error.retry_after == pytest.approx(wait)


@pytest.mark.parametrize(
    ("content", "found", "following"),
    [
        (b'{"d": [{"a": 1}]}', [{"a": 1}], ""),
        (b'{"d": []}', [], ""),
        (b'{"d": {"results": [{"a": 1}], "__next": "https://x/y"}}', [{"a": 1}], "https://x/y"),
        (b'{"d": {"results": []}}', [], ""),
        (b'{"d": {"a": 0.1}}', [{"a": Decimal("0.1")}], ""),
    ],
)
def test_each_shape_is_rows(content: bytes, found: list[object], following: str) -> None:
    assert rows(reply(200, content)) == (found, following)


@pytest.mark.parametrize("content", [b'{"d": [1]}', b'{"d": {"results": 1}}', b'{"e": []}', b"[]", b"", b'{"d": null}'])
def test_any_other_shape_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        rows(reply(200, content))
