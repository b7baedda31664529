"""What the dashboard asks of the store, on both databases: counts, pages of ids, and how one delivery stands."""

from __future__ import annotations

import pytest

from hub.app import Hub
from hub.core import filters
from hub.core.store import board, finding
from hub.core.store.board import Wanted
from hub.errors import NotFoundError
from tests.integration.far import Far
from tests.integration.ledger import add_place, change, claim_as, take_in


@pytest.fixture
def busy(hub: Hub, far: Far) -> Hub:
    """Five papers: queued, sending, uncertain, held and rejected."""
    add_place(hub)
    take_in(hub, *(f"F{n}" for n in range(1, 6)))
    claim_as(hub, budget=1)
    change(hub, "UPDATE outbox SET begun = true WHERE id = 3")
    change(hub, "UPDATE delivery SET state = 'held', reason = 'too_large' WHERE id = 4")
    change(hub, "DELETE FROM outbox WHERE id = 5")
    change(hub, "UPDATE delivery SET state = 'rejected', finished_at = 1 WHERE id = 5")
    return hub


def test_what_is_open_is_counted_by_destination_state_and_reason(busy: Hub) -> None:
    with busy.db.read() as conn:
        counted = {(row.destination_id, row.state, row.reason): row.how_many for row in board.open_counts(conn)}
        rejected = [(row.destination_id, row.how_many) for row in board.rejected_counts(conn)]
    alone = {(1, "sending", ""): 1, (1, "queued", ""): 1, (1, "uncertain", ""): 1, (1, "held", "too_large"): 1}
    assert counted == alone
    assert rejected == [(1, 1)]


def test_ids_come_page_by_page_newest_first(busy: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "_FIRST_PAGE", 2)
    monkeypatch.setattr(board, "_PAGE", 2)
    with busy.db.read() as conn:
        assert [list(page) for page in board.delivery_ids(conn, Wanted())] == [[5, 4], [3, 2], [1]]
        assert [list(page) for page in board.document_ids(conn, Wanted(above=2))] == [[5, 4], [3]]
        held = finding.of_deliveries(filters.parse("state:held,uncertain number:F*", busy.now()))
        assert [list(page) for page in board.delivery_ids(conn, Wanted(where=held))] == [[4, 3]]
        assert list(board.incoming_ids(conn)) == []


def test_a_delivery_is_shown_as_people_see_it(busy: Hub) -> None:
    with busy.db.read() as conn:
        shown = [board.standing(conn, n).shown_state for n in range(1, 6)]
        with pytest.raises(NotFoundError):
            board.standing(conn, 99)
    assert shown == ["sending", "queued", "uncertain", "held", "rejected"]
