"""Hub: the only place where configuration, store, plugins and runner meet. Command line, dashboard and web hold one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub import migrations
from hub.app.blobs import blobs_of, claim_place, make_folders, room_of
from hub.app.own_tables import PluginTables
from hub.config import Config, operator
from hub.core.clock import Now, system_now
from hub.core.store import companies
from hub.core.store.companies import Company
from hub.core.store.engine import Database
from hub.errors import UsageError
from hub.net import guard_from_environment

if TYPE_CHECKING:
    from hub.core.intake import Intake
    from hub.core.pump import Pump
    from hub.core.runner import Ended, Until
    from hub.http import Http
    from hub.plugins.carrier import BoundCarrier, Tools
    from hub.plugins.host import Host
    from hub.plugins.seal import Seal

# Plugins, seal, intake and engine are imported where they are first used: a command that only reads starts in two
# thirds of the time without them.


def _no_home(config: Config) -> UsageError:
    return UsageError(f"there is no hub at {config.home}", code="no_home", action="run `hub init` first")


def _silent() -> None:
    """Where nobody wants log lines."""


class Hub:
    """An open home. `log_on` is called before a plugin or the engine may write log lines."""

    def __init__(
        self, config: Config, *, actor: str = "", now: Now = system_now, log_on: Callable[[], None] = _silent
    ) -> None:
        self.config = config
        self._log_on = log_on
        self.now = now
        self.db = Database(config.url, actor=actor or operator(), now=now)
        self.blobs = blobs_of(config)  # nobody has looked yet whether they can be reached
        self.tables = PluginTables(self.db, lambda: self.host)
        self._end_carriers: Callable[[], None] = _silent
        self._http: Http | None = None
        self._lock = threading.Lock()

    @cached_property
    def host(self) -> Host:
        """The plugins of this installation."""
        from hub.plugins.host import Host  # noqa: PLC0415 - see above

        return Host(self.config.formats)

    @cached_property
    def intake(self) -> Intake:
        """The door for papers."""
        from hub.core.intake import Intake  # noqa: PLC0415 - see above

        claim_place(self.db, self.blobs)
        room = room_of(self.config, self.blobs).take_in
        return Intake(db=self.db, blobs=self.blobs, reader=self.host, room=room)

    # -- opening ----------------------------------------------------------------------------------------------------

    @classmethod
    def init(cls, config: Config, *, now: Now = system_now) -> Hub:
        """Make the home, its key and its database, or bring them up to date; safe to repeat."""
        make_folders(config)
        from hub.app.keys import ensure_key  # noqa: PLC0415 - see above

        hub = cls(config, now=now)
        with hub._closed_on_failure():
            migrations.upgrade(hub.db.writer)
            with hub.db.write() as tx:
                companies.ensure_instance(tx)
            ensure_key(hub.db, config)
            claim_place(hub.db, hub.blobs)
        return hub

    @classmethod
    def open(cls, config: Config, *, now: Now = system_now, log_on: Callable[[], None] = _silent) -> Hub:
        """Open a home that `init` made. Raises UsageError when there is none."""
        database = config.data / "hub.db"
        made = config.data.is_dir() if config.database_url else database.exists() and database.stat().st_size
        if not made:
            raise _no_home(config)
        hub = cls(config, now=now, log_on=log_on)
        with hub._closed_on_failure():
            with hub.db.read() as conn:
                found = migrations.current(conn)
            if config.database_url and not found:
                raise _no_home(config)  # an empty database is one that a wrong URL names
            if found != migrations.HEAD:
                migrations.upgrade(hub.db.writer)
        return hub

    @contextmanager
    def _closed_on_failure(self) -> Iterator[None]:
        """A home that cannot be opened leaves no connection behind."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the database and all connections back."""
        if self._http is not None:
            self._http.close()
        self.db.close()

    def company(self, number: str = "") -> Company:
        """The company with this enterprise number, or the only one there is."""
        with self.db.read() as conn:
            if number:
                return companies.by_number(conn, number)
            ours = companies.every(conn)
        if len(ours) != 1:
            which = "no company yet" if not ours else f"{len(ours)} companies"
            action = "add one: hub company add" if not ours else "say which with --company NUMBER"
            raise UsageError(f"this home has {which}", code="company_unknown", action=action)
        return ours[0]

    # -- plugins bound to their settings ------------------------------------------------------------------------------

    @property
    def seal(self) -> Seal:
        """What closes and opens secrets, with this home's key."""
        from hub.app.keys import seal_of  # noqa: PLC0415 - see above

        return seal_of(self.config)

    def carrier(self, destination_id: int) -> BoundCarrier:
        """A destination's plugin with its settings, secrets opened. Raises SettingsError when they do not fit."""
        from hub.app.carriers import bound  # noqa: PLC0415 - see above

        return bound(self, destination_id)

    def tools(self, owner: str) -> Tools:
        """What a plugin works with: the vault of this owner (`connection:3`, `destination:5`), HTTP, the clock."""
        from hub.plugins.carrier import Tools  # noqa: PLC0415 - see above
        from hub.plugins.vault import Vault  # noqa: PLC0415 - see above

        self._log_on()
        vault = Vault(self.db, lambda: self.seal, owner)
        return Tools(host=self.host, http=self._http_client, vault=vault, now=self.now, tables=self.tables)

    def log(self, **bound: str) -> Any:
        """A logger for a plugin's call."""
        import structlog  # noqa: PLC0415 - see above

        self._log_on()
        return structlog.get_logger().bind(**bound)

    def _http_client(self) -> Http:
        """One for the process."""
        with self._lock:
            if self._http is None:
                from hub.http import Http  # noqa: PLC0415 - httpx costs 100 ms, and most commands send nothing

                self._http = Http(guard_from_environment())
            return self._http

    # -- delivering ---------------------------------------------------------------------------------------------------

    def pump(self, only: Sequence[str] = ()) -> Pump:
        """The engine of a process that delivers, for these destinations (empty: all)."""
        from hub.app.carriers import Carriers  # noqa: PLC0415 - see above
        from hub.app.engine import Engine  # noqa: PLC0415 - see above

        self._log_on()
        carriers = Carriers(self)
        self._end_carriers = carriers.end
        return Engine(config=self.config, db=self.db, blobs=self.blobs, carrier=carriers, now=self.now).pump(only)

    def run(self, until: Until, *, timeout: float | None, only: Sequence[str], told: threading.Event) -> Ended:
        """Deliver until it is over, or until `told`."""
        from hub.core import runner  # noqa: PLC0415 - see above

        stop = runner.Stop(until=until, timeout=timeout, told=told, wear=self.config.wear)
        try:
            return runner.run(self.db, self.pump(only), stop, self.tidy)
        finally:
            self._end_carriers()

    def tidy(self) -> None:
        """Remove what is not kept any longer: bytes of papers refused long ago, and what killed writers left."""
        from hub.core.tidying import tidy  # noqa: PLC0415 - see above

        tidy(self.db, self.blobs, self.now())
