"""Which columns a terminal gets, and how wide each is."""

from __future__ import annotations

import pytest

from hub.cli.layout import laid_out

OUTBOX = {"id": 4, "kind": 20, "number": 10, "party": 40, "state": 9, "reason": 14, "next_attempt_at": 16}
LESS = ["kind", "party"]


def _line(widths: dict[str, int]) -> int:
    return sum(widths.values()) + 2 * (len(widths) - 1)


def test_a_wide_terminal_gets_every_column_whole() -> None:
    assert laid_out(OUTBOX, 200, LESS) == OUTBOX


def test_a_text_is_cut_before_anything_is_left_out() -> None:
    assert laid_out(OUTBOX, 120, LESS) == {**OUTBOX, "party": 35}


def test_what_matters_less_is_left_out_in_its_order() -> None:
    narrow = laid_out(OUTBOX, 80, LESS)
    assert [*narrow] == ["id", "number", "party", "state", "reason", "next_attempt_at"]
    assert [*laid_out(OUTBOX, 70, LESS)] == ["id", "number", "state", "reason", "next_attempt_at"]


@pytest.mark.parametrize("room", range(20, 140))
def test_a_line_is_never_longer_than_the_terminal_is_wide(room: int) -> None:
    chosen = laid_out(OUTBOX, room, LESS)
    assert _line(chosen) <= room
    assert all(0 < width <= OUTBOX[name] for name, width in chosen.items())


@pytest.mark.parametrize("room", [60, 70, 80, 90, 100, 120])
def test_short_columns_stay_whole_at_any_usual_width(room: int) -> None:
    chosen = laid_out(OUTBOX, room, LESS)
    assert {name: chosen[name] for name in ("id", "number", "state")} == {"id": 4, "number": 10, "state": 9}


def test_a_terminal_of_no_width_gets_something() -> None:
    assert laid_out({"id": 4, "state": 9}, 0, []) == {"id": 4, "state": 9}


def test_no_columns_are_no_error() -> None:
    assert laid_out({}, 80, ["id"]) == {}
