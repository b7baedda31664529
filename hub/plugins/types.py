"""What a plugin says about itself and what it returns: small frozen records on the public door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel

from hub.core.delivery import Role, Turn
from hub.core.document import Kind
from hub.errors import Problem

Problems = Sequence[Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the far side bears. None: no limit is known."""

    max_bytes: int | None = None
    per_minute: int | None = None
    burst: int = 1
    in_flight: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginInfo:
    """A plugin's description of itself; made without I/O.

    `roles` has its default first. `formats` are the export formats it owns. `one_shot`: the far side takes a
    paper once, ever. `repeatable`: the same key twice is harmless. `can_trace`: it implements `trace`.
    `trace_after` is how many seconds the far side may still be writing after a lost answer.
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
    limits: Limits = field(default_factory=Limits)

    @property
    def is_destination(self) -> bool:
        """It can be delivered to."""
        return bool(self.roles)


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
