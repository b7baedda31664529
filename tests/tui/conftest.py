"""A home with one company, and an office whose plugin has settings of every shape."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.app import Hub
from hub.config import Config
from hub.core.store import companies
from tests.integration.ledger import COMPANY
from tests.tui.office import Office


@pytest.fixture
def hub(own_home: Path) -> Iterator[Hub]:
    """The test's home."""
    hub = Hub.init(Config(home=own_home, slots=4))
    with hub.db.write() as tx:
        companies.add(tx, COMPANY, "Voorbeeld NV")
    yield hub
    hub.close()


@pytest.fixture
def office(hub: Hub) -> Office:
    """A far side with settings, known as `office`."""
    office = Office()
    hub.host.add("office", office)
    return office
