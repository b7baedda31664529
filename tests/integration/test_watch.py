"""How a process notices work: often after work, ever less often while there is none."""

from __future__ import annotations

from hub.app import Hub
from hub.core.watch import Watch
from tests.integration.far import Far
from tests.integration.ledger import add_place, take_in


def test_who_waits_for_something_else_meanwhile_looks_at_least_each_50_ms(hub: Hub, far: Far) -> None:
    watch = Watch(hub.db, None)
    pauses = [watch.pause() for _ in range(20)]
    assert (pauses[0], pauses[-1], pauses == sorted(pauses)) == (0.002, 0.05, True)


def test_it_looks_often_again_when_there_was_work(hub: Hub, far: Far) -> None:
    add_place(hub)
    watch = Watch(hub.db, None)
    for _ in range(20):
        watch.pause()
    take_in(hub, "F1")
    assert watch.due()
    assert watch.pause() == 0.002
