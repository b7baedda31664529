"""A new destination does not get the papers of the past: only a person's word sends those."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hub.testing import samples
from tests.acceptance.command import Command

PAPERS = 200
DAYS = 3 * 365


@pytest.fixture
def full(hub: Command, tmp_path: Path) -> Command:
    """A home with 200 papers of the last three years, the newest of yesterday, and a folder added after them."""
    papers = tmp_path / "papers"
    papers.mkdir()
    for n in range(PAPERS):
        day = _today() - timedelta(days=1 + n * DAYS // PAPERS)
        (papers / f"{n:03}.xml").write_bytes(samples.invoice(number=f"F-{n:03}", issue_date=day))
    assert {line["result"] for line in hub.lines("import", papers)} == {"accepted"}
    hub.one("destination", "add", "map", "ubl_export", "--set", f"path={tmp_path / 'map'}")
    return hub


def _today() -> date:
    return datetime.now(UTC).date()


def test_a_new_destination_gets_none_of_the_papers_that_were_there(full: Command) -> None:
    full.deliver()
    assert full.lines("outbox", "list") == []


def test_old_papers_that_arrive_after_it_stay_too_and_those_of_today_go(full: Command, tmp_path: Path) -> None:
    added = date.fromisoformat(full.one("destination", "show", "map")["from"])
    papers = [tmp_path / "today.xml", tmp_path / "yesterday.xml"]
    papers[0].write_bytes(samples.invoice(number="F-today", issue_date=added))
    papers[1].write_bytes(samples.invoice(number="F-late", issue_date=added - timedelta(days=1)))
    assert [line["result"] for line in full.lines("import", *papers)] == ["accepted", "accepted"]
    full.deliver()
    assert [(one["number"], one["state"]) for one in full.lines("outbox", "list")] == [("F-today", "delivered")]
    assert len([path for path in (tmp_path / "map").rglob("*") if path.is_file()]) == 1


def test_a_person_may_send_the_old_ones_after_seeing_how_many_they_are(full: Command) -> None:
    wish = ("doc", "deliver", "--filter", "kind:sales_invoice", "--to", "map")
    looked = full(*wish, "--dry-run", "--jsonl")
    assert (looked.code, len(looked.lines), {line["id"] for line in looked.lines}) == (0, PAPERS, {None})
    assert f"{PAPERS} deliveries would be queued" in looked.err

    unsure = full(*wish, "--json")
    assert (unsure.code, unsure.error["code"]) == (7, "confirmation_needed")
    assert str(PAPERS) in unsure.error["message"]
    assert full.lines("outbox", "list") == []

    assert len(full.lines(*wish, "--yes")) == PAPERS
    full.deliver()
    assert {one["state"] for one in full.lines("outbox", "list")} == {"delivered"}


def test_a_destination_may_ask_for_older_papers_from_the_start(hub: Command, tmp_path: Path) -> None:
    hub.one("destination", "add", "map", "ubl_export", "--set", f"path={tmp_path / 'map'}", "--from", "2026-01-01")
    papers = [tmp_path / "new.xml", tmp_path / "old.xml"]
    papers[0].write_bytes(samples.invoice(number="F-1", issue_date=date(2026, 1, 1)))
    papers[1].write_bytes(samples.invoice(number="F-2", issue_date=date(2025, 12, 31)))
    hub.lines("import", *papers)
    assert [one["number"] for one in hub.lines("outbox", "list")] == ["F-1"]
