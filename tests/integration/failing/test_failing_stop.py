"""`hub run` told to stop, stalled, doubled: no paper is sent twice, and what was out is never taken for unsent."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.app import Hub
from tests.integration.failing.command import Command
from tests.integration.ledger import change, eventually, faults, outcomes, row, states, take_in


@contextmanager
def running(command: Command, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A run beside the test; killed at the end of the block if it still runs."""
    process = command.start("run", *words)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=60)


def test_sigterm_ends_a_run_cleanly_within_ten_seconds_also_when_a_far_side_hangs(hub: Hub, command: Command) -> None:
    command.add_stranger("--on-uncertain", "ask", deliver="hang")
    take_in(hub, *(f"F{n}" for n in range(5)))
    with running(command) as process:
        eventually(lambda: len(command.calls("deliver")) == 2)
        started = time.monotonic()
        process.terminate()
        assert process.wait(10) == 0
        assert time.monotonic() - started < 10
    assert Counter(states(hub)) == {"uncertain": 2, "queued": 3}
    for delivery_id in range(1, 6):
        found = row(hub, delivery_id)
        assert found.worker is None
        assert found.begun == (found.key in command.calls("deliver"))
    assert faults(hub) == ()


def test_sigterm_lets_what_is_on_the_wire_finish(hub: Hub, command: Command) -> None:
    command.add_stranger(deliver="wait")
    take_in(hub, "F1")
    with running(command) as process:
        eventually(lambda: command.calls("deliver"))
        process.terminate()
        eventually(lambda: row(hub).worker is not None)
        command.diary.with_name("go").touch()
        assert process.wait(10) == 0
    assert (states(hub), outcomes(hub)) == (["delivered"], [("delivered", "")])


def test_a_second_sigterm_ends_it_at_once_and_the_mark_stays(hub: Hub, command: Command) -> None:
    command.add_stranger("--on-uncertain", "ask", deliver="hang")
    take_in(hub, "F1")
    with running(command) as process:
        eventually(lambda: command.calls("deliver"))
        process.terminate()
        eventually(lambda: process.poll() is not None or _stopping(process))
        process.send_signal(signal.SIGTERM)
        assert process.wait(3) in {0, 128 + signal.SIGTERM}
    assert row(hub).begun
    assert faults(hub) == ()


def _stopping(process: subprocess.Popen[str]) -> bool:
    """The first signal is not pending any more."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    pending = next(line for line in status.splitlines() if line.startswith("ShdPnd"))
    return int(pending.split()[1], 16) == 0


def test_an_idle_run_stops_within_a_second(hub: Hub, command: Command) -> None:
    with running(command) as process:
        eventually(lambda: _workers(hub) == 1)
        started = time.monotonic()
        process.terminate()
        assert process.wait(10) == 0
        assert time.monotonic() - started < 2
    assert _workers(hub) == 0


def _workers(hub: Hub) -> int:
    with hub.db.read() as conn:
        return int(conn.exec_driver_sql("SELECT count(*) FROM worker WHERE stopped_at IS NULL").scalar_one())


def test_an_idle_run_notices_a_paper_of_another_process(hub: Hub, command: Command) -> None:
    command.add_stranger()
    with running(command):
        eventually(lambda: _workers(hub) == 1)
        take_in(hub, "F1")
        eventually(lambda: states(hub) == ["delivered"])


def test_a_worker_that_stood_still_past_its_lease_changes_nothing_but_may_bring_a_receipt(
    hub: Hub, command: Command
) -> None:
    command.add_stranger("--on-uncertain", "ask", deliver="wait")
    take_in(hub, "F1")
    with running(command) as process:
        eventually(lambda: command.calls("deliver"))
        process.send_signal(signal.SIGSTOP)
        eventually(lambda: states(hub) == ["uncertain"])  # its lease of 2 s is over
        command.run("run", "--once", code=5)
        assert (states(hub), row(hub).due_at, row(hub).worker) == (["uncertain"], None, None)
        command.diary.with_name("go").touch()
        process.send_signal(signal.SIGCONT)
        eventually(lambda: states(hub) == ["delivered"])
    assert outcomes(hub) == [("lost", "lost_after_mark"), ("delivered", "")]
    assert len(command.calls("deliver")) == 1
    assert faults(hub) == ()


def test_two_processes_send_every_paper_once(hub: Hub, command: Command) -> None:
    command.add_stranger()
    take_in(hub, *(f"F{n}" for n in range(40)))
    change(hub, "UPDATE destination SET window_size = 40, inflight_max = 64")
    command.run("run", "--workers", "2", "--until-empty", "--timeout", "60")
    assert states(hub) == ["delivered"] * 40
    assert len(command.calls("deliver")) == len(set(command.calls("deliver"))) == 40
    assert faults(hub) == ()


def test_a_worker_process_that_was_killed_shows_in_the_exit_code(hub: Hub, command: Command) -> None:
    command.add_stranger("--on-uncertain", "ask", deliver="kill", only="F1")
    take_in(hub, "F1")
    process = command.start("run", "--workers", "2", "--once")
    process.communicate(timeout=60)
    assert process.returncode not in {0, 5}


@pytest.mark.parametrize(
    ("words", "how", "code"),
    [
        (("--until-empty",), "", 0),
        (("--once",), "", 0),
        (("--until-empty", "--timeout", "0.5"), "refuse", 3),
        (("--until-empty", "--once"), "", 2),
        (("--until-empty", "--only", "nowhere"), "", 4),
    ],
)
def test_how_a_run_ended_is_its_exit_code(
    hub: Hub, command: Command, words: tuple[str, ...], how: str, code: int
) -> None:
    command.add_stranger(deliver=how)
    take_in(hub, "F1")
    command.run("run", *words, code=code)


def test_a_run_that_leaves_something_for_a_person_exits_5(hub: Hub, command: Command) -> None:
    command.add_stranger("--approve", "always")
    take_in(hub, "F1")
    command.run("run", "--until-empty", code=5)
    command.run("run", "--once", code=5)
