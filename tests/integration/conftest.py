"""A home with one company, and a far side in the test's hand that the home knows as the plugin `far`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub
from hub.config import Config
from hub.core.store import companies
from hub.testing.s3 import S3
from tests.integration.far import Far
from tests.integration.keeping import InBucket
from tests.integration.ledger import COMPANY


@pytest.fixture
def opened(own_home: Path, database_url: str) -> Iterator[Callable[..., Hub]]:
    """Opens the test's home, as often as it is called: each is a process's own view of it."""
    hubs: list[Hub] = []

    def open_(**config: Any) -> Hub:
        usual = {"home": own_home, "database_url": database_url, "slots": 4, "memory": 0}  # tests grow: no wear by it
        hub = Hub.init(Config(**{**usual, **config}))
        hubs.append(hub)
        with hub.db.write() as tx:
            companies.add(tx, COMPANY, "Voorbeeld NV")
        return hub

    yield open_
    for hub in hubs:
        hub.close()


@pytest.fixture
def hub(opened: Callable[..., Hub]) -> Hub:
    """The test's home."""
    return opened()


@pytest.fixture
def far(hub: Hub) -> Far:
    """A far side that cannot be asked, known as `far`."""
    far = Far()
    hub.host.add("far", far)
    return far


@pytest.fixture
def tracing_far(hub: Hub) -> Far:
    """A far side that can be asked, known as `far`."""
    far = Far(can_trace=True)
    hub.host.add("far", far)
    return far


@pytest.fixture(scope="session")
def _s3_server() -> Iterator[S3]:
    with S3() as server:
        yield server


@pytest.fixture
def s3(_s3_server: S3) -> Iterator[S3]:
    """A real S3 server on which nothing fails yet."""
    yield _s3_server
    _s3_server.heal()


@pytest.fixture
def bucket(s3: S3, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> InBucket:
    """A bucket of the test's own; this process and those it starts have what they need to reach it."""
    place = InBucket(s3, own_home)
    for name, value in s3.environment(place.name).items():
        monkeypatch.setenv(name, value)
    return place
