"""The arithmetic of the bars: rounds take turns, pairs give the ratio, and a bar has two directions."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from rich.console import Console

from bench.table import Bar, Rounds, against_floor, as_table, on_its_own, rounds


def _in_turn(*figures: float) -> Callable[[], float]:
    return iter(figures).__next__


def test_the_ratio_is_the_median_of_the_pairs_and_not_of_the_sides() -> None:
    measured = rounds(_in_turn(2, 30, 3), _in_turn(1, 10, 3))
    assert measured == Rounds(ours=3, floor=3, ratio=2)


def test_rounds_take_turns() -> None:
    moments = count(1)
    measured = rounds(lambda: next(moments), lambda: next(moments))
    assert measured == Rounds(ours=3, floor=4, ratio=3 / 4)


def test_two_rounds_are_too_few() -> None:
    with pytest.raises(ValueError, match="at least three"):
        rounds(_in_turn(1, 1), _in_turn(1, 1), n=2)


@pytest.mark.parametrize(
    ("bar", "figure", "holds"),
    [
        (Bar(2), 2.0, True),
        (Bar(2), 2.1, False),
        (Bar(0.75, least=True), 0.75, True),
        (Bar(0.75, least=True), 0.7, False),
    ],
)
def test_a_bar_holds(bar: Bar, figure: float, holds: bool) -> None:
    assert bar.holds(figure) is holds


def test_the_table_says_which_bar_does_not_hold() -> None:
    lines = [
        against_floor("quick enough", "ms", Rounds(ours=12, floor=10, ratio=1.2), Bar(2)),
        on_its_own("memory", "MB", 140, Bar(110)),
    ]
    console = Console(width=120)
    with console.capture() as capture:
        console.print(as_table(lines))
    rows = [[cell.strip() for cell in row.split("│")[1:-1]] for row in capture.get().splitlines() if "│" in row]
    assert rows == [
        ["quick enough", "12 ms", "10 ms", "1.20x", "<= 2x", "yes"],
        ["memory", "140 MB", "", "", "<= 110 MB", "NO"],
    ]
