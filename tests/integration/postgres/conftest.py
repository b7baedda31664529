"""A PostgreSQL of these tests alone, which they may stop, and homes on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub
from hub.config import Config
from hub.core.store import companies
from hub.testing.postgres import GIVEN, Postgres
from tests.integration.far import Far
from tests.integration.ledger import COMPANY, add_place
from tests.integration.postgres.cutting import Line

Opened = Callable[..., Hub]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """It waits for no disk: nothing here is about the machine itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(GIVEN, raising=False)
        with Postgres(durable=False) as server:
            yield server


@pytest.fixture
def database(server: Postgres) -> Iterator[str]:
    """A new database on it; its name."""
    name = server.made()
    yield name
    server.drop(name)


@pytest.fixture
def line(server: Postgres) -> Iterator[Line]:
    """A line to the server that may break."""
    with Line(server.folder / ".s.PGSQL.5432") as line:
        yield line


@pytest.fixture
def opened(server: Postgres, database: str, own_home: Path) -> Iterator[Opened]:
    """Opens a home on the database, through a line when one is given."""
    hubs: list[Hub] = []

    def open_(line: Line | None = None, **more: Any) -> Hub:
        through = f"postgresql+psycopg://postgres@127.0.0.1:{line.port}/{database}" if line else server.url(database)
        hub = Hub.init(Config(home=own_home, database_url=through, slots=4), **more)
        hubs.append(hub)
        with hub.db.write() as tx:
            companies.add(tx, COMPANY, "Voorbeeld NV")
        return hub

    yield open_
    for hub in hubs:
        hub.close()


@pytest.fixture
def hub(opened: Opened) -> Hub:
    """The test's home."""
    return opened()


@pytest.fixture
def far(hub: Hub) -> Far:
    """A far side that cannot be asked, with a destination."""
    far = Far()
    hub.host.add("far", far)
    add_place(hub)
    return far
