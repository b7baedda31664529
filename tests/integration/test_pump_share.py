"""How a process's threads are shared: one destination that hangs does not take them all."""

from __future__ import annotations

from hub.app import Hub, places
from tests.integration.far import Far, Gate
from tests.integration.ledger import add_place, change, delivering, eventually, take_in

SLOTS = 4  # of the test's home


def known(hub: Hub, name: str) -> Far:
    """A plugin and a destination of this name."""
    far = Far()
    hub.host.add(name, far)
    add_place(hub, name, plugin=name)
    change(hub, "UPDATE destination SET window_size = 64")
    return far


def test_a_destination_that_hangs_leaves_threads_to_the_others(hub: Hub) -> None:
    slow, fast, gate = known(hub, "slow"), known(hub, "fast"), Gate()
    slow.on_deliver = gate
    take_in(hub, *(f"F{n}" for n in range(12)))
    with delivering(hub):
        eventually(lambda: len(fast.sent) == 12)
        assert 1 <= len(slow.sent) <= SLOTS // 2
        gate.opened.set()
        eventually(lambda: len(slow.sent) == 12)


def test_a_destination_that_is_the_only_one_at_work_has_all_threads(hub: Hub) -> None:
    slow, gate = known(hub, "slow"), Gate()
    known(hub, "other")
    places.pause(hub, "other")
    slow.on_deliver = gate
    take_in(hub, *(f"F{n}" for n in range(12)))
    with delivering(hub):
        eventually(lambda: len(slow.sent) == SLOTS)
        gate.opened.set()
