"""`hub db`: which schema there is, and old attempts out of the way without anything being lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub import migrations
from tests.acceptance.command import Command


@pytest.fixture
def delivered(hub: Command, paper: Path, tmp_path: Path) -> Command:
    """A home that delivered one paper to a folder."""
    hub.one("destination", "add", "map", "ubl_export", "--set", f"path={tmp_path / 'map'}", "--from", "2020-01-01")
    hub("import", paper)
    hub.deliver()
    return hub


def test_the_schema_is_that_of_this_version(hub: Command) -> None:
    assert hub.one("db", "current") == {"current": migrations.HEAD, "head": migrations.HEAD}
    assert hub.one("db", "upgrade") == {"before": migrations.HEAD, "current": migrations.HEAD}


def test_without_a_home_there_is_no_schema(bare: Command) -> None:
    done = bare("db", "current", "--json")
    assert (done.code, done.error["code"]) == (2, "no_home")


def test_archived_attempts_are_found_as_before(delivered: Command) -> None:
    before = delivered.lines("outbox", "attempts", 1)
    history = delivered.lines("doc", "history", 1)
    listed = delivered.lines("outbox", "list")
    today = before[0]["ended_at"][:10]
    assert [one["outcome"] for one in before] == ["delivered"]
    assert delivered.one("db", "archive", "--before", today) == {"archived": 0}
    assert delivered("db", "archive", "--before", "2999-01-01", "--json").code == 2
    assert delivered.lines("outbox", "attempts", 1) == before
    assert delivered.lines("doc", "history", 1) == history
    assert delivered.lines("outbox", "list") == listed


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", ""])
def test_a_day_is_a_date(hub: Command, day: str) -> None:
    assert hub("db", "archive", "--before", day, "--json").code == 2
