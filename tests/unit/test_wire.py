"""What goes over the channel to a plugin's process comes out as it went in, and rubbish is told apart."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.core.delivery import Absent, Receipt
from hub.core.files import Artifact, File
from hub.core.folder import Folder
from hub.errors import (
    Blocked,
    CorruptError,
    DiskError,
    Held,
    HubError,
    LoginNeeded,
    NotSent,
    PluginError,
    Problem,
    Rejected,
    SettingsError,
    Severity,
    TemporaryError,
    Uncertain,
)
from hub.plugins import wire

ERRORS = [
    NotSent("connect", "refused", retry_after=7.5, unwell=False),
    Rejected([Problem("BR-01", "wrong", "cbc:ID", Severity.FATAL), Problem("BR-02", "odd")]),
    Held("too_large", "9 MB"),
    Uncertain("no_answer", "cut"),
    Blocked("closed", "on Sundays"),
    LoginNeeded("expired", "a year ago"),
    SettingsError("settings_wrong", "no host"),
    CorruptError("bytes are gone", action="restore them"),
    DiskError("the disk did not keep what was written"),
    TemporaryError("no room", code="no_space", action="make room"),
    PluginError("far", "deliver returned str"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_the_same_on_the_other_side(error: HubError) -> None:
    heard = wire.heard(wire.read(io.BytesIO(wire.line(wire.said(error)))))
    assert type(heard) is type(error)
    assert heard.__dict__ == error.__dict__


class Busy(NotSent):
    """A plugin's own kind of error."""


def test_an_error_of_the_plugins_own_kind_is_what_it_is_a_kind_of() -> None:
    heard = wire.heard(wire.said(Busy("busy")))
    assert (type(heard), str(heard)) == (NotSent, "busy")


def test_any_other_error_is_a_fault_of_the_plugin() -> None:
    heard = wire.heard(wire.said(KeyError("no such")))
    assert isinstance(heard, HubError)
    assert (heard.code, heard.message) == ("plugin_error", "KeyError: 'no such'")


@pytest.mark.parametrize(
    "answer",
    [Receipt("r1"), Receipt("€", datetime(2026, 1, 15, 9, 30, tzinfo=UTC), {"queue": "a"}), Absent("not there")],
)
def test_an_answer_is_the_same_on_the_other_side(tmp_path: Path, answer: Receipt | Absent) -> None:
    message = wire.read(io.BytesIO(wire.line(wire.answer_said(answer))))
    assert wire.answer_heard(message, Folder(tmp_path)) == answer


def test_the_bytes_of_an_artifact_are_read_from_the_store(tmp_path: Path) -> None:
    blobs = Folder(tmp_path)
    part = File.of("paper.xml", "application/xml", b"paper")
    blobs.put_part(part)
    heard = wire.answer_heard(wire.answer_said(Artifact((part,))), blobs)
    assert isinstance(heard, Artifact)
    assert (heard.parts, heard.parts[0].read()) == ((part,), b"paper")


@pytest.mark.parametrize("text", [b"no JSON\n", b"[1]\n", b"\xff\n"])
def test_what_is_no_message_is_told_apart(text: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        wire.read(io.BytesIO(text))


def test_half_a_line_is_an_end() -> None:
    with pytest.raises(EOFError):
        wire.read(io.BytesIO(b'{"begun": "deli'))
