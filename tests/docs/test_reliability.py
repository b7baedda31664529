"""The page of promises names tests that are there, a row for each failure, and says where a test is missing."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
NOT_THERE = "does not exist yet"
NO_TEST = "no test yet"
# Only shrinks: the failures that some test must still show.
UNSHOWN: frozenset[int] = frozenset()
NOT_BUILT = {30, 32, 33, 34}
_ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.*?) \| (.+) \|$", re.MULTILINE)
_NAMED = re.compile(r"`(test_\w+\.py)::(\w+)`")


def _rows() -> dict[int, str]:
    """What shows each failure, by its number."""
    return {int(number): shown for number, _, _, shown in _ROW.findall(PAGE.read_text())}


@cache
def _tests_of(path: Path) -> frozenset[str]:
    """The names that pytest collects from a file: functions, methods of test classes, and classes."""
    tree = ast.parse(path.read_text())
    names = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    classes = [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    return frozenset(name for name in (*names, *classes) if name.startswith(("test_", "Test")))


def test_every_test_that_is_named_is_there() -> None:
    files = {path.name: path for room in ("tests", "plugins", "examples") for path in (ROOT / room).rglob("test_*.py")}
    named = _NAMED.findall(PAGE.read_text())
    missing = [f"{file}::{name}" for file, name in named if file not in files or name not in _tests_of(files[file])]
    assert missing == []
    assert len(named) > 50


def test_there_is_a_row_for_each_failure_and_each_promise() -> None:
    assert sorted(_rows()) == list(range(1, 37))
    promises = re.findall(r"^\| G(\d+) \| \S.*? \| \S", PAGE.read_text(), re.MULTILINE)
    assert [int(number) for number in promises] == list(range(1, 12))


@pytest.mark.parametrize("number", range(1, 37))
def test_each_failure_is_shown_or_said_not_to_be(number: int) -> None:
    shown = _rows()[number]
    if number in NOT_BUILT:
        assert NOT_THERE in shown
        return
    assert (NO_TEST in shown) == (number in UNSHOWN)
    assert _NAMED.search(shown) or shown == NO_TEST


def test_no_name_stands_for_two_files() -> None:
    paths = [path for room in ("tests", "plugins", "examples") for path in (ROOT / room).rglob("test_*.py")]
    named = {file for file, _ in _NAMED.findall(PAGE.read_text())}
    twice = {path.name for path in paths if path.name in named and [one.name for one in paths].count(path.name) > 1}
    assert twice == set()
