"""One document (or pack) on its way to one destination: states, outcomes, receipts and the allowed transitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from hub.core.document import Kind
from hub.core.files import File
from hub.core.meter import Meter
from hub.core.steps import Steps


class State(StrEnum):
    """Where a delivery stands. `sending` and `uncertain` are derived from the outbox row, the rest is stored."""

    QUEUED = "queued"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    HELD = "held"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        """No row in the outbox any more; only a new generation starts it again."""
        return self in {State.DELIVERED, State.REJECTED, State.CANCELLED}


class Priority(IntEnum):
    """Who goes first of what is due at a destination; every fourth look begins with back-filling."""

    BY_HAND = 0
    AUTOMATIC = 1
    BACK_FILLING = 2


class Outcome(StrEnum):
    """How one attempt ended."""

    DELIVERED = "delivered"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNCERTAIN = "uncertain"
    ABSENT = "absent"  # trace: it never arrived
    HELD = "held"
    LOST = "lost"  # the worker died or stalled past its lease


class Role(StrEnum):
    """What a destination does with papers: books them, shows them to people, or keeps them."""

    BOOKING = "booking"
    COPY = "copy"
    ARCHIVE = "archive"


class OnUncertain(StrEnum):
    """What to do with a paper that may have arrived where nobody can be asked."""

    ASK = "ask"
    REPEAT = "repeat"


class DestinationState(StrEnum):
    """A destination works, was paused by a person, or is blocked until something is mended."""

    ACTIVE = "active"
    PAUSED = "paused"
    BLOCKED = "blocked"


class Turn(StrEnum):
    """Whose turn it is to do something."""

    US = "us"
    NETWORK = "network"
    REMOTE = "remote"
    YOU = "you"
    BOOKKEEPER = "bookkeeper"


# What a stored state may become, and by what. Read: from -> to.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset(
        {State.QUEUED, State.UNCERTAIN, State.DELIVERED, State.REJECTED, State.HELD, State.CANCELLED}
    ),
    State.UNCERTAIN: frozenset(
        {State.QUEUED, State.UNCERTAIN, State.DELIVERED, State.REJECTED, State.HELD, State.CANCELLED}
    ),
    State.HELD: frozenset({State.QUEUED, State.HELD, State.CANCELLED, State.DELIVERED}),
    State.REJECTED: frozenset(),
    State.DELIVERED: frozenset(),
    State.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the far side answered when it took the paper.

    `reference` is its own name for it (queue id, entry number, path); `detail` is at most 4 KiB of short texts.
    """

    reference: str
    at: datetime | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Absent:
    """A trace found that the paper never arrived; `evidence` says how that is known. Safe to send."""

    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a plugin sees of a delivery. `key` is equal on every attempt, made before the first one.

    `steps` is a small durable record; `meter` is where the plugin tells what it took of the far side's limits.
    """

    id: int
    key: str
    generation: int
    destination: str
    company: str  # enterprise number
    company_name: str
    role: Role
    kind: Kind | None  # None for a pack
    attempt: int = 1
    created_at: datetime
    steps: Steps = field(default_factory=Steps, repr=False, compare=False)
    meter: Meter = field(default_factory=Meter, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The export of a period as a paper of its own: one deterministic ZIP, `file`."""

    id: int
    company: str
    company_name: str
    period: str
    sha256: str
    size: int
    documents: int
    file: File = field(repr=False, compare=False)
