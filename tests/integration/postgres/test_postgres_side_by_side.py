"""Two at the same moment, where SQLite would let only one write: the second waits for the first, and sees it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from hub.app import Hub
from hub.core import acts, dispatch
from hub.core.dispatch import Order
from hub.core.document import Incoming
from hub.core.store import companies, secrets
from hub.core.store.claiming import claim
from hub.core.store.engine import Tx
from hub.errors import TemporaryError
from hub.testing.samples import invoice
from tests.integration.far import PATIENCE, Far
from tests.integration.ledger import add_place, ask, change, eventually, faults, listed, states, take_in, value
from tests.integration.postgres.conftest import Opened

_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class Second:
    """Does something beside the test, in a process's own view of the home; `result` is what it gave or raised."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.result: Any = None
        self._thread = threading.Thread(target=self._run, args=(work,))
        self._thread.start()

    def _run(self, work: Callable[[], Any]) -> None:
        try:
            self.result = work()
        except Exception as error:  # noqa: BLE001 - what came of it is what the test asks
            self.result = error

    def end(self) -> Any:
        """What came of it."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        return self.result


@pytest.fixture
def other(opened: Opened, far: Far) -> Hub:
    """Another process's view of the test's home."""
    other = opened()
    other.host.add("far", far)
    return other


def waits(hub: Hub) -> None:
    """Wait until somebody waits for a lock."""
    eventually(lambda: value(hub, _WAITS))


def acting(hub: Hub, act: Callable[[Tx, int], None]) -> Callable[[], None]:
    """An act on the first delivery, or on the first document."""

    def work() -> None:
        with hub.db.write() as tx:
            act(tx, 1)

    return work


@pytest.mark.parametrize("act", [acts.cancel, acts.retry], ids=["cancel", "retry"])
def test_an_act_on_a_paper_that_a_worker_takes_at_this_moment_comes_too_late(
    hub: Hub, far: Far, other: Hub, act: Callable[[Tx, int], None]
) -> None:
    take_in(hub, "F1")
    with hub.db.write() as tx:
        assert [one.id for one in claim(tx, ask())] == [1]
        second = Second(acting(other, act))
        waits(other)
    assert isinstance(second.end(), TemporaryError)
    assert states(hub) == ["sending"]


def test_a_hold_of_a_paper_that_a_worker_takes_at_this_moment_leaves_its_sending_alone(
    hub: Hub, far: Far, other: Hub
) -> None:
    take_in(hub, "F1")
    with hub.db.write() as tx:
        claim(tx, ask())
        second = Second(acting(other, acts.hold_document))
        waits(other)
    assert second.end() is None
    assert states(hub) == ["sending"]


def test_a_worker_that_comes_while_somebody_cancels_takes_nothing(hub: Hub, far: Far, other: Hub) -> None:
    take_in(hub, "F1")
    with hub.db.write() as tx:
        acts.cancel(tx, 1)
        with other.db.write() as theirs:
            assert claim(theirs, ask()) == []
    assert states(hub) == ["cancelled"]
    assert faults(hub) == ()


def test_two_that_cancel_and_approve_at_once_do_not_both(hub: Hub, far: Far, other: Hub) -> None:
    change(hub, "UPDATE destination SET approve = 'always'")
    take_in(hub, "F1")
    with hub.db.write() as tx:
        acts.cancel(tx, 1)
        second = Second(acting(other, acts.approve))
        waits(other)
    assert isinstance(second.end(), Exception)
    assert states(hub) == ["cancelled"]
    assert faults(hub) == ()


def test_two_papers_with_one_number_are_seen_as_rivals_though_they_come_at_once(
    hub: Hub, far: Far, other: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped, go_on = threading.Event(), threading.Event()
    main = threading.current_thread()

    def stop(place: str) -> None:
        if place == "ingest.before_commit" and threading.current_thread() is not main and not stopped.is_set():
            stopped.set()
            assert go_on.wait(PATIENCE)

    monkeypatch.setattr("hub.core.intake.hit", stop)
    first = Second(lambda: hub.intake.accept([Incoming(name="a.xml", data=invoice(number="F1"))]))
    assert stopped.wait(PATIENCE)
    second = Second(lambda: other.intake.accept([Incoming(name="b.xml", data=invoice(number="F1", note="another"))]))
    waits(hub)
    go_on.set()
    assert [one.result for one in (*first.end(), *second.end())] == ["accepted", "conflict"]


def test_two_who_send_a_paper_on_at_once_make_one_delivery(hub: Hub, far: Far, other: Hub) -> None:
    take_in(hub, "F1")
    add_place(hub, "late")

    def send_on(view: Hub) -> Callable[[Tx], list[int]]:
        with view.db.read() as conn:
            planned = dispatch.plan(conn, view.blobs, [1], Order(to=("late",)))
        return lambda tx: dispatch.carry_out(tx, companies.instance_id(tx.conn), planned)

    first, then = send_on(hub), send_on(other)

    def follow() -> list[int]:
        with other.db.write() as tx:
            return then(tx)

    with hub.db.write() as tx:
        assert len(first(tx)) == 1
        second = Second(follow)
        waits(other)
    result = second.end()
    assert isinstance(result, TemporaryError)
    assert result.code == "overtaken"
    assert [one["destination"] for one in listed(hub)] == ["far", "late"]


@pytest.mark.parametrize(
    "work",
    [
        lambda tx: secrets.take(tx, ("connection:1", "token"), f"{id(tx)}", 60_000),
        lambda tx: secrets.put_if(tx, ("connection:1", "token"), b"sealed", 0),
    ],
    ids=["a lease", "a secret"],
)
def test_of_two_that_are_the_first_at_once_one_is(hub: Hub, far: Far, other: Hub, work: Callable[[Tx], bool]) -> None:
    def theirs() -> bool:
        with other.db.write() as tx:
            return work(tx)

    with hub.db.write() as tx:
        assert work(tx)
        second = Second(theirs)
        waits(other)
    assert second.end() is False


def test_two_that_wake_the_same_destinations_never_wait_in_a_circle(hub: Hub, far: Far, other: Hub) -> None:
    for name in ("b", "c", "d"):
        add_place(hub, name)
    views = (("A", hub), ("B", other))
    seconds = [Second(_importing(view, f"{word}{n}")) for n in range(10) for word, view in views]
    assert [second.end() for second in seconds] == [1] * 20


def _importing(view: Hub, number: str) -> Callable[[], int]:
    return lambda: len(take_in(view, number))
