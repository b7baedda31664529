"""What is said between a process that delivers and one that runs a plugin for it: JSON, an object a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, BinaryIO

from hub.core.blobs import Blobs
from hub.core.delivery import Absent, Receipt
from hub.core.files import Artifact, File
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
from hub.plugins.answers import named

Message = Mapping[str, Any]

_LONGEST = 4 * 1024 * 1024  # bytes of a line
_ASIDE = ("reason", "detail")
_FIELDS: Mapping[type[HubError], Sequence[str]] = {  # what is a kind of another comes first
    NotSent: (*_ASIDE, "retry_after", "unwell"),
    LoginNeeded: _ASIDE,
    SettingsError: _ASIDE,
    Blocked: _ASIDE,
    Held: _ASIDE,
    Uncertain: _ASIDE,
    CorruptError: ("message", "action"),
    DiskError: ("message",),
    TemporaryError: ("message", "code", "action"),
    PluginError: ("plugin", "message"),
}
_KINDS: Mapping[str, type[HubError]] = {kind.__name__: kind for kind in (*_FIELDS, HubError)}


def line(message: Message) -> bytes:
    """A message as it is sent."""
    return json.dumps(message).encode() + b"\n"


def read(stream: BinaryIO) -> Message:
    """The next message. Raises EOFError when the other side is gone, ValueError for what is none."""
    text = stream.readline(_LONGEST)
    if not text.endswith(b"\n"):
        if len(text) == _LONGEST:
            raise ValueError("a line without end")
        raise EOFError
    message = json.loads(text)
    if not isinstance(message, dict):
        raise ValueError("no object")  # noqa: TRY004 - the same to whoever hears it
    return message


def said(error: BaseException) -> Message:
    """An error, in words."""
    if isinstance(error, Rejected):
        return {"kind": "Rejected", "problems": [asdict(problem) for problem in error.problems]}
    for kind, names in _FIELDS.items():
        if isinstance(error, kind):
            given = {name: getattr(error, name) for name in names}
            if isinstance(error, PluginError):
                given["message"] = error.message.removeprefix(f"plugin {error.plugin}: ")
            return {"kind": kind.__name__, **given}
    return {"kind": "HubError", "message": named(error), "code": PluginError.code}


def heard(error: Message) -> BaseException:
    """The error that was said. Raises KeyError, TypeError, ValueError for what is none."""
    given = dict(error)
    kind = given.pop("kind")
    if kind == "Rejected":
        return Rejected([Problem(**one | {"severity": Severity(one["severity"])}) for one in given["problems"]])
    return _KINDS[kind](**given)


def answer_said(answer: Receipt | Absent | Artifact) -> Message:
    """An answer of a plugin, in words; the bytes of an artifact are in the blob store."""
    match answer:
        case Absent():
            return {"absent": answer.evidence}
        case Receipt():
            at = None if answer.at is None else answer.at.isoformat()
            return {"receipt": answer.reference, "at": at, "detail": dict(answer.detail)}
    return {"parts": parts_said(answer)}


def answer_heard(message: Message, blobs: Blobs) -> Receipt | Absent | Artifact:
    """The answer that was said. Raises KeyError, TypeError, ValueError for what is none."""
    if "absent" in message:
        return Absent(message["absent"])
    if "receipt" in message:
        at = None if message["at"] is None else datetime.fromisoformat(message["at"])
        return Receipt(message["receipt"], at, message["detail"])
    return parts_heard(message["parts"], blobs)


def parts_said(artifact: Artifact) -> Sequence[Message]:
    """How the parts of an artifact are named."""
    return [
        {"name": part.name, "media_type": part.media_type, "size": part.size, "sha256": part.sha256}
        for part in artifact.parts
    ]


def parts_heard(parts: Sequence[Message], blobs: Blobs) -> Artifact:
    """The parts that are named, out of the blob store."""
    return Artifact(tuple(File(**part, opener=_Opener(blobs, part["sha256"])) for part in parts))


class _Opener:
    """Opens a blob."""

    def __init__(self, blobs: Blobs, sha256: str) -> None:
        self._blobs = blobs
        self._sha256 = sha256

    def __call__(self) -> BinaryIO:
        return self._blobs.open(self._sha256)
