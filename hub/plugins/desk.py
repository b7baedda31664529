"""What a plugin with tables, pages or commands of its own works with, besides the usual tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from hub.core.papers import Papers

T = TypeVar("T")

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Tables(Protocol):
    """The tables that a plugin owns: those whose name begins with its own, made by its `migrations`."""

    def read(self, work: Callable[[Connection], T]) -> T:
        """Ask them. The connection cannot write."""

    def write(self, work: Callable[[Connection], T], *, action: str = "", about: str = "", actor: str = "") -> T:
        """Change them, in one short transaction: all of `work`, or nothing of it when it raises.

        `action` goes into the audit log (as `PLUGIN.action`) with what it is about and who did it; without one nothing
        is noted, which is for housekeeping. Never names or contents: ids.
        """


@dataclass(frozen=True, slots=True)
class Site:
    """Where people reach the pages: `url` without a slash at its end, and the clock."""

    url: str
    now: Callable[[], datetime]

    @property
    def secure(self) -> bool:
        """It is reached by https."""
        return self.url.startswith("https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A short message of the hub itself to one person: plain text. `key` tells one from another."""

    to: str
    subject: str
    text: str
    key: str


class Notify(Protocol):
    """Sends a notice through an e-mail connection: the one named, or the only one there is."""

    def __call__(self, notice: Notice, via: str = "") -> bool:
        """False when there is no such connection, or more than one and none was named.

        Raises DeliveryError when it was not sent, and UsageError when the address cannot be one.
        """


@dataclass(frozen=True, slots=True)
class Desk:
    """All of it together, as commands get it when they run."""

    tables: Tables
    papers: Papers
    site: Site
    notify: Notify


OpenDesk = Callable[[], AbstractContextManager[Desk]]
