"""PostgreSQL that goes away, or whose answers do not come: nothing is lost, nothing is sent twice, nothing assumed."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest
from sqlalchemy.exc import OperationalError

from hub.app import Hub
from hub.core.document import Incoming
from hub.core.runner import Ended, Until
from hub.testing.postgres import Postgres
from hub.testing.samples import invoice
from tests.integration.far import PATIENCE, Far, Sent, taken
from tests.integration.ledger import (
    deliver,
    delivering,
    eventually,
    faults,
    outcomes,
    states,
    take_in,
    value,
)
from tests.integration.postgres.conftest import Opened
from tests.integration.postgres.cutting import Line


def test_a_server_that_is_restarted_while_papers_go_out_costs_no_paper_and_no_second_sending(
    hub: Hub, far: Far, server: Postgres
) -> None:
    take_in(hub, *(f"F{n}" for n in range(20)))

    def restart(sent: Sent) -> object:
        if sent.id == 7:
            server.stop("immediate")
            server.start()
        return taken(sent)

    far.on_deliver = restart
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert states(hub) == ["delivered"] * 20
    assert set(Counter(sent.key for sent in far.sent).values()) == {1}
    assert faults(hub) == ()


def test_a_worker_that_waits_while_the_server_is_away_hears_again_when_it_is_back(
    hub: Hub, far: Far, server: Postgres
) -> None:
    with delivering(hub):
        take_in(hub, "F1")
        eventually(lambda: len(far.sent) == 1)
        server.stop("immediate")
        time.sleep(0.3)  # it is away for a while: what is waited for is the worker's own tries
        server.start()
        take_in(hub, "F2")
        eventually(lambda: states(hub) == ["delivered"] * 2)
    assert len(far.sent) == 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", range(5), ids=["register", "claim", "mark", "settle", "end"])
def test_a_line_that_breaks_at_a_commit_of_the_worker_costs_nothing(
    opened: Opened, line: Line, far: Far, hub: Hub, nth: int, when: str
) -> None:
    take_in(hub, "F1")
    broken = opened(line)
    broken.host.add("far", far)
    line.cut(nth, when)
    with delivering(broken):
        eventually(lambda: states(hub) == ["delivered"])
    assert line.cuts == 1
    assert len(far.sent) == 1
    assert outcomes(hub) == [("delivered", "")]
    assert value(hub, "SELECT count(*) FROM outbox") == 0
    assert faults(hub) == ()


def test_an_import_whose_answer_was_lost_is_known_when_it_comes_again(opened: Opened, line: Line) -> None:
    hub = opened(line)
    paper = Incoming(name="F1.xml", data=invoice(number="F1"))
    line.cut(0, "after")
    with pytest.raises(OperationalError):
        hub.intake.accept([paper])
    assert [one.result for one in hub.intake.accept([paper])] == ["duplicate"]
    line.cut(0, "before")
    other = Incoming(name="F2.xml", data=invoice(number="F2"))
    with pytest.raises(OperationalError):
        hub.intake.accept([other])
    assert [one.result for one in hub.intake.accept([other])] == ["accepted"]
    assert faults(hub) == ()


def test_a_row_that_somebody_holds_is_waited_for(hub: Hub, far: Far, opened: Opened) -> None:
    other = opened()
    free = threading.Event()
    held = threading.Event()

    def hold() -> None:
        with other.db.write() as tx:
            tx.conn.exec_driver_sql("SELECT id FROM destination FOR UPDATE")
            held.set()
            free.wait(PATIENCE)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(PATIENCE)
    begin = time.monotonic()
    threading.Timer(3.0, free.set).start()
    take_in(hub, "F1")
    assert time.monotonic() - begin > 2.5
    holder.join(PATIENCE)
    assert deliver(hub, Until.EMPTY) is Ended.DONE
    assert states(hub) == ["delivered"]
