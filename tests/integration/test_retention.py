"""How long the bytes of a refused paper are kept: 30 days by the hub's clock, and never less than somebody needs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.app import Hub
from hub.config import Config
from hub.core.document import Incoming
from hub.core.files import File, FileRole
from hub.core.retention import purge
from hub.core.runner import Until
from hub.core.store import companies, removals
from hub.core.store.engine import Database
from hub.testing.samples import invoice, pdf
from tests.integration.far import PATIENCE
from tests.integration.ledger import COMPANY, change, deliver, eventually, faults, value

BROKEN = Incoming(name="broken.xml", data=b"<broken")
DAY = timedelta(days=1)


class Clock:
    """The hub's clock, in the test's hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    """It stands still until the test moves it."""
    return Clock()


@pytest.fixture
def home(own_home: Path, database_url: str, clock: Clock) -> Iterator[Hub]:
    """A home that goes by the test's clock."""
    hub = Hub.init(Config(home=own_home, database_url=database_url, slots=2), now=clock)
    with hub.db.write() as tx:
        companies.add(tx, COMPANY, "Voorbeeld NV")
    yield hub
    hub.close()


def refuse(hub: Hub, paper: Incoming = BROKEN) -> str:
    """Have a paper refused; its hash."""
    [arrived] = hub.intake.accept([paper])
    assert arrived.result == "refused"
    return value(hub, "SELECT sha256 FROM incoming ORDER BY id DESC LIMIT 1")  # type: ignore[no-any-return]


def run_once(hub: Hub) -> None:
    deliver(hub, Until.ONCE)


def tidy(hub: Hub) -> None:
    hub.tidy()


def test_the_bytes_of_a_refused_paper_are_there_for_30_days(home: Hub, clock: Clock) -> None:
    sha256 = refuse(home)
    clock.at += 30 * DAY
    home.tidy()
    assert sha256 in home.blobs


@pytest.mark.parametrize("chore", [tidy, run_once])
def test_after_30_days_the_bytes_go_and_what_it_was_stays(
    home: Hub, clock: Clock, chore: Callable[[Hub], None]
) -> None:
    sha256 = refuse(home)
    before = value(home, "SELECT name || result || reason || sha256 || arrived_at || size FROM incoming")
    clock.at += 30 * DAY + timedelta(seconds=1)
    chore(home)
    assert sha256 not in home.blobs
    assert value(home, "SELECT name || result || reason || sha256 || arrived_at || size FROM incoming") == before
    assert value(home, "SELECT count(*) FROM audit WHERE action = 'incoming.purged' AND object = 'incoming:1'") == 1
    assert faults(home) == ()


def test_the_pdf_beside_a_refused_paper_goes_with_it(home: Hub, clock: Clock) -> None:
    beside = File.of("broken.pdf", "application/pdf", pdf("x"), FileRole.PDF)
    refuse(home, Incoming(name="broken.xml", data=b"<broken", beside=(beside,)))
    clock.at += 31 * DAY
    home.tidy()
    assert list(home.blobs) == []


def test_a_paper_that_is_purged_is_not_purged_again(home: Hub, clock: Clock) -> None:
    refuse(home)
    clock.at += 31 * DAY
    assert [purge(home.db, home.blobs, clock()) for _ in range(2)] == [1, 0]
    assert value(home, "SELECT count(*) FROM audit WHERE action = 'incoming.purged'") == 1


def test_parked_accepted_and_dropped_papers_are_kept_for_ever(home: Hub, clock: Clock) -> None:
    home.intake.accept([Incoming(name="a.pdf", data=pdf("no facts")), Incoming(name="b.xml", data=invoice())])
    refuse(home)
    change(home, "UPDATE incoming SET result = 'dropped' WHERE result = 'refused'")
    before = sorted(home.blobs)
    clock.at += 365 * DAY
    home.tidy()
    assert sorted(home.blobs) == before
    assert len(before) == 3


@pytest.mark.parametrize(
    "naming",
    [
        "UPDATE document_file SET sha256 = :hash",
        "UPDATE delivery SET prepared = :named",
        "INSERT INTO pack (company_id, sha256, scope, left_out, created_at) VALUES (1, :hash, '{}', '[]', 1)",
        "INSERT INTO incoming (sha256, result, problems, given, beside, arrived_at)"
        " VALUES (:hash, 'dropped', '[]', '{}', '[]', 1)",
        "INSERT INTO incoming (sha256, result, problems, given, beside, arrived_at)"
        " VALUES ('x', 'parked', '[]', '{}', :named, 1)",
    ],
    ids=["file", "prepared", "pack", "dropped", "beside"],
)
def test_bytes_that_another_row_names_stay(home: Hub, clock: Clock, tmp_path: Path, naming: str) -> None:
    change(
        home,
        "INSERT INTO destination (uid, company_id, name, settings, kinds, role, from_date, created_at)"
        " VALUES ('u', 1, 'map', '{}', '[\"sales_invoice\"]', 'archive', '2020-01-01', 1)",
    )
    home.intake.accept([Incoming(name="b.xml", data=invoice())])
    sha256 = refuse(home)
    known = {"hash": sha256, "named": f'[{{"name": "a", "sha256": "{sha256}"}}]'}
    assert change(home, naming, **{name: word for name, word in known.items() if f":{name}" in naming}) == 1
    clock.at += 31 * DAY
    home.tidy()
    assert sha256 in home.blobs
    assert value(home, "SELECT purged_at FROM incoming WHERE id = 1") is not None


def test_a_paper_that_comes_again_is_kept_for_another_30_days(home: Hub, clock: Clock) -> None:
    sha256 = refuse(home)
    for _ in range(2):  # once before its bytes went, once after
        clock.at += 29 * DAY
        refuse(home)
        clock.at += 29 * DAY
        home.tidy()
        assert sha256 in home.blobs
        clock.at += 2 * DAY
        home.tidy()
        assert sha256 not in home.blobs
    assert value(home, "SELECT count(*) FROM incoming") == 1


def test_bytes_that_go_while_an_import_waits_for_its_turn_are_written_again(home: Hub, own_home: Path) -> None:
    sha256 = refuse(home)
    other = Database(home.config.url)
    with other.write() as tx:
        removals.begin(tx)
        importing = threading.Thread(
            target=home.intake.accept, args=([BROKEN, Incoming(name="b.xml", data=invoice())],)
        )
        importing.start()
        eventually(lambda: len(list(home.blobs)) == 2)  # both are safe on disk, and the import waits for the database
        home.blobs.remove(sha256)
    importing.join(PATIENCE)
    other.close()
    assert sha256 in home.blobs
    assert faults(home) == ()


def test_a_purge_that_was_killed_half_way_is_finished_by_the_next(home: Hub, clock: Clock) -> None:
    home.blobs.remove(refuse(home))
    clock.at += 31 * DAY
    home.tidy()
    assert faults(home) == ()
