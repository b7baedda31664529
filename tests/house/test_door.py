"""The public door: what `hub` promises to plugin authors is there, written down, and cheap to come by."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import hub

HEAVY = {"alembic", "click", "cryptography", "lxml", "pluggy", "pydantic", "rich", "sqlalchemy", "textual"}


@pytest.fixture(scope="module")
def door() -> ast.Module:
    """The door as a type checker or a person reads it, without running it."""
    return ast.parse(Path(hub.__file__).read_text(encoding="utf-8"))


def test_a_type_checker_reads_the_same_names_that_a_program_gets(door: ast.Module) -> None:
    [written] = [node.value for node in door.body if isinstance(node, ast.Assign) and _assigns(node, "__all__")]
    assert ast.literal_eval(written) == hub.__all__


def test_a_type_checker_is_told_where_each_name_lives(door: ast.Module) -> None:
    [typing_only] = [node for node in door.body if isinstance(node, ast.If)]
    told = [alias.name for node in typing_only.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted([*told, "__version__"]) == sorted(hub.__all__)


def test_no_name_is_listed_twice() -> None:
    assert len(hub.__all__) == len(set(hub.__all__))


def test_what_is_visible_is_what_is_listed() -> None:
    assert sorted(dir(hub)) == sorted(hub.__all__)


@pytest.mark.parametrize("name", hub.__all__)
def test_each_name_is_there_and_says_what_it_is(name: str) -> None:
    thing = getattr(hub, name)
    if inspect.isclass(thing) or inspect.isroutine(thing):
        own = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
        assert own
        assert not own.startswith(f"{name}("), "a dataclass without a docstring gets its signature as one"


def test_a_name_that_is_not_listed_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = hub.nonsense


@pytest.mark.parametrize(
    "program",
    [
        "import hub",
        "import sys; sys.argv = ['hub', '--version']; import hub.__main__; hub.__main__.main()",
    ],
)
def test_nothing_heavy_is_loaded_by(program: str) -> None:
    report = "import sys; print(*sys.modules, sep='\\n')"
    command = [sys.executable, "-c", f"{program}\n{report}"]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")
    assert HEAVY.intersection(loaded) == set()


def test_a_command_that_only_reads_loads_neither_plugins_nor_engine(own_home: Path) -> None:
    environment = {**os.environ, "HUB_HOME": str(own_home)}
    report = "import atexit, sys; atexit.register(lambda: print(*sys.modules, sep='\\n', file=sys.stderr))"
    for words in (["init"], ["status"]):
        program = f"{report}; sys.argv = {['hub', *words]}; import hub.__main__; hub.__main__.main()"
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    loaded = done.stderr.split("\n")
    assert {"click", "sqlalchemy"} <= {*loaded}
    assert {"alembic", "cryptography", "httpx", "lxml", "pluggy", "rich", "structlog"}.intersection(loaded) == set()
    assert "hub.core.pump" not in loaded


def _assigns(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
