"""A function does one step, a file is one noun: rules 1 and 2 of CONTRIBUTING.md, counted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

ROOMS = ("hub", "plugins", "examples", "tui", "bench")
# Lists that say one thing each: split, they would hide what refers to what.
LONG_FILES = frozenset({"hub/core/tables.py", "hub/migrations/versions/0001_first_schema.py"})

# Whoever decorates like this has promised these arguments to pluggy or click.
PROMISED = {"hookimpl", "hookspec", "command", "group"}


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its place, its lines from `def` to its end, the arguments that are its own choice."""

    place: str
    lines: int
    arguments: int


def functions_of(source: str, file: str) -> Iterator[Function]:
    """Every function of a file, those inside classes and other functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(f"{file}:{node.lineno} {node.name}", lines, _own_arguments(node))


def _own_arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    if any(_last_name(decorator) in PROMISED for decorator in node.decorator_list):
        return 0
    given = node.args
    names = [arg.arg for arg in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    names += [extra.arg for extra in (given.vararg, given.kwarg) if extra]
    receiver = names[:1] in (["self"], ["cls"])
    return len(names) - receiver


def _last_name(decorator: ast.expr) -> str:
    """`command` for `@group.command("list")`."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


@pytest.fixture(scope="module")
def sources(root: Path) -> dict[str, str]:
    """The text of each of our modules by its path; tests are not counted."""
    paths = (path for room in ROOMS for path in sorted((root / room).rglob("*.py")) if "tests" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture(scope="module")
def functions(sources: dict[str, str]) -> list[Function]:
    """All functions of all modules."""
    return [function for file, source in sources.items() for function in functions_of(source, file)]


def test_no_function_is_over_60_lines(functions: list[Function]) -> None:
    assert [function for function in functions if function.lines > 60] == []


def test_nine_of_ten_functions_are_under_25_lines(functions: list[Function]) -> None:
    long = sorted((function for function in functions if function.lines >= 25), key=lambda f: -f.lines)
    assert len(long) <= len(functions) / 10, long


def test_the_median_function_has_at_most_8_lines(functions: list[Function]) -> None:
    assert median(function.lines for function in functions) <= 8


def test_no_function_chose_more_than_4_arguments(functions: list[Function]) -> None:
    assert [function for function in functions if function.arguments > 4] == []


def test_no_file_is_over_250_lines(sources: dict[str, str]) -> None:
    sizes = {file: len(source.splitlines()) for file, source in sources.items() if file not in LONG_FILES}
    assert {file: size for file, size in sizes.items() if size > 250} == {}


@pytest.mark.parametrize(
    ("source", "lines", "arguments"),
    [
        ("def f(): pass", 1, 0),
        ("@cache\ndef f(\n    a,\n):\n    pass", 4, 1),
        ("def f(a, /, b, *c, d, **e): pass", 1, 5),
        ("async def f(a): pass", 1, 1),
        ("class C:\n    def m(self, a):\n        pass", 2, 1),
        ("class C:\n    @classmethod\n    def m(cls, a): pass", 1, 1),
        ("@hookimpl\ndef deliver(a, b, c, d, e): pass", 1, 0),
        ("@hookimpl(trylast=True)\ndef deliver(a, b, c, d, e): pass", 1, 0),
        ("@group.command('list')\n@click.option('--x')\ndef list_(a, b, c, d, e): pass", 1, 0),
        ("@group.commander\ndef f(a, b, c, d, e): pass", 1, 5),
    ],
)
def test_the_gauge_counts(source: str, lines: int, arguments: int) -> None:
    [function] = functions_of(source, "m.py")
    assert (function.lines, function.arguments) == (lines, arguments)


def test_the_gauge_sees_functions_in_functions() -> None:
    source = "def f():\n    def g(a): pass\n    return g"
    assert [(function.place, function.lines) for function in functions_of(source, "m.py")] == [
        ("m.py:1 f", 3),
        ("m.py:2 g", 1),
    ]
