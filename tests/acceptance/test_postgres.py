"""A home on PostgreSQL as a person makes it, and what he is told when the server or the driver is not there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.testing import samples
from tests.acceptance.command import Command
from tests.acceptance.papers import COMPANY
from tests.databases import Server


@pytest.fixture
def empty(postgres_server: Server) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    name = postgres_server.postgres.made()
    yield postgres_server.postgres.url(name)
    postgres_server.postgres.drop(name)


def test_init_makes_the_schema_and_every_other_command_needs_the_url_too(own_home: Path, empty: str) -> None:
    bare = Command(own_home)
    made = bare.one("init", "--company", "Voorbeeld NV", "--enterprise-number", COMPANY, "--database-url", empty)
    assert made["database"] == "postgresql"
    told = bare.with_(HUB_DATABASE_URL=empty)
    assert [one["number"] for one in told.lines("company", "list")] == [COMPANY]
    assert told.one("status")["database"] == "postgresql"
    assert bare("status", "--json").error["code"] == "no_home"


def test_the_url_may_be_in_the_configuration_file_and_written_without_the_driver(own_home: Path, empty: str) -> None:
    bare = Command(own_home)
    short = empty.replace("postgresql+psycopg:", "postgresql:")
    bare.one("init", "--company", "Voorbeeld NV", "--enterprise-number", COMPANY, "--database-url", short)
    (own_home / "hub.toml").write_text(f"database_url = '{short}'\n")
    paper = own_home / "paper.xml"
    paper.write_bytes(samples.invoice())
    assert [line["result"] for line in bare.lines("import", paper)] == ["accepted"]
    assert bare("verify").code == 0


def test_an_empty_database_is_no_home(own_home: Path, empty: str) -> None:
    (own_home / "data").mkdir(parents=True)
    done = Command(own_home).with_(HUB_DATABASE_URL=empty)("status", "--json")
    assert (done.code, done.error["code"]) == (2, "no_home")


@pytest.mark.parametrize("password", ["pw-4711", "pw-4711/x@y"], ids=["plain", "as it should not be written"])
@pytest.mark.parametrize("words", [["status"], ["run", "--once"], ["init"]], ids=lambda words: words[0])
def test_a_server_that_does_not_answer_is_a_matter_of_time(own_home: Path, words: list[str], password: str) -> None:
    (own_home / "data").mkdir(parents=True)
    url = f"postgresql+psycopg://hub:{password}@127.0.0.1:1/hub"
    done = Command(own_home).with_(HUB_DATABASE_URL=url)(*words, "--json")
    assert (done.code, done.error["code"]) == (3, "database")
    assert "pw-4711" not in done.err


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://hub:pw-4711@127.0.0.1:no-port/hub",
        "postgresql+psycopg2://hub:pw-4711@127.0.0.1/hub",
        "mysql://hub:pw-4711@127.0.0.1/hub",
        "nonsense",
    ],
    ids=["port", "driver", "kind", "nonsense"],
)
def test_a_url_that_cannot_be_used_is_a_usage_error_and_is_not_printed(own_home: Path, url: str) -> None:
    (own_home / "data").mkdir(parents=True)
    for command in (Command(own_home).with_(HUB_DATABASE_URL=url), Command(own_home)):
        words = ["status"] if command.extra else ["init", "--database-url", url]
        done = command(*words, "--json")
        assert (done.code, done.error["code"]) == (2, "bad_configuration")
        assert "pw-4711" not in done.out + done.err


def test_without_the_driver_the_extra_is_named(own_home: Path, empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (own_home / "data").mkdir(parents=True)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    done = Command(own_home).with_(HUB_DATABASE_URL=empty)("status", "--json")
    assert (done.code, done.error["code"]) == (2, "extra_missing")
    assert "bookkeeper-hub[postgres]" in done.error["action"]


@pytest.mark.sqlite_only("what such a home does not need")
def test_a_home_on_sqlite_loads_nothing_of_postgresql(hub: Command) -> None:
    program = (
        "import sys; from hub.cli.main import _run; assert _run(['status']) == 0; "
        "sys.exit(any('psycopg' in name or 'dialects.postgresql' in name for name in sys.modules))"
    )
    environment = {**os.environ, **dict(hub.extra), "HUB_HOME": str(hub.home)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0
