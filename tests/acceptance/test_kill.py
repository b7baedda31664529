"""The kill test, small: what `python -m bench.kill` does at full size, under both rules at once."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.kill import ASK, REPEAT, Plan, Trial, trial

RULES = (ASK, REPEAT)
SMALL = Plan(papers=40, kills=3, seed=4, lost=0.1, lease=2)


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Trial]:
    """Both trials; each is other processes for the most part."""
    with ThreadPoolExecutor() as both:
        tried = both.map(lambda rule: trial(rule, SMALL, tmp_path_factory.mktemp(rule)), RULES)
    return dict(zip(RULES, tried, strict=True))


@pytest.mark.parametrize("rule", RULES)
def test_no_promise_is_broken_by_kill_9(rule: str, trials: Mapping[str, Trial]) -> None:
    assert trials[rule].broken == ()


@pytest.mark.parametrize("rule", RULES)
def test_each_kill_fell_while_something_was_on_the_wire(rule: str, trials: Mapping[str, Trial]) -> None:
    assert [kill.n for kill in trials[rule].kills if kill.flight.all_begun] == [1, 2, 3]


def test_only_under_the_rule_ask_a_person_is_asked(trials: Mapping[str, Trial]) -> None:
    asked = {rule: tried.said_arrived + tried.said_resend for rule, tried in trials.items()}
    assert asked[ASK] > 0
    assert asked[REPEAT] == 0
