"""pyproject.toml names each plugin for every tool, and constraints.txt pins all that they need."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def plugins(root: Path) -> list[Path]:
    """The import package of each plugin, relative to the repository."""
    return sorted(path.parent.relative_to(root) for path in root.glob("plugins/*/hub_*/__init__.py"))


@pytest.fixture(scope="module")
def examples(root: Path) -> list[str]:
    """The folder of each example, which is a distribution of its own; relative to the repository."""
    return sorted(str(path.parent.relative_to(root)) for path in root.glob("examples/*/pyproject.toml"))


@pytest.fixture(scope="module")
def pins(root: Path) -> list[str]:
    """The lines of constraints.txt."""
    return (root / "constraints.txt").read_text(encoding="utf-8").splitlines()


def test_each_plugin_is_an_entry_point_and_in_the_wheel(pyproject: dict[str, Any], plugins: list[Path]) -> None:
    entry_points = pyproject["project"]["entry-points"]["hub.v1"]
    hatch = pyproject["tool"]["hatch"]["build"]
    assert entry_points == {plugin.name.removeprefix("hub_"): plugin.name for plugin in plugins}
    assert hatch["targets"]["wheel"]["packages"] == ["hub", "tui/hub_tui", *map(str, plugins)]
    assert hatch["dev-mode-dirs"] == [".", "tui", *(str(plugin.parent) for plugin in plugins)]


def test_each_plugin_is_known_to_every_gate(
    pyproject: dict[str, Any], plugins: list[Path], examples: list[str]
) -> None:
    tools = pyproject["tool"]
    names, folders = [plugin.name for plugin in plugins], [str(plugin.parent) for plugin in plugins]
    contracts = {contract["id"]: contract for contract in tools["importlinter"]["contracts"]}
    assert tools["ruff"]["src"] == [".", "tui", *folders, *examples]
    assert tools["pytest"]["pythonpath"] == [".", *examples]
    assert tools["mypy"]["mypy_path"] == [
        "$MYPY_CONFIG_FILE_DIR",
        "$MYPY_CONFIG_FILE_DIR/tui",
        *(f"$MYPY_CONFIG_FILE_DIR/{x}" for x in (*folders, *examples)),
    ]
    assert tools["coverage"]["run"]["source_pkgs"] == ["hub", "hub_tui", *names]
    assert tools["deptry"]["known_first_party"] == ["hub", "hub_tui", *names]
    assert tools["importlinter"]["root_packages"] == ["hub", "hub_tui", *names]
    assert set(names) <= set(contracts["headless"]["forbidden_modules"])
    assert contracts["public-door"]["source_modules"] == names
    assert contracts["strangers"]["modules"] == names


def test_nothing_in_hub_knows_an_example(pyproject: dict[str, Any], examples: list[str], root: Path) -> None:
    packages = {path.parent.name for example in examples for path in (root / example).glob("hub_*/__init__.py")}
    assert packages == {"hub_webhook"}
    assert packages.isdisjoint(pyproject["tool"]["importlinter"]["root_packages"])
    written = [path for path in (root / "hub").rglob("*.py") if any(one in path.read_text() for one in packages)]
    assert written == []


def test_each_pin_is_a_name_and_a_version(pins: list[str]) -> None:
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.!+]*", pin)] == []


def test_pins_are_sorted(pins: list[str]) -> None:
    names = [_canonical(pin.partition("==")[0]) for pin in pins]
    assert names == sorted(set(names))


def test_everything_we_ask_for_is_pinned(pyproject: dict[str, Any], pins: list[str]) -> None:
    project = pyproject["project"]
    extras = [asked for extra in project["optional-dependencies"].values() for asked in extra]
    assert _names([*project["dependencies"], *extras]) <= _names(pins)


def test_everything_that_is_asked_for_by_a_pinned_package_is_pinned(pins: list[str]) -> None:
    pinned = (found for found in distributions() if _canonical(found.name) in _names(pins))
    asked = [asked for found in pinned for asked in found.requires or []]
    assert _names(asked) <= _names(pins)


def _names(requirements: Iterable[str]) -> set[str]:
    """The names of what is required here, on this Python and machine, without the extras of others."""
    parsed = map(Requirement, requirements)
    return {_canonical(one.name) for one in parsed if one.marker is None or one.marker.evaluate({"extra": ""})}
