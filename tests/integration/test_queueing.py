"""Many papers put in the outbox at once: by a few statements, and standing there as if each had come by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from hub.app import Hub
from hub.core.delivery import Role
from hub.core.document import Incoming
from hub.core.store import companies, queueing
from hub.core.store.queueing import Subject, Wanted
from hub.testing.samples import credit_note, invoice
from tests.integration.far import Far
from tests.integration.ledger import add_place, claim_as, row, take_in, value


@pytest.fixture(autouse=True)
def three_a_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is queued at once takes several turns of the statements."""
    monkeypatch.setattr(queueing, "_AT_ONCE", 3)


def queue(hub: Hub, wanted: Sequence[Wanted]) -> list[int]:
    """Put them in the outbox; returns the deliveries' ids."""
    with hub.db.write() as tx:
        return queueing.enqueue(tx, companies.instance_id(tx.conn), wanted)


def kept(hub: Hub) -> list[Subject]:
    """Every paper of the home, as what is delivered."""
    with hub.db.read() as conn:
        rows = conn.execute(sa.text("SELECT id, company_id, sha256 FROM document ORDER BY id")).all()
    return [Subject(company_id=row.company_id, sha256=row.sha256, document_id=row.id) for row in rows]


def test_ids_are_in_the_order_asked_and_each_delivery_has_its_key_and_audit_entry(hub: Hub, far: Far) -> None:
    take_in(hub, "F1", "F2", "F3", "F4")
    places = [add_place(hub), add_place(hub, "other")]
    wanted = [(subject, place) for subject in reversed(kept(hub)) for place in places]
    made = queue(hub, wanted)
    rows = [row(hub, one) for one in made]
    assert [(one.document_id, one.destination_id) for one in rows] == [(who.document_id, at) for who, at in wanted]
    assert len({one.key for one in rows}) == len(wanted)
    assert all(one.due_at is not None for one in rows)
    assert value(hub, "SELECT count(*) FROM audit WHERE action = 'delivery.queued'") == len(wanted)


def test_a_paper_asked_for_twice_at_once_is_queued_as_two_generations(hub: Hub, far: Far) -> None:
    take_in(hub, "F1", "F2")
    place = add_place(hub)
    first, second = kept(hub)
    made = queue(hub, [(first, place), (second, place), (first, place), (first, place)])
    assert [row(hub, one).generation for one in made] == [1, 1, 2, 3]
    assert [row(hub, one).generation for one in queue(hub, [(first, place)])] == [4]


def test_the_statements_do_not_grow_with_the_papers(hub: Hub, far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "_AT_ONCE", 1_000)
    take_in(hub, *(f"F{n}" for n in range(30)))
    place = add_place(hub)
    said: list[str] = []

    def hear(conn: Any, cursor: Any, statement: str, *rest: object) -> None:
        said.append(statement)

    event.listen(hub.db.writer, "before_cursor_execute", hear)
    queue(hub, [(kept(hub)[0], place)])
    of_one, said[:] = len(said), []
    queue(hub, [(subject, place) for subject in kept(hub)])
    event.remove(hub.db.writer, "before_cursor_execute", hear)
    assert 0 < len(said) <= of_one


def test_papers_queued_at_once_stand_in_line_behind_those_before_them(hub: Hub) -> None:
    hub.host.add("far", Far(ordered=True))
    add_place(hub)
    take_in(hub, "F1", "F2")
    take_in(hub, *(f"F{n}" for n in range(3, 8)))
    assert [row(hub, one).waits_for for one in range(1, 8)] == [None, *range(1, 7)]
    assert [one.id for one in claim_as(hub)] == [1]


def test_what_waits_for_a_person_holds_its_place_in_line(hub: Hub) -> None:
    hub.host.add("far", Far(ordered=True))
    take_in(hub, "F1", "F2")
    place = add_place(hub)
    first, second = kept(hub)
    made = queue(hub, [(replace(first, held="by_hand"), place), (second, place)])
    stand = [(row(hub, one).due_at, row(hub, one).waits_for) for one in made]
    assert stand == [(None, None), (None, made[0])]
    assert claim_as(hub) == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["invoice first", "credit note first"])
def test_a_credit_note_waits_for_an_invoice_of_its_own_batch(
    hub: Hub, tracing_far: Far, order: tuple[int, int]
) -> None:
    add_place(hub, role=Role.BOOKING, approve="never")
    papers = [invoice(number="F1"), credit_note(number="C1", credited="F1")]
    batch = [invoice(number="F0"), *(papers[at] for at in order), credit_note(number="C9", credited="F9")]
    hub.intake.accept([Incoming(name="a.xml", data=data) for data in batch])
    first, behind = 2 + order.index(0), 2 + order.index(1)
    assert [row(hub, one).waits_for for one in (1, first, behind, 4)] == [None, None, first, None]


def test_credit_notes_that_came_before_wait_for_any_invoice_of_a_batch(hub: Hub, tracing_far: Far) -> None:
    add_place(hub, role=Role.BOOKING, approve="never")
    for data in (credit_note(number="C1", credited="F1"), credit_note(number="C2", credited="F2")):
        hub.intake.accept([Incoming(name="a.xml", data=data)])
    take_in(hub, "F2", "F3", "F1")
    assert [row(hub, one).waits_for for one in (1, 2)] == [5, 3]
