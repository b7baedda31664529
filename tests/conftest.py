"""What every test shares: a home and a database of its own, and where the official data lies when there is any."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Databases, Server, kinds_for

NO_CHROMIUM = "there is no chromium on this machine (Debian: apt-get install chromium)"

_KEPT = ("HUB_ORACLE_DATA", "HUB_TEST_")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home for this test alone: neither it nor a command it starts reads the machine's settings."""
    for name in os.environ:
        if name.startswith("HUB_") and not name.startswith(_KEPT):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("HUB_HOME", str(home))
    return home


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a database on each kind of it."""
    if "databases" in metafunc.fixturenames:
        metafunc.parametrize("databases", kinds_for(metafunc.definition), indirect=True, scope="session")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """The PostgreSQL of this run."""
    server = Server()
    yield server
    server.close()


@pytest.fixture(scope="session")
def databases(postgres_server: Server, request: pytest.FixtureRequest) -> Databases:
    """Where new databases come from, of the kind that the test runs on."""
    return Databases(request.param, postgres_server)


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The database of this test alone; empty where it is the SQLite file of its home."""
    with databases.fresh() as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(databases: Databases) -> Iterator[str]:
    """The database that the tests of a file share; empty where it is the SQLite file of their home."""
    with databases.fresh() as url:
        yield url


@pytest.fixture(scope="session")
def oracle_data() -> Path:
    """The folder of official samples and rules, which are not ours to ship."""
    folder = os.environ.get("HUB_ORACLE_DATA")
    if not folder:
        pytest.skip("HUB_ORACLE_DATA is not set")
    return Path(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was not run for want of a browser, in one line."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_CHROMIUM in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"not run: {len(skipped)} tests in tests/web/test_portal_browser.py: {NO_CHROMIUM}")
