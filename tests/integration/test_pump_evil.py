"""Plugins that break their contract: the harm stays with the one delivery, and the engine runs on."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hub import Artifact, File, Held, NotSent, Problem, Receipt, Rejected, Uncertain
from hub.app import Hub
from hub.core.runner import Until
from tests.integration.far import Far, raising, taken
from tests.integration.ledger import add_place, deliver, faults, row, states, take_in, value


class Unspeakable(Exception):
    """An error that cannot be printed."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class Mute(NotSent):
    """An error that says nothing in the right type."""

    def __init__(self, **fields: Any) -> None:
        super().__init__("connect")
        for name, rubbish in fields.items():
            setattr(self, name, rubbish)


def _loose(answer: Any) -> Callable[..., Any]:
    return lambda *_: answer


BREACHES_OF_DELIVER = {
    "none": _loose(None),
    "text": _loose("ok"),
    "class": _loose(Receipt),
    "reference is a number": _loose(Receipt(7)),  # type: ignore[arg-type]
    "reference is none": _loose(Receipt(None)),  # type: ignore[arg-type]
    "reference is unsaid": _loose(Receipt("\ud800")),
    "detail is a list": _loose(Receipt("r", None, ["a"])),  # type: ignore[arg-type]
    "detail holds numbers": _loose(Receipt("r", None, {"a": 7})),  # type: ignore[dict-item]
    "receipt of 5 KiB": _loose(Receipt("r", None, {"page": "x" * 5000})),
    "receipt of 5 KiB in few characters": _loose(Receipt("€" * 2000)),
    "time without a zone": _loose(Receipt("r", datetime(2026, 1, 15))),  # noqa: DTZ001 - that is the point
    "time is text": _loose(Receipt("r", "2026-01-15")),  # type: ignore[arg-type]
    "time of long ago": _loose(Receipt("r", datetime(1, 1, 1, tzinfo=UTC))),
    "unspeakable error": raising(Unspeakable()),
    "reason is none": raising(Mute(reason=None)),
    "reason is a number": raising(Mute(reason=503)),
    "reason is unsaid": raising(Mute(reason="\ud800")),
    "reason is a book": raising(NotSent("x" * 100_000)),
    "detail is an error": raising(Mute(detail=OSError("refused"))),
    "detail is none": raising(Mute(detail=None)),
    "detail is unsaid": raising(NotSent("connect", "\ud800\x00")),
    "time is a word": raising(Mute(retry_after="soon")),
    "time is no number": raising(Mute(retry_after=float("nan"))),
    "time without end": raising(Mute(retry_after=float("inf"))),
    "time is a date": raising(Mute(retry_after=datetime(2026, 1, 15, tzinfo=UTC))),
    "held without reason": raising(Held(None)),  # type: ignore[arg-type]
    "uncertain with bytes": raising(Uncertain(b"cut", b"off")),  # type: ignore[arg-type]
    "problem without code": raising(Rejected([Problem(None, "wrong")])),  # type: ignore[arg-type]
    "exit": raising(SystemExit("bye")),
    "deep": raising(RecursionError()),
}


@pytest.mark.parametrize("breach", BREACHES_OF_DELIVER.values(), ids=list(BREACHES_OF_DELIVER))
def test_a_breach_in_deliver_harms_its_own_delivery_only(hub: Hub, far: Far, breach: Callable[..., Any]) -> None:
    far.on_deliver = lambda sent: breach(sent) if sent.id == 1 else taken(sent)
    _only_the_first_is_harmed(hub)


def _part(**fields: Any) -> Callable[..., Artifact]:
    data = b"paper"
    given: dict[str, Any] = {
        "name": "paper.xml",
        "media_type": "application/xml",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "opener": lambda: io.BytesIO(data),
    }
    return lambda *_: Artifact((File(**given | fields),))


BREACHES_OF_PREPARE: dict[str, Callable[..., Any]] = {
    "none": _loose(None),
    "no parts": _loose(Artifact(())),
    "parts are text": _loose(Artifact(("paper",))),  # type: ignore[arg-type]
    "parts are a list": _loose(Artifact([])),  # type: ignore[arg-type]
    "name is a path": _part(name=Path("paper.xml")),
    "name is none": _part(name=None),
    "name is unsaid": _part(name="\ud800"),
    "type is none": _part(media_type=None),
    "hash of other bytes": _part(sha256="0" * 64),
    "hash leads outside": _part(sha256="../../../../key"),
    "size of other bytes": _part(size=7),
    "opens nothing": _part(opener=lambda: None),
    "opens text": _part(opener=lambda: io.StringIO("paper")),
    "opens with an error": _part(opener=raising(OSError("gone"))),
    "exit": raising(SystemExit(1)),
    "unspeakable error": raising(Unspeakable()),
}


@pytest.mark.parametrize("breach", BREACHES_OF_PREPARE.values(), ids=list(BREACHES_OF_PREPARE))
def test_a_breach_in_prepare_harms_its_own_delivery_only(hub: Hub, far: Far, breach: Callable[..., Any]) -> None:
    usual = far.on_prepare
    far.on_prepare = lambda document, delivery: (
        breach(document, delivery) if delivery.id == 1 else usual(document, delivery)
    )
    _only_the_first_is_harmed(hub)
    assert 1 not in {sent.id for sent in far.sent}
    assert not row(hub).begun


def _only_the_first_is_harmed(hub: Hub) -> None:
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1", "F2", "F3")
    deliver(hub, Until.ONCE)
    harmed, *others = states(hub)
    assert harmed in {"queued", "held", "uncertain", "rejected", "delivered"}
    assert others == ["delivered", "delivered"]
    assert value(hub, "SELECT count(*) FROM attempt WHERE delivery_id = 1") == 1
    assert faults(hub) == ()


def test_a_plugin_that_writes_into_what_it_was_given_changes_nothing(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")

    def vandal(sent: Any) -> Receipt:
        with pytest.raises(AttributeError):
            sent.key = "other"
        return Receipt("r")

    far.on_deliver = vandal
    deliver(hub)
    assert states(hub) == ["delivered"]
