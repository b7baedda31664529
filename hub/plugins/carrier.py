"""A destination ready to carry: its plugin, bound to its validated settings, secrets included.

Fulfils `hub.core.courier.Carrier`. A destination whose plugin is missing or whose settings no longer fit raises
`SettingsError`, which blocks it and leaves its papers waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from hub.core.calls import Limit
from hub.core.claim import Claim
from hub.core.clock import Now, from_ms
from hub.core.delivery import Absent, Delivery, OnUncertain, Pack, Receipt, Role
from hub.core.document import Document, Kind
from hub.core.files import Artifact, File
from hub.errors import Held, PluginError, SettingsError, UsageError
from hub.plugins.desk import Tables
from hub.plugins.host import Host, Plugin
from hub.plugins.settings import validated
from hub.plugins.types import Ask, Deadlines, Health, PluginInfo
from hub.plugins.vault import Vault

if TYPE_CHECKING:
    from hub.http import Http


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Where a destination's plugin and settings come from: plain values, secrets opened."""

    name: str
    plugin: str
    company: str
    company_name: str
    role: Role
    on_uncertain: OnUncertain
    settings: Mapping[str, Any]
    connection: Mapping[str, Any] = field(repr=False)

    def delivery(self, claim: Claim) -> Delivery:
        """What the plugin may know of this delivery."""
        return Delivery(
            id=claim.id,
            key=claim.key,
            generation=claim.generation,
            destination=self.name,
            company=self.company,
            company_name=self.company_name,
            role=self.role,
            kind=Kind(claim.kind) if claim.kind else None,
            attempt=claim.attempts + 1,
            created_at=from_ms(claim.created_at),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a plugin works with besides its settings. `http` is made when a hook first asks for it: it costs 100 ms."""

    host: Host
    http: Callable[[], Http]
    vault: Vault
    now: Now
    tables: Callable[[str], Tables]

    def call(self, plugin: Plugin, hook: str, **offer: Any) -> Any:
        """Call a hook that does I/O, with the tools it names."""
        http = self.http() if "http" in plugin.wants(hook) else None
        tables = self.tables(plugin.name)
        return self.host.call(plugin, hook, http=http, vault=self.vault, tables=tables, now=self.now(), **offer)


def seconds_for(deadlines: Deadlines, hook: str, subject: Document | Pack) -> float:
    """How long a call of this hook may last; to prepare a pack, as long as to deliver one."""
    slow = "deliver" if hook == "prepare" and isinstance(subject, Pack) else hook
    seconds: float = getattr(deadlines, slow)
    return seconds


class BoundCarrier:
    """A plugin with the settings of one destination."""

    def __init__(self, binding: Binding, tools: Tools) -> None:
        self.host = host = tools.host
        self.binding = binding
        self.tools = tools
        try:
            self.plugin = host.plugin(binding.plugin)
            self.info: PluginInfo = host.info(binding.plugin)
            self.settings = validated(self.info.settings, binding.settings, binding.name)
            self.connection = validated(self.info.connection, binding.connection, binding.name)
        except (PluginError, UsageError) as error:
            raise SettingsError("settings_wrong", error.message) from error
        self.log = structlog.get_logger().bind(destination=binding.name)

    @property
    def can_trace(self) -> bool:
        """Whether the far side can be asked."""
        return self.info.can_trace

    @property
    def trace_after(self) -> float:
        """Seconds the far side may still be writing after a lost answer."""
        return self.info.trace_after

    @property
    def login_shared(self) -> bool:
        """A login is the connection's, unless the plugin says that each destination has one."""
        return self.info.login_at != "destination"

    @property
    def on_uncertain(self) -> OnUncertain:
        """The destination's rule where nobody can be asked."""
        return self.binding.on_uncertain

    def limit(self, hook: str, subject: Document | Pack) -> Limit:
        """How long a call of this hook may last, by the plugin's own word."""
        return Limit(self.plugin.name, hook, seconds_for(self.info.deadlines, hook, subject))

    def delivery(self, claim: Claim) -> Delivery:
        """What the plugin may know of this delivery."""
        return self.binding.delivery(claim)

    def prepare(self, subject: Document | Pack, delivery: Delivery) -> Artifact:
        """The exact bytes that will leave. Raises Held when they are more than the far side takes."""
        if isinstance(subject, Pack):
            artifact: Artifact = self._call("prepare_pack", pack=subject, delivery=delivery)
        else:
            export = _Export(self.host, subject)
            artifact = self._call("prepare", document=subject, delivery=delivery, export=export)
        limit = self.info.limits.max_bytes
        if limit is not None and artifact.size > limit:
            raise Held("too_large", f"{artifact.size} bytes, {self.binding.name} takes at most {limit}")
        return artifact

    def deliver(self, prepared: Artifact, subject: Document | Pack, delivery: Delivery) -> Receipt:
        """Hand over once."""
        hook, what = ("deliver_pack", "pack") if isinstance(subject, Pack) else ("deliver", "document")
        receipt: Receipt = self._call(hook, prepared=prepared, delivery=delivery, **{what: subject})
        return receipt

    def trace(self, prepared: Artifact, subject: Document | Pack, delivery: Delivery) -> Receipt | Absent:
        """Ask the far side what it knows of this delivery."""
        pack = subject if isinstance(subject, Pack) else None
        document = subject if isinstance(subject, Document) else None
        offer = {"prepared": prepared, "delivery": delivery, "document": document, "pack": pack}
        answer: Receipt | Absent = self._call("trace", **offer)
        return answer

    def health(self) -> Health:
        """Look whether deliveries would work."""
        health: Health = self._call("health")
        return health

    def login(self, ask: Ask) -> None:
        """Let a person log in."""
        self._call("login", ask=ask)

    def _call(self, hook: str, **offer: Any) -> Any:
        common = {"settings": self.settings, "connection": self.connection, "log": self.log}
        return self.tools.call(self.plugin, hook, **common, **offer)


@dataclass(frozen=True, slots=True)
class _Export:
    """`export(format)` as it is offered to `prepare`: this document in a format some plugin owns."""

    host: Host
    document: Document

    def __call__(self, format_: str) -> File:
        return self.host.export(self.document, format_)
