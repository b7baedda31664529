"""Every failpoint there is, at its first passing: killed there, and at some of them failing or standing still.

`python -m bench.chaos.exhaust` does it with every action, at every passing.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from hub.failpoints import POINTS

AFTER_THE_MARK = ("mark.committed", "send.request_written", "send.response_read", "deliver.returned")


def tried(*words: str) -> list[str]:
    """The lines that tell of it; a process of its own, for it forks. It is all well, or its words are shown."""
    command = [sys.executable, "-m", "bench.chaos.exhaust", "--papers", "4", *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr[-2000:]
    return ended.stdout.splitlines()


def test_wherever_a_process_is_killed_nothing_is_lost_and_nothing_is_twice() -> None:
    told = tried("--first", "--actions", "kill")
    assert [line.split()[:4] for line in told] == [[point, "1", "of", "1"] for point in POINTS]


@pytest.mark.parametrize("action", ["stop", "drop"])
def test_what_may_have_left_is_never_taken_for_unsent(action: str) -> None:
    told = tried(*AFTER_THE_MARK, "--first", "--actions", action)
    assert [line.split()[0] for line in told] == list(AFTER_THE_MARK)


def test_killed_with_any_paper_on_its_way_what_may_have_arrived_waits_for_a_persons_word() -> None:
    told = tried("deliver.returned", "--actions", "kill")
    assert int(told[0].split()[1]) >= 8, "each delivery had its kill"
