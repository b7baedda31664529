"""Rows 20 and 21: a process that plugins wore out starts itself anew, in order, and nothing is lost or doubled."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from hub.app import Hub
from hub.core.wear import Use, Wear
from tests.integration.evil.conftest import Evil
from tests.integration.ledger import eventually, faults, outcomes, states, take_in, value


def test_four_lost_threads_make_the_process_start_anew_and_deliver_on(hub: Hub, evil: Evil) -> None:
    """Row 20, for good: `while True: pass`, `sleep(1e9)` and a call into C that never comes back."""
    evil.add(deliver="F1=spin+F2=sleep+F3=block+F4=sleep")
    take_in(hub, *(f"F{n}" for n in range(1, 7)))
    with evil.running() as process:
        eventually(lambda: value(hub, "SELECT count(*) FROM worker") == 2)
        take_in(hub, "F7")
        eventually(lambda: Counter(states(hub)) == {"uncertain": 4, "delivered": 3})
        assert {entry["pid"] for entry in evil.calls("deliver")} == {process.pid}
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert {tuple(outcomes(hub, n)) for n in range(1, 5)} == {(("uncertain", "plugin_hung"),)}
    assert len(evil.calls("deliver")) == 7
    assert value(hub, "SELECT count(*) FROM worker WHERE stopped_at IS NULL") == 0
    assert value(hub, "SELECT count(*) FROM attempt WHERE outcome = 'lost'") == 0
    assert faults(hub) == ()


@pytest.mark.parametrize(
    ("harm", "variable", "limit"),
    [("leak", "HUB_MEMORY", "160"), ("", "HUB_RECYCLE_AFTER", "8")],
    ids=["10 MB a call", "after so many deliveries"],
)
def test_a_process_that_leaks_starts_anew_before_it_is_too_large(
    hub: Hub, evil: Evil, harm: str, variable: str, limit: str
) -> None:
    """Row 21."""
    evil.add(deliver=harm)
    take_in(hub, *(f"F{n}" for n in range(40)))
    evil.command.more[variable] = limit
    evil.run("--until-empty", "--timeout", "60")
    assert states(hub) == ["delivered"] * 40
    assert len(evil.calls("deliver")) == 40
    assert value(hub, "SELECT count(*) FROM worker") > 1
    assert faults(hub) == ()


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        (Use(stuck=3, deliveries=99, memory=99, threads=99, descriptors=0.5), ""),
        (Use(stuck=4), "4 threads are stuck in calls of plugins"),
        (Use(deliveries=100), "100 deliveries"),
        (Use(deliveries=1, memory=100), "100 MB of memory"),
        (Use(memory=100), ""),  # it began so
        (Use(deliveries=1, threads=2000), "2000 threads"),
        (Use(deliveries=1, descriptors=0.8), "80% of its descriptors"),
    ],
)
def test_what_a_process_bears(use: Use, reason: str) -> None:
    """Row 21."""
    assert Wear(deliveries=100, memory=100).reason(use) == reason


def test_zero_is_no_limit() -> None:
    """Row 21."""
    assert Wear().reason(Use(deliveries=10**9, memory=10**9)) == ""
