"""The form of what plugins answer and raise: what passes here can be stored and shown, whatever annotations say."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from hub.core.delivery import Absent, Receipt
from hub.core.files import Artifact, File
from hub.errors import DeliveryError, NotSent, Problem, Unreadable
from hub.plugins.settings import ISOLATION
from hub.plugins.types import Choice, Deadlines, PluginInfo

_RECEIPT_LIMIT = 4096  # bytes
_CODE_LIMIT = 100
_LONGEST = 86_400  # seconds of a call
_SHA256 = re.compile(r"[0-9a-f]{64}")


def breach(answer: object) -> str:
    """What is wrong with an answer or an error of a plugin, of the right type as such; empty when nothing is."""
    for kinds, look in _LOOKS:
        if isinstance(answer, kinds):
            return look(answer)
    return ""


def named(error: BaseException) -> str:
    """An error by its type and its words, also one that cannot say them."""
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:  # noqa: BLE001 - its own __str__ is the plugin's too
        return type(error).__name__


def _absent(absent: Absent) -> str:
    return _told([absent.evidence], "its evidence")


def _list(answer: Sequence[object] | Unreadable) -> str:
    """Problems of `validate` or of a paper, or what `choices` found."""
    for one in answer.problems if isinstance(answer, Unreadable) else answer:
        match one:
            case Problem():
                texts = [one.code, one.message, one.place]
            case Choice():
                texts = [one.value, one.label]
            case _:
                return f"{type(one).__name__} is in it"
        if wrong := _told(texts, "something in it"):
            return wrong
    return ""


def _info(info: PluginInfo) -> str:
    deadlines: object = info.deadlines
    if not isinstance(deadlines, Deadlines):
        return "its deadlines are none"
    seconds: list[object] = [deadlines.prepare, deadlines.deliver, deadlines.trace]
    timed = all(isinstance(one, int | float) and 0 < one < _LONGEST for one in seconds)
    if not timed:
        return f"its deadlines are no seconds between 0 and {_LONGEST}"
    models = (info.settings, info.connection)
    reserved = any(ISOLATION in getattr(model, "model_fields", {}) for model in models)
    return f"{ISOLATION} is the hub's own setting" if reserved else ""


def _told(texts: Iterable[object], what: str) -> str:
    return "" if _sayable(texts) else f"{what} is no text"


def _receipt(receipt: Receipt) -> str:
    detail: object = receipt.detail
    at: object = receipt.at
    if not isinstance(detail, Mapping):
        return "its detail is no mapping"
    texts = [receipt.reference, *detail.keys(), *detail.values()]
    if not _sayable(texts) or sum(len(text.encode()) for text in texts) > _RECEIPT_LIMIT:
        return f"it is not text of at most {_RECEIPT_LIMIT} bytes"
    aware = isinstance(at, datetime) and at.utcoffset() is not None
    return "" if aware or at is None else "its time is no datetime with a zone"


def _artifact(artifact: Artifact) -> str:
    parts: object = artifact.parts
    if not isinstance(parts, tuple) or not parts:
        return "it has no parts"
    return "" if all(map(_well_formed, parts)) else "a part has no proper name, type, size or SHA-256"


def _well_formed(part: object) -> bool:
    if not isinstance(part, File) or not _sayable([part.name, part.media_type, part.sha256]):
        return False
    size: object = part.size
    return isinstance(size, int) and _SHA256.fullmatch(part.sha256) is not None


def _error(error: DeliveryError) -> str:
    if not _sayable([error.reason, error.detail, error.message]) or len(error.reason) > _CODE_LIMIT:
        return f"its reason or detail is no text, or the reason has over {_CODE_LIMIT} characters"
    wait = error.retry_after if isinstance(error, NotSent) else None
    timed = isinstance(wait, int | float) and not math.isnan(wait)
    return "" if timed or wait is None else "its retry_after is no number of seconds"


def _sayable(texts: Iterable[object]) -> bool:
    """All of it is text, without half characters, which nothing can store."""
    return all(isinstance(text, str) and not any("\ud800" <= char <= "\udfff" for char in text) for text in texts)


_LOOKS: tuple[tuple[tuple[type, ...], Callable[[Any], str]], ...] = (
    ((Receipt,), _receipt),
    ((Artifact,), _artifact),
    ((Absent,), _absent),
    ((list, tuple, Unreadable), _list),
    ((DeliveryError,), _error),
    ((PluginInfo,), _info),
)
