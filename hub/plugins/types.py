"""What a plugin says about itself and what it returns: small frozen records on the public door."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import BaseModel

from hub.core.delivery import Role, Turn
from hub.core.document import Kind
from hub.core.meanings import Meaning
from hub.errors import Problem

Problems = Sequence[Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the far side bears. None: no limit is known.

    `per_minute` and `per_day` count calls: a delivery is reckoned to take `calls` of them, until the plugin says what
    it took (`delivery.meter`). `burst` of a minute's may go at once. `shared`: all destinations on a connection have
    these limits together, `in_flight` too.
    """

    max_bytes: int | None = None
    per_minute: int | None = None
    burst: int = 1
    in_flight: int = 16
    per_day: int | None = None
    calls: int = 1
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long a call may take, in seconds; then its thread is given up and the delivery goes on without it.

    Longer than the far side's slowest honest answer: a `deliver` that overran may have arrived. With a pack, `prepare`
    has as long as `deliver`.
    """

    prepare: float = 60.0
    deliver: float = 900.0
    trace: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginInfo:
    """A plugin's description of itself; made without I/O.

    `roles` has its default first. `formats` are the export formats it owns. `one_shot`: the far side takes a
    paper once, ever. `repeatable`: the same key twice is harmless. `can_trace`: it implements `trace`.
    `ordered`: papers of a company go one at a time, in the order in which they were queued; one that is held or
    uncertain keeps back those behind it. `credit_waits`: a credit note waits (a week at most) until its invoice is
    through; None: where papers are booked.
    `trace_after` is how many seconds the far side may still be writing after a lost answer. `login_at` says whose a
    login is, and so what stops when it is missing: a `connection` with all its destinations, or one `destination`.
    `meanings` explains the codes that it raises, for `hub outbox why`; `http.5*` stands for all that begin so.
    """

    title: str
    summary: str
    kinds: frozenset[Kind] = frozenset(Kind)
    roles: tuple[Role, ...] = ()
    connection: type[BaseModel] | None = None
    settings: type[BaseModel] | None = None
    formats: tuple[str, ...] = ()
    takes_packs: bool = False
    one_shot: bool = False
    repeatable: bool = False
    can_trace: bool = False
    trace_after: float = 0.0
    ordered: bool = False
    credit_waits: bool | None = None
    login_at: str = ""
    limits: Limits = field(default_factory=Limits)
    deadlines: Deadlines = field(default_factory=Deadlines)
    meanings: Mapping[str, Meaning] = field(default_factory=dict)

    @property
    def is_destination(self) -> bool:
        """It can be delivered to."""
        return bool(self.roles)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that the far side offers for a setting, and what it calls it."""

    value: str
    label: str


class Ask(Protocol):
    """How `login` talks to a person: at a terminal, in the dashboard, or by two calls of the command."""

    def __call__(self, key: str, label: str, *, secret: bool = False, url: str = "") -> str:
        """The answer to one question; `url` is a page that the person opens first.

        Where nobody can answer now this raises, and `login` runs again from its start when the answer is there.
        """

    def once(self, name: str, make: Callable[[], str]) -> str:
        """What `make` gave the first time in this login (it stays open for 15 minutes), kept encrypted."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a health check: its name, whether it went well, and what was seen."""

    name: str
    ok: bool
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a destination is. `steps` in the order tried; a step that could not be reached is left out."""

    steps: tuple[Step, ...]
    turn: Turn | None = None
    login_days_left: float | None = None

    @property
    def ok(self) -> bool:
        """Every step went well."""
        return all(step.ok for step in self.steps)
