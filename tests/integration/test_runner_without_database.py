"""A process whose database does not answer: it goes on when it does again, and ends when it is told to."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError

from hub.app import Hub
from hub.core.runner import Until
from tests.integration.far import PATIENCE, Far, Gate
from tests.integration.ledger import add_place, delivering, eventually, faults, row, states, take_in

pytestmark = pytest.mark.sqlite_only("its lock")


@pytest.fixture
def impatient(opened: Callable[..., Hub], monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The test's home; a locked database is noticed, and given up, at once."""
    monkeypatch.setattr("hub.core.store.connect._BUSY_MS", 20)
    monkeypatch.setattr("hub.core.insist._RETRY", 0.05)
    monkeypatch.setattr("hub.core.insist._GRACE", 0.3)
    return opened()


@contextmanager
def locked(hub: Hub) -> Iterator[None]:
    """Nobody else can write to the database meanwhile."""
    other = sqlite3.connect(hub.config.data / "hub.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


def _at_the_far_side(hub: Hub) -> Gate:
    far = Far()
    hub.host.add("far", far)
    gate = far.on_deliver = Gate()
    add_place(hub, on_uncertain="ask")
    take_in(hub, "F1")
    return gate


def test_what_was_delivered_meanwhile_is_written_when_it_answers_again(impatient: Hub) -> None:
    gate = _at_the_far_side(impatient)
    with delivering(impatient):
        assert gate.arrived.wait(PATIENCE)
        with locked(impatient):
            gate.opened.set()
            assert states(impatient) == ["sending"]
        eventually(lambda: states(impatient) == ["delivered"])
    assert faults(impatient) == ()


def test_a_process_that_is_told_to_stop_ends_and_what_was_marked_stays_so(impatient: Hub) -> None:
    gate = _at_the_far_side(impatient)
    told = threading.Event()
    ended: list[BaseException] = []

    def run() -> None:
        try:
            impatient.run(Until.TOLD, timeout=None, only=(), told=told)
        except OperationalError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert gate.arrived.wait(PATIENCE)
    with locked(impatient):
        gate.opened.set()
        told.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert len(ended) == 1
    assert (states(impatient), row(impatient).begun) == (["sending"], True)  # until its lease is over
    assert faults(impatient) == ()
