"""A person logs in: at a terminal in one go, or by two calls of a command with the open login kept between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy.engine import Row

from hub.app.home import Hub
from hub.core.store import destinations, secrets
from hub.errors import AnswerNeeded, UsageError
from hub.plugins.settings import validated
from hub.plugins.vault import Vault

_OPEN_FOR = timedelta(minutes=15)

Talk = Callable[[AnswerNeeded], str]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the person said already, and how to ask for more; without `talk` a question ends the call."""

    given: Mapping[str, str]
    talk: Talk | None = None


@dataclass(frozen=True, slots=True)
class _Door:
    """Where to log in: whose vault, and the destinations that wait for it."""

    owner: str
    plugin: str
    name: str
    settings: BaseModel | None
    connection: BaseModel | None


def login_connection(hub: Hub, name: str, answers: Answers) -> None:
    """Log in at a connection, and wake what waited for it. Raises AnswerNeeded, LoginNeeded, UsageError."""
    with hub.db.read() as conn:
        row = destinations.connection_named(conn, name)
        waiting = [one for one in destinations.every(conn) if one.connection_id == row.id]
    _need_login(hub, row.plugin, name, "connection")
    door = _Door(f"connection:{row.id}", row.plugin, name, None, connection_model(hub, row))
    _through(hub, door, answers, waiting)


def login_destination(hub: Hub, name: str, answers: Answers) -> None:
    """Log in at a destination; where the login is its connection's, there."""
    with hub.db.read() as conn:
        row = destinations.named(conn, name)
        _, connection = destinations.with_connection(conn, row.id)
    if connection is not None and hub.host.info(row.plugin).login_at == "connection":
        login_connection(hub, connection.name, answers)
        return
    _need_login(hub, row.plugin, name, "destination")
    carrier = hub.carrier(row.id)
    door = _Door(f"destination:{row.id}", row.plugin, name, carrier.settings, carrier.connection)
    _through(hub, door, answers, [row])


def connection_model(hub: Hub, row: Row[Any]) -> BaseModel | None:
    """A connection's settings as its plugin reads them, secrets opened."""
    with hub.db.read() as conn:
        sealed = secrets.of(conn, f"connection:{row.id}")
    opened = hub.seal.open(sealed) if sealed else {}
    return validated(hub.host.info(row.plugin).connection, {**row.settings, **opened}, row.name)


def _need_login(hub: Hub, plugin: str, name: str, where: str) -> None:
    if not hub.host.plugin(plugin).implements("login"):
        action = "its password, if it has one, is a setting: hub connection edit"
        raise UsageError(f"the plugin {plugin} has no login", code="no_login", action=action)
    if (hub.host.info(plugin).login_at or "connection") != where:
        raise UsageError(f"{name}: with {plugin} each destination logs in", action="use hub destination login")


def _through(hub: Hub, door: _Door, answers: Answers, waiting: list[Row[Any]]) -> None:
    ask = _Asking(answers, Vault(hub.db, lambda: hub.seal, f"login:{door.owner}"), hub.now())
    log = hub.log(login=door.name)
    offer = {"ask": ask, "settings": door.settings, "connection": door.connection, "log": log}
    hub.tools(door.owner).call(hub.host.plugin(door.plugin), "login", **offer)
    ask.close()
    with hub.db.write() as tx:
        tx.audit("login.completed", door.owner, name=door.name)
        destinations.wake_after_login(tx, waiting)


class _Asking:
    """Fulfils `hub.plugins.types.Ask`; what must outlive a call is kept encrypted for as long as the login is open."""

    def __init__(self, answers: Answers, vault: Vault, now: datetime) -> None:
        self._answers = answers
        self._vault = vault
        self._now = now

    def __call__(self, key: str, label: str, *, secret: bool = False, url: str = "") -> str:
        if key in self._answers.given:
            return self._answers.given[key].strip()
        question = AnswerNeeded(key, label, secret=secret, url=url)
        if self._answers.talk is None:
            raise question
        return self._answers.talk(question).strip()

    def once(self, name: str, make: Callable[[], str]) -> str:
        kept = self._kept()
        if name not in kept:
            kept[name] = make()
            since = kept.setdefault("since", self._now.isoformat())
            self._vault.put("open", json.dumps({**kept, "since": since}))
        return kept[name]

    def _kept(self) -> dict[str, str]:
        found = self._vault.get("open")
        kept: dict[str, str] = json.loads(found.value) if found else {}
        fresh = "since" in kept and self._now - datetime.fromisoformat(kept["since"]) <= _OPEN_FOR
        return kept if fresh else {}

    def close(self) -> None:
        """Forget what was kept: this login is over."""
        if self._vault.get("open") is not None:
            self._vault.forget("open")
