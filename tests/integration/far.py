"""A far side in the test's hand: a plugin that keeps what it is given and answers what the test tells it to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hub import Absent, Artifact, Delivery, Document, File, PluginInfo, Receipt, Role, hookimpl

PATIENCE = 20.0  # seconds until a test that waits gives up


@dataclass(frozen=True, slots=True)
class Sent:
    """One handing over: the delivery's key, the exact bytes, and which attempt it was."""

    id: int
    key: str
    data: bytes
    attempt: int


def taken(sent: Sent) -> Receipt:
    """The far side's usual answer."""
    return Receipt(f"taken-{sent.id}")


class Far:
    """A plugin. What it does is `on_prepare`, `on_deliver` and `on_trace`; what it saw is in the lists."""

    def __init__(self, **info: Any) -> None:
        self.info = PluginInfo(
            title="Far", summary="Far side of a test", roles=(Role.COPY, Role.BOOKING, Role.ARCHIVE), **info
        )
        self.prepared: list[str] = []
        self.sent: list[Sent] = []
        self.asked: list[Sent] = []
        self.on_prepare: Callable[[Document, Delivery], Artifact] = _as_it_came
        self.on_deliver: Callable[[Sent], Any] = taken
        self.on_trace: Callable[[Sent], Any] = taken

    @hookimpl
    def describe(self) -> PluginInfo:
        return self.info

    @hookimpl
    def prepare(self, document: Document, delivery: Delivery) -> Artifact:
        self.prepared.append(delivery.key)
        return self.on_prepare(document, delivery)

    @hookimpl
    def deliver(self, prepared: Artifact, delivery: Delivery) -> Any:
        sent = _seen(prepared, delivery)
        self.sent.append(sent)
        return self.on_deliver(sent)

    @hookimpl
    def trace(self, prepared: Artifact, delivery: Delivery) -> Any:
        asked = _seen(prepared, delivery)
        self.asked.append(asked)
        return self.on_trace(asked)


def _as_it_came(document: Document, delivery: Delivery) -> Artifact:
    return Artifact((File.of("paper.xml", "application/xml", document.original.read()),))


def _seen(prepared: Artifact, delivery: Delivery) -> Sent:
    data = b"".join(part.read() for part in prepared.parts)
    return Sent(delivery.id, delivery.key, data, delivery.attempt)


def raising(error: BaseException) -> Callable[..., Any]:
    """An answer that is always this error."""

    def answer(*_: object) -> Any:
        raise error

    return answer


def first(*errors: BaseException) -> Callable[[Sent], Receipt]:
    """These errors, one a time, and then the usual answer."""
    left = list(errors)

    def answer(sent: Sent) -> Receipt:
        if left:
            raise left.pop(0)
        return taken(sent)

    return answer


def absent(_: Sent) -> Absent:
    """A trace that found nothing."""
    return Absent("the far side has no such key")


class Gate:
    """An answer that waits: `arrived` is set when it was reached, and it goes on when `opened` is."""

    def __init__(self, answer: Callable[[Sent], Receipt] = taken) -> None:
        self.answer = answer
        self.arrived = threading.Event()
        self.opened = threading.Event()

    def __call__(self, sent: Sent) -> Receipt:
        self.arrived.set()
        assert self.opened.wait(PATIENCE), "nobody opened the gate"
        return self.answer(sent)
