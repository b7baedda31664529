"""The hash chain of the log, and what a walk over it finds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.audit import GENESIS, Entry, Fields, Head, canonical, digest, sealed, walk

Chain = list[Entry]


def chain(length: int) -> Chain:
    """A genuine chain."""
    entries, last = Chain(), GENESIS
    for seq in range(1, length + 1):
        entry = Entry(
            chain="c",
            seq=seq,
            at=1000 + seq,
            actor="eva",
            action="a.b",
            object="delivery:7",
            detail="{}",
            prev_hash=last,
        )
        entries.append(sealed(entry))
        last = entries[-1].hash
    return entries


def head(entries: Sequence[Entry]) -> Head:
    """What the database keeps of it."""
    return Head("c", len(entries), entries[-1].hash) if entries else Head("c", 0, GENESIS)


def codes(entries: Sequence[Entry], until: Head) -> list[str]:
    """What is found wrong."""
    return [problem.code for problem in walk(entries, until)]


@pytest.mark.parametrize("length", [0, 1, 30])
def test_a_genuine_chain_is_clean(length: int) -> None:
    entries = chain(length)
    assert codes(entries, head(entries)) == []


@pytest.mark.parametrize("field", [name for name in Entry.__slots__ if name not in {"chain", "seq"}])
def test_a_change_of_any_field_is_found(field: str) -> None:
    entries = chain(5)
    old: Any = getattr(entries[2], field)
    forged = [*entries]
    change: dict[str, Any] = {field: old + 1 if isinstance(old, int) else old + "x"}
    forged[2] = replace(entries[2], **change)
    assert "audit.changed" in codes(forged, head(entries)) or "audit.order" in codes(forged, head(entries))


@given(at=st.integers(0, 9), tamper=st.sampled_from(["drop", "double", "swap", "cut", "reseal"]))
def test_whatever_is_done_wherever_is_found(at: int, tamper: str) -> None:
    entries = chain(10)
    other = (at + 1) % 10
    done: dict[str, Callable[[Chain], Chain]] = {
        "drop": lambda e: e[:at] + e[at + 1 :],
        "double": lambda e: e[: at + 1] + e[at:],
        "swap": lambda e: [e[other] if n == at else e[at] if n == other else one for n, one in enumerate(e)],
        "cut": lambda e: e[:at],
        "reseal": lambda e: [sealed(replace(one, actor="x")) if n == at else one for n, one in enumerate(e)],
    }
    assert codes(done[tamper](entries), head(entries))


def test_a_problem_names_the_entry() -> None:
    entries = chain(4)
    [problem] = walk([*entries[:2], replace(entries[2], actor="x"), entries[3]], head(entries))
    assert (problem.code, problem.place) == ("audit.changed", "audit:c:3")


def test_a_log_that_goes_on_after_its_head_is_found() -> None:
    entries = chain(5)
    assert codes(entries, head(entries[:4])) == ["audit.cut"]


def test_a_hash_covers_every_field_apart() -> None:
    first = sealed(replace(chain(1)[0], actor="ab", action="c"))
    second = sealed(replace(chain(1)[0], actor="a", action="bc"))
    assert first.hash != second.hash


def test_every_entry_hangs_on_the_one_before_it() -> None:
    assert all(after.prev_hash == before.hash for before, after in pairwise(chain(5)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{}"),
        ({"b": 1, "a": "é"}, '{"a":"\\u00e9","b":1}'),
        ({"a": Decimal("1.50")}, '{"a":"1.50"}'),
        ({"a": datetime(2026, 1, 15, tzinfo=UTC)}, '{"a":"2026-01-15 00:00:00+00:00"}'),
        ({"a": None, "b": [1, {"d": 2, "c": 1}]}, '{"a":null,"b":[1,{"c":1,"d":2}]}'),
    ],
)
def test_json_has_one_form(value: dict[str, object], text: str) -> None:
    assert canonical(value) == text


@given(st.tuples(st.text(), st.integers(0), st.integers(), st.text(), st.text(), st.text(), st.text(), st.text()))
def test_the_hash_of_an_entry_is_that_of_its_fields_as_a_json_list(fields: Fields) -> None:
    text = json.dumps(list(fields), separators=(",", ":"), ensure_ascii=True)
    assert digest(fields) == hashlib.sha256(text.encode()).hexdigest()
