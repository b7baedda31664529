"""Moving old attempts: all of them, of ended deliveries only, in pieces, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub import Held
from hub.app import Hub
from hub.core import archive as archiving
from hub.core.archive import archive
from hub.core.runner import Until
from hub.core.store import views
from hub.core.verify import verify
from tests.integration.far import Far, raising
from tests.integration.ledger import add_place, deliver, take_in, value

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date()
TODAY = datetime.now(UTC).date()


@pytest.fixture
def ended(hub: Hub, far: Far) -> Hub:
    """Five papers that arrived."""
    add_place(hub, "far", plugin="far")
    take_in(hub, *(f"F{n}" for n in range(1, 6)))
    deliver(hub, Until.EMPTY)
    return hub


def attempts(hub: Hub, delivery: int) -> list[dict[str, object]]:
    with hub.db.read() as conn:
        return list(views.attempts(conn, delivery))


def test_every_attempt_is_moved_and_found_again(ended: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archiving, "_AT_ONCE", 2)  # several pieces
    before = {delivery: attempts(ended, delivery) for delivery in range(1, 6)}
    assert archive(ended.db, TOMORROW) == 5
    assert (value(ended, "SELECT count(*) FROM attempt"), value(ended, "SELECT count(*) FROM attempt_archive")) == (
        0,
        5,
    )
    assert {delivery: attempts(ended, delivery) for delivery in range(1, 6)} == before
    assert archive(ended.db, TOMORROW) == 0


def test_papers_deliveries_and_the_log_stay(ended: Hub) -> None:
    tables = ("document", "delivery", "document_file")
    before = [value(ended, f"SELECT count(*) FROM {table}") for table in tables]  # noqa: S608 - names of ours
    archive(ended.db, TOMORROW)
    assert [value(ended, f"SELECT count(*) FROM {table}") for table in tables] == before  # noqa: S608 - the same
    assert verify(ended.db, ended.blobs, 1.0).problems == ()
    assert value(ended, "SELECT count(*) FROM audit WHERE action = 'attempts.archived'") == 1


def test_what_ended_later_stays(ended: Hub) -> None:
    assert archive(ended.db, TODAY) == 0
    assert value(ended, "SELECT count(*) FROM attempt") == 5


def test_what_is_still_to_be_done_stays(hub: Hub, far: Far) -> None:
    add_place(hub, "far", plugin="far")
    take_in(hub, "F1")
    far.on_deliver = raising(Held("odd", "a person must look"))
    deliver(hub, Until.EMPTY)
    assert archive(hub.db, TOMORROW) == 0
