"""Far sides for the benches: one that takes each paper at once, and one that posts it. Both note when.

They are plugins like any other, only that no entry point leads to them.
"""

from __future__ import annotations

import time
from array import array

from pydantic import BaseModel

from bench.memory import own_peak_megabytes
from hub import Artifact, Delivery, Document, Limits, NotSent, PluginInfo, Receipt, Role, hookimpl
from hub.http import Http

IN_FLIGHT = 64
STRIDE = 10_000  # deliveries between two looks at the memory

_OK = 200


class Moments:
    """When deliveries began, in monotonic nanoseconds, and the most memory so far after each `STRIDE` of them."""

    def __init__(self) -> None:
        self.began = array("q")  # eight bytes each, so that the notes do not count as a leak
        self.megabytes: list[float] = []

    def note(self) -> None:
        """One begins now."""
        self.began.append(time.monotonic_ns())
        if len(self.began) % STRIDE == 0:
            self.megabytes.append(own_peak_megabytes())


class Nothing:
    """A destination that takes each paper and does nothing."""

    name = "nothing"

    def __init__(self, moments: Moments) -> None:
        self.moments = moments

    @hookimpl
    def describe(self) -> PluginInfo:
        """A copy for nobody."""
        return _info("Nothing", None)

    @hookimpl
    def prepare(self, document: Document) -> Artifact:
        """The bytes as they came."""
        return Artifact((document.original,))

    @hookimpl
    def deliver(self) -> Receipt:
        """Note when."""
        self.moments.note()
        return Receipt("taken")


class Address(BaseModel):
    """Where it is posted."""

    url: str


class Post:
    """A destination that is an address: each paper is sent there by one POST."""

    name = "post"

    def __init__(self, moments: Moments) -> None:
        self.moments = moments

    @hookimpl
    def describe(self) -> PluginInfo:
        """A copy for an address."""
        return _info("Post", Address)

    @hookimpl
    def prepare(self, document: Document) -> Artifact:
        """The bytes as they came."""
        return Artifact((document.original,))

    @hookimpl
    def deliver(self, prepared: Artifact, delivery: Delivery, settings: Address, http: Http) -> Receipt:
        """Send it with its key. Raises NotSent when the answer is no."""
        self.moments.note()
        headers = {"Content-Type": "application/xml", "Idempotency-Key": delivery.key}
        reply = http.send("POST", settings.url, content=prepared.parts[0].read(), headers=headers)
        if reply.status != _OK:
            raise NotSent("refused", f"status {reply.status}")
        return Receipt(delivery.key)


def _info(title: str, settings: type[BaseModel] | None) -> PluginInfo:
    limits = Limits(in_flight=IN_FLIGHT)
    return PluginInfo(title=title, summary="Measures", roles=(Role.COPY,), settings=settings, limits=limits)
