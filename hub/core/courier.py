"""One delivery, one step, one outcome: prepare and deliver, or trace, by what the row's mark says.

Runs in a thread, with no transaction open. With the host and the command line's edge the only place that catches
everything: whatever a plugin raises becomes a `Settlement` in `hub.core.verdict`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, Protocol

from hub.core.blobs import Blobs
from hub.core.calls import Call, Calls, Limit
from hub.core.claim import Claim, Settlement
from hub.core.clock import Now, to_ms
from hub.core.delivery import Absent, Delivery, OnUncertain, Pack, Receipt
from hub.core.document import Document
from hub.core.files import Artifact, File
from hub.core.meter import Meter
from hub.core.steps import Steps
from hub.core.verdict import Trip, answered, ask_a_person, judge
from hub.errors import DiskError
from hub.failpoints import hit

Subject = Document | Pack
Parts = Sequence[Mapping[str, Any]]
Mark = Callable[[Claim, Parts], bool]
KeepSteps = Callable[[Claim, Mapping[str, str]], None]

_OPENING = Limit("of this destination", "its start", 60.0)  # the plugin is imported and its settings are read


class Carrier(Protocol):
    """A destination's plugin with its settings, ready to carry. The host makes it."""

    @property
    def can_trace(self) -> bool:
        """Whether the far side can be asked."""

    @property
    def trace_after(self) -> float:
        """Seconds the far side may still be writing after a lost answer."""

    @property
    def on_uncertain(self) -> OnUncertain:
        """The destination's rule where nobody can be asked."""

    @property
    def login_shared(self) -> bool:
        """Whether a login that is missing stops every destination on the connection."""

    def limit(self, hook: str, subject: Subject) -> Limit:
        """How long a call of this hook may last, by the plugin's own word."""

    def delivery(self, claim: Claim) -> Delivery:
        """What the plugin may know of this delivery."""

    def prepare(self, subject: Subject, delivery: Delivery) -> Artifact:
        """The exact bytes that will leave."""

    def deliver(self, prepared: Artifact, subject: Subject, delivery: Delivery) -> Receipt:
        """Hand over once."""

    def trace(self, prepared: Artifact, subject: Subject, delivery: Delivery) -> Receipt | Absent:
        """Ask the far side what it knows of this delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Carries claims. `carrier` opens a claim's destination, `load` its paper, `keep` makes a step durable."""

    blobs: Blobs
    carrier: Callable[[Claim], Carrier]
    load: Callable[[Claim], Subject]
    keep: KeepSteps
    now: Now
    calls: Calls = field(default_factory=Calls)

    def carry(self, claim: Claim, mark: Mark) -> Settlement | None:
        """Do the claim's step. `mark` makes the mark durable and says whether sending is allowed.

        Raises DiskError alone: then this process must not go on.

        None: the lease was lost before anything was sent, and nothing is to be written.
        """
        chance = random.random()  # noqa: S311 - jitter, no secret
        # Until the destination is open its rule is not known: a step that ends before that is looked at again.
        trip = Trip(claim=claim, started_at=to_ms(self.now()), marked=claim.begun, chance=chance)
        step = _Step(self, mark, replace(trip, on_uncertain=OnUncertain.REPEAT))
        try:
            settlement = step.run()
        except DiskError:
            raise
        except BaseException as error:  # noqa: BLE001 - the border of the plugins: SystemExit and all
            settlement = judge(replace(step.trip, usage=step.meter.usage()), error)
        return replace(settlement, usage=step.meter.usage()) if settlement and step.meter.told else settlement


class _Step:
    """A claim's step while it runs; `trip` says how far it has come."""

    def __init__(self, courier: Courier, mark: Mark, trip: Trip) -> None:
        self.courier = courier
        self.mark = mark
        self.trip = trip
        self.meter = Meter()

    def run(self) -> Settlement | None:
        claim = self.trip.claim
        with self._within(_OPENING):
            carrier = self.courier.carrier(claim)
        self.trip = replace(
            self.trip,
            can_trace=carrier.can_trace,
            trace_after=carrier.trace_after,
            on_uncertain=carrier.on_uncertain,
            login_shared=carrier.login_shared,
            tracing=claim.begun and carrier.can_trace,
        )
        if claim.begun and not carrier.can_trace and carrier.on_uncertain is OnUncertain.ASK:
            return ask_a_person(self.trip)
        subject = self.courier.load(claim)
        steps = Steps(claim.steps, lambda done: self.courier.keep(claim, done))
        delivery = replace(carrier.delivery(claim), steps=steps, meter=self.meter)
        if self.trip.tracing:
            prepared = self._kept()
            with self._within(carrier.limit("trace", subject)):
                answer = carrier.trace(prepared, subject, delivery)
            return answered(self.trip, answer)
        return self._send(carrier, subject, delivery)

    def _send(self, carrier: Carrier, subject: Subject, delivery: Delivery) -> Settlement | None:
        claim = self.trip.claim
        if claim.prepared:
            prepared = self._kept()
        else:
            with self._within(carrier.limit("prepare", subject)):  # its parts may be read by the plugin's own code
                prepared = self._keep(carrier.prepare(subject, delivery))
        hit("prepare.done")
        self.trip = replace(self.trip, sent_sha256=prepared.sha256)
        if not self.mark(claim, parts_of(prepared)):
            return None
        self.trip = replace(self.trip, marked=True)
        hit("mark.committed")
        hit("deliver.begin")
        with self._within(carrier.limit("deliver", subject)):
            receipt = carrier.deliver(prepared, subject, delivery)
        hit("deliver.returned")
        return answered(self.trip, receipt)

    def _within(self, limit: Limit) -> Call:
        return Call(self.courier.calls, self.trip, limit)

    def _keep(self, prepared: Artifact) -> Artifact:
        """Store the bytes before they are marked, and send the stored ones."""
        return Artifact(
            tuple(replace(part, opener=self._opener(self.courier.blobs.put_part(part))) for part in prepared.parts)
        )

    def _kept(self) -> Artifact:
        """The bytes of an earlier attempt. Raises CorruptError here, before the mark, when they are damaged."""
        parts = tuple(File(**part, opener=self._opener(part["sha256"])) for part in self.trip.claim.prepared or ())
        for part in parts:
            part.open().close()
        return Artifact(parts)

    def _opener(self, sha256: str) -> Callable[[], BinaryIO]:
        return lambda: self.courier.blobs.open(sha256)


def parts_of(artifact: Artifact) -> Parts:
    """How the ledger names the exact bytes of an artifact."""
    return [
        {"name": part.name, "media_type": part.media_type, "size": part.size, "sha256": part.sha256}
        for part in artifact.parts
    ]
