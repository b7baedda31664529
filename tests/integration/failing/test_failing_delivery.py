"""`hub run` killed wherever it may die: what may have arrived is never taken for unsent, and nothing is lost."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

import pytest

from hub.app import Hub
from hub.core.runner import Until
from tests.integration.failing.command import KILLED, Command, files_in
from tests.integration.ledger import change, deliver, faults, let_leases_end, listed, outcomes, row, states, take_in

NUMBERS = ("F1", "F2")
RUN = ("run", "--until-empty", "--timeout", "30")
POINTS = (
    "claim.committed",
    "prepare.done",
    "mark.committed",
    "deliver.returned",
    "settle.before_commit",
    "settle.committed",
)


def deaths(command: Command, hub: Hub, point: str) -> Iterator[int]:
    """Kill a run at the 1st, 2nd, ... passing of a place, until a run comes to its end; leases run out between.

    The crashes are forgotten, or the papers would soon be held for them.
    """
    for n in itertools.count(1):
        if not command.killed_at(f"{point}=kill@{n}", *RUN):
            return
        yield n
        let_leases_end(hub)
        change(hub, "UPDATE outbox SET crashes = 0")


def finish(hub: Hub) -> None:
    """Let another process do what is left, at once."""
    let_leases_end(hub)
    hub.host.plugin("ubl_export")
    deliver(hub, Until.EMPTY)


@pytest.mark.parametrize("point", POINTS)
def test_where_the_far_side_can_be_asked_every_paper_is_there_exactly_once(
    hub: Hub, command: Command, point: str
) -> None:
    archive = command.add_archive()
    take_in(hub, *NUMBERS)
    died = 0
    for _ in deaths(command, hub, point):
        died += 1
        assert faults(hub) == ()
    assert died > 0
    finish(hub)
    assert states(hub) == ["delivered"] * 2
    assert len(files_in(archive)) == 2
    assert faults(hub) == ()


@pytest.mark.parametrize("point", POINTS)
def test_where_nobody_can_be_asked_no_paper_is_sent_a_second_time_without_a_person(
    hub: Hub, command: Command, point: str
) -> None:
    command.add_stranger("--on-uncertain", "ask")
    take_in(hub, *NUMBERS)
    for _ in deaths(command, hub, point):
        assert faults(hub) == ()
    let_leases_end(hub)
    command.run(*RUN, code=None)
    handed_over = Counter(command.calls("deliver"))
    assert all(times == 1 for times in handed_over.values())
    assert {one["state"] for one in listed(hub)} <= {"delivered", "uncertain"}
    for one in listed(hub):
        assert one["state"] == "uncertain" or handed_over[one["key"]] == 1
    assert faults(hub) == ()


def test_a_paper_killed_after_its_mark_and_again_before_its_trace_is_still_uncertain_never_safe_to_send(
    hub: Hub, command: Command
) -> None:
    archive = command.add_archive()
    take_in(hub, "F1")
    assert command.killed_at("mark.committed=kill", *RUN)
    for _ in range(2):
        let_leases_end(hub)
        assert (row(hub).begun, states(hub)) == (True, ["uncertain"])
        assert command.killed_at("claim.committed=kill", *RUN)
        assert row(hub).begun
    let_leases_end(hub)
    assert states(hub) == ["uncertain"]
    assert files_in(archive) == [] if archive.exists() else True
    finish(hub)
    assert [outcome for outcome, _ in outcomes(hub)] == ["lost", "lost", "lost", "absent", "delivered"]


def test_a_paper_that_was_written_before_the_kill_is_found_there_and_not_written_again(
    hub: Hub, command: Command
) -> None:
    archive = command.add_archive()
    take_in(hub, "F1")
    assert command.killed_at("deliver.returned=kill", *RUN)
    [file] = files_in(archive)
    before = file.stat()
    finish(hub)
    assert (states(hub), outcomes(hub)[-1]) == (["delivered"], ("delivered", "traced"))
    assert file.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("point", ["mark.committed", "deliver.returned", "settle.before_commit@9"])
def test_the_rule_repeat_costs_at_most_one_double_a_kill_with_the_same_key(
    hub: Hub, command: Command, point: str
) -> None:
    command.add_stranger("--on-uncertain", "repeat")
    take_in(hub, *NUMBERS)
    name, _, n = point.partition("@")
    command.killed_at(f"{name}=kill@{n or 1}", *RUN)
    let_leases_end(hub)
    command.run(*RUN)
    assert states(hub) == ["delivered"] * 2
    assert len(command.calls("deliver")) <= 2 + 2, "one for each slot that was out when it was killed"
    assert len(set(command.calls("deliver"))) == 2
    assert faults(hub) == ()


def test_after_a_kill_the_next_run_carries_on_by_itself_within_its_lease(hub: Hub, command: Command) -> None:
    command.add_archive()
    take_in(hub, *NUMBERS)
    assert command.killed_at("prepare.done=kill", *RUN)
    command.run("run", "--until-empty", "--timeout", "7")
    assert states(hub) == ["delivered"] * 2


def test_a_paper_that_kills_every_worker_is_held_and_the_others_arrive(hub: Hub, command: Command) -> None:
    command.add_stranger("--on-uncertain", "ask", prepare="kill", only="F2")
    take_in(hub, "F1", "F2", "F3")
    codes = []
    for _ in range(6):
        process = command.start(*RUN)
        process.communicate(timeout=60)
        codes.append(process.returncode)
        if process.returncode != KILLED:
            break
        let_leases_end(hub)
    assert codes == [KILLED] * 4 + [5]
    assert states(hub) == ["delivered", "held", "delivered"]
    assert row(hub, 2).reason == "crashed"
    assert faults(hub) == ()


def test_a_disk_that_fails_before_the_mark_costs_a_try_and_sends_nothing(hub: Hub, command: Command) -> None:
    command.add_stranger()
    take_in(hub, "F1")
    command.run("run", "--once", failpoints="prepare.done=raise")
    assert (states(hub), command.calls("deliver"), row(hub).begun) == (["queued"], [], False)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_an_engine_that_cannot_write_stops_loudly_and_nothing_is_lost(hub: Hub, command: Command, n: int) -> None:
    archive = command.add_archive()
    take_in(hub, "F1")
    command.run("run", "--once", failpoints=f"settle.before_commit=raise@{n}", code=1)
    assert faults(hub) == ()
    finish(hub)
    assert (states(hub), len(files_in(archive))) == (["delivered"], 1)
