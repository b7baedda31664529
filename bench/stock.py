"""Homes full of deliveries that wait, of which each round empties a copy: on SQLite, or on a PostgreSQL server."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from bench.engine import opened
from bench.far import Nothing
from bench.papers import SINCE, paper
from hub import Incoming
from hub.app import Hub, configure
from hub.app.configure import Values, Wanted
from hub.core.store import companies, queueing
from hub.core.store.engine import Tx
from hub.core.store.queueing import Subject
from hub.testing.postgres import Postgres

PLACES = 4

_BATCH = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is in stock: `papers` of so many `lines`, each waiting `times` (0: it is only kept) at each of the `places`.

    `settings` are the plugin's at each place; `slots` are the threads of a process.
    """

    papers: int = 0
    times: int = 1
    lines: int = 10
    places: int = PLACES
    plugin: str = Nothing.name
    settings: Mapping[str, str] = field(default_factory=dict)
    slots: int = 32

    @property
    def deliveries(self) -> int:
        """How many wait."""
        return self.papers * self.times * self.places


@dataclass(frozen=True, slots=True)
class Stock:
    """A full home that nobody has open. Without a server its database is the SQLite file in it."""

    folder: Path
    kind: Kind
    server: Postgres | None = None
    database: str = ""

    @classmethod
    def made(cls, folder: Path, kind: Kind, server: Postgres | None = None) -> Stock:
        """A new home, filled by the core's own door; what comes after the first time by its own queue."""
        stock = cls(folder, kind, server, server.made() if server else "")
        _configure(folder, kind, server, stock.database)
        hub = opened(folder, new=True)
        with hub.db.write() as tx:
            companies.add(tx, "0123456749", "Voorbeeld NV")
        for step in (_furnish, _import, _queue_again) if kind.times else (_import, _furnish):
            step(hub, kind)
        hub.close()
        if server:  # statistics as a database in service has them
            server.execute("VACUUM ANALYZE", stock.database)
        return stock

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """The folder of a home like this one, to be emptied."""
        folder = self.folder.with_name(f"{self.folder.name}-{time.monotonic_ns()}")
        shutil.copytree(self.folder, folder)
        database = self.server.made(self.database) if self.server else ""
        _configure(folder, self.kind, self.server, database)
        try:
            yield folder
        finally:
            if self.server:
                self.server.drop(database)
            shutil.rmtree(folder)


def _configure(folder: Path, kind: Kind, server: Postgres | None, database: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"slots = {kind.slots}", 'allow_networks = "127.0.0.0/8"']
    if server:
        lines.append(f'database_url = "{server.url(database)}"')
    (folder / "hub.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _furnish(hub: Hub, kind: Kind) -> None:
    since = date.fromisoformat(SINCE)
    values = Values(plain=dict(kind.settings))
    for n in range(1, kind.places + 1):
        configure.add_destination(hub, Wanted(name=f"place-{n}", plugin=kind.plugin, from_date=since, values=values))


def _import(hub: Hub, kind: Kind) -> None:
    for first in range(1, kind.papers + 1, _BATCH):
        numbers = range(first, min(first + _BATCH, kind.papers + 1))
        hub.intake.accept([Incoming(name=f"{n}.xml", data=paper(n, lines=kind.lines)) for n in numbers])


def _queue_again(hub: Hub, kind: Kind) -> None:
    for _ in range(1, kind.times):
        for subjects in batches(hub):
            with hub.db.write() as tx:
                queue(tx, subjects, range(1, kind.places + 1))


def batches(hub: Hub, size: int = _BATCH) -> Iterator[list[Subject]]:
    """The papers that are kept, as what is delivered."""
    with hub.db.read() as conn:
        rows = conn.execute(sa.text("SELECT id, company_id, sha256 FROM document ORDER BY id")).all()
    kept = [Subject(company_id=row.company_id, sha256=row.sha256, document_id=row.id) for row in rows]
    for at in range(0, len(kept), size):
        yield kept[at : at + size]


def queue(tx: Tx, subjects: list[Subject], places: range) -> list[int]:
    """Put these papers in the outbox for these places once more; returns the deliveries."""
    wanted = [(subject, place) for subject in subjects for place in places]
    return queueing.enqueue(tx, companies.instance_id(tx.conn), wanted)
