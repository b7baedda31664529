"""Small writes of others in the engine's transaction: durable when they return, and their failures their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from hub.app import Hub
from hub.core.pump import Pump
from hub.core.store.engine import Tx
from tests.integration.far import PATIENCE, Far
from tests.integration.ledger import add_place, faults, states, take_in, value

Work = Callable[[Tx], Any]


def ask(pump: Pump, *works: Work) -> list[Any]:
    """What each write gave or raised, each asked for by a thread of its own while the engine turns."""
    answers: dict[int, Any] = {}

    def run(n: int, work: Work) -> None:
        try:
            answers[n] = pump.write(work)
        except ZeroDivisionError as error:
            answers[n] = error

    threads = [threading.Thread(target=run, args=(n, work)) for n, work in enumerate(works)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE
    while len(answers) < len(works):
        assert time.monotonic() < end
        pump.turn()
    for thread in threads:
        thread.join(PATIENCE)
    return [answers[n] for n in sorted(answers)]


@pytest.fixture
def pump(hub: Hub) -> Pump:
    """An engine that is turned by hand."""
    pump = hub.pump()
    pump.start()
    return pump


def rename(name: str) -> Work:
    """A write."""

    def work(tx: Tx) -> str:
        tx.conn.exec_driver_sql("UPDATE company SET name = ?", (name,))
        return name

    return work


def fail(tx: Tx) -> None:
    """A write that fails half-way."""
    rename("half")(tx)
    raise ZeroDivisionError


def test_a_write_is_durable_when_it_returns(hub: Hub, pump: Pump) -> None:
    assert ask(pump, rename("new")) == ["new"]
    assert value(hub, "SELECT name FROM company") == "new"


def test_a_write_that_fails_is_undone_alone_and_raises_where_it_was_asked(hub: Hub, far: Far, pump: Pump) -> None:
    add_place(hub)
    take_in(hub, "F1")
    first, second = ask(pump, rename("new"), fail)
    assert first == "new"
    assert isinstance(second, ZeroDivisionError)
    assert value(hub, "SELECT name FROM company") == "new"
    while states(hub) != ["delivered"]:
        pump.turn()
    assert faults(hub) == ()
