"""Destinations ready to carry: the plugin bound to its settings, in this process or in one of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Protocol

from hub.core.claim import Claim
from hub.core.courier import Carrier
from hub.core.delivery import OnUncertain, Role
from hub.core.store import companies, destinations, secrets, views
from hub.errors import PluginDied, PluginError, SettingsError, UsageError
from hub.plugins.carrier import Binding, BoundCarrier
from hub.plugins.settings import ISOLATION, PROCESS, without_isolation

if TYPE_CHECKING:
    from hub.config import Config
    from hub.core.blobs import Blobs
    from hub.core.store.engine import Database
    from hub.plugins.apart import Apart
    from hub.plugins.carrier import Tools
    from hub.plugins.host import Host
    from hub.plugins.seal import Seal


_COMMAND = (sys.executable, "-P", "-m", "hub.app.apart")

Make = Callable[[str, Claim], Carrier]


class Home(Protocol):
    """What is asked of an open home, `hub.app.home.Hub`."""

    config: Config
    db: Database
    blobs: Blobs

    @property
    def host(self) -> Host:
        """The plugins of this installation."""

    @property
    def seal(self) -> Seal:
        """What closes and opens secrets."""

    def tools(self, owner: str) -> Tools:
        """What a plugin works with."""


def bound(hub: Home, destination_id: int) -> BoundCarrier:
    """A destination's plugin in this process. Raises SettingsError when its settings do not fit."""
    binding, connection_id = _binding(hub, destination_id)
    at_connection = connection_id is not None and _login_at(hub, binding.plugin) == "connection"
    owner = f"connection:{connection_id}" if at_connection else f"destination:{destination_id}"
    return BoundCarrier(binding, hub.tools(owner))


class Carriers:
    """The carriers of workers' claims; what a destination needs is made once, and anew when its settings changed."""

    def __init__(self, hub: Home) -> None:
        self._hub = hub
        self._made: dict[int, tuple[int, Make]] = {}
        self._aparts: dict[int, Apart] = {}

    def __call__(self, worker: str, claim: Claim) -> Carrier:
        """The carrier of a worker's claim."""
        made = self._made.get(claim.destination_id)
        if made is None or made[0] != claim.revision:
            made = claim.revision, self._make(claim.destination_id)
            self._made[claim.destination_id] = made
        return made[1](worker, claim)

    def end(self) -> None:
        """End the processes of plugins that run apart."""
        while self._aparts:
            self._aparts.popitem()[1].end()

    def _make(self, destination_id: int) -> Make:
        with self._hub.db.read() as conn:
            row, _ = destinations.with_connection(conn, destination_id)
        if row.settings.get(ISOLATION) == PROCESS:
            return self._apart(destination_id)
        carrier = bound(self._hub, destination_id)
        return lambda *_: carrier

    def _apart(self, destination_id: int) -> Make:
        from hub.plugins.apart import Apart, ApartCarrier, Asking  # noqa: PLC0415 - few destinations are

        hub = self._hub
        binding, _ = _binding(hub, destination_id)
        apart = Apart(binding.plugin, _COMMAND, {"config": _told(hub), "destination": destination_id})
        before, self._aparts[destination_id] = self._aparts.get(destination_id), apart
        if before is not None:
            before.end()

        def made(worker: str, claim: Claim) -> Carrier:
            asking = Asking(worker=worker, claim=claim, deaths=lambda: _deaths(hub, claim))
            return ApartCarrier(apart, binding, hub.blobs, asking)

        return made


def _told(hub: Home) -> dict[str, Any]:
    """Our configuration, for a process of ours: the key too, which the channel between us keeps."""
    told = hub.config.model_dump(mode="json", exclude_defaults=True)
    return told | {"key": hub.config.key.get_secret_value() if hub.config.key else None}


def _deaths(hub: Home, claim: Claim) -> int:
    """How often in a row the plugin's process died with this delivery, before now."""
    with hub.db.read() as conn:
        codes = [one["code"] for one in views.attempts(conn, claim.id)]
    return sum(1 for _ in takewhile(lambda code: code == PluginDied.code, reversed(codes)))


def _binding(hub: Home, destination_id: int) -> tuple[Binding, int | None]:
    """A destination's plugin and settings, secrets opened, and the id of its connection."""
    with hub.db.read() as conn:
        row, connection = destinations.with_connection(conn, destination_id)
        company = companies.by_id(conn, row.company_id)
        sealed = secrets.of(conn, f"destination:{row.id}")
        sealed_connection = secrets.of(conn, f"connection:{connection.id}") if connection else {}
    binding = Binding(
        name=row.name,
        plugin=row.plugin,
        company=company.number,
        company_name=company.name,
        role=Role(row.role),
        on_uncertain=OnUncertain(row.on_uncertain),
        settings={**without_isolation(row.settings), **_opened(hub, sealed)},
        connection={**connection.settings, **_opened(hub, sealed_connection)} if connection else {},
    )
    return binding, connection.id if connection else None


def _login_at(hub: Home, plugin: str) -> str:
    """Whose a login is; a plugin that cannot be loaded is named by the carrier."""
    try:
        return hub.host.info(plugin).login_at
    except PluginError:
        return ""


def _opened(hub: Home, sealed: Mapping[str, bytes]) -> dict[str, str]:
    """Secrets in plain. Raises SettingsError: without the key a destination waits, its papers burn no tries."""
    try:
        return hub.seal.open(sealed) if sealed else {}
    except UsageError as error:
        raise SettingsError(error.code, f"{error.message}; {error.action}") from error
