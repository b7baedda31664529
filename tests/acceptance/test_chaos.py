"""The chaos run, small: what `python -m bench.chaos` does at full size."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.chaos.plan import Blow, Plan
from bench.chaos.run import trial
from bench.chaos.verdict import Verdict

SMALL = Plan(papers=100, kills=4, stalls=1, terms=1, killed_imports=1, seed=7, lease=2, pause=(0.1, 0.5))


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    """One run."""
    return trial(SMALL, tmp_path_factory.mktemp("chaos"))


def test_no_promise_is_broken_by_kills_stalls_and_failing_far_sides(verdict: Verdict) -> None:
    assert verdict.broken == []


def test_the_run_was_one(verdict: Verdict) -> None:
    figures = verdict.figures
    assert (figures["papers"], figures["entries"]) == (100, 100)
    assert figures["crashes"] == 5
    assert figures["lost_answers"] > 0


def test_a_seed_decides_what_strikes_and_in_which_order() -> None:
    assert SMALL.blows == replace(SMALL).blows
    assert sorted(SMALL.blows, key=str).count(Blow.KILL) == 4
    assert replace(SMALL, seed=8).blows != SMALL.blows
