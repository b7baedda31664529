"""Looks an installed plugin over, step by step: what `hub plugin check` prints.

A step that an earlier one made impossible is left out, and so is what nothing was given for. The conformance kit needs
a far side, which only the plugin's own tests have: it is run where they lie beside the package, as in a folder that is
installed with `pip install -e`.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hub
from hub.core.meanings import CORE, PLACE, meaning_of
from hub.errors import HubError, Severity
from hub.plugins.hookspecs import GROUP
from hub.plugins.host import Host, Plugin
from hub.plugins.settings import Model, secret_names, validated
from hub.plugins.types import PluginInfo, Step
from hub.testing.codes import codes_in
from hub.testing.purity import touched_by_describe

# hub.failpoints does nothing but in tests.
_DOOR = frozenset({"hub", "hub.http", "hub.net", "hub.xml", "hub.booking", "hub.failpoints"})
_KIT = "test_*contract.py"
_PATIENCE = 600  # seconds for the kit
_LAST_LINES = 15
_EXAMPLES = {"id": 1, "document": 1, "place": "a", "connection": "b", "company": "0123456749"}
# What `describe` promises, and the hooks that keep it.
_PROMISED = {
    "roles": ("prepare", "deliver"),
    "takes_packs": ("prepare_pack", "deliver_pack"),
    "can_trace": ("trace",),
    "formats": ("export",),
    "login_at": ("login",),
}


@dataclass(frozen=True, slots=True)
class Given:
    """Settings to try the plugin with; None: not given, and nothing is tried with them."""

    settings: Mapping[str, Any] | None = None
    connection: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Inspection:
    """One plugin under inspection. `refused` says why the command line does not take a command; empty when it does."""

    host: Host
    name: str
    refused: Callable[[str], str]

    @property
    def plugin(self) -> Plugin:
        """The plugin, loaded. Raises PluginError."""
        return self.host.plugin(self.name)

    @property
    def module(self) -> str:
        """What the entry point names. Raises PluginError."""
        return str(getattr(self.plugin.manager.get_plugin(self.name), "__name__", self.name))

    @property
    def info(self) -> PluginInfo:
        """What it says of itself."""
        return self.host.info(self.name)

    def steps(self, given: Given) -> Iterator[Step]:
        """Every step that can be taken, in turn; ends with `load` where that fails."""
        try:
            module = self.module
        except HubError as error:
            yield Step("load", ok=False, message=error.message)
            return
        yield Step("load", ok=True, message=f"{module} by the entry point {GROUP}:{self.name}")
        yield _judged("describe", self._told_wrong(), f"{self.info.title}: {self.info.summary}")
        yield _judged("hooks", self._missing(), ", ".join(self._hooks()))
        yield _judged("door", "; ".join(past_the_door(module)), "imports the public door only")
        yield _judged("settings", "; ".join(self._unkempt()), "an unknown one is refused, each is described")
        yield _judged("meanings", "; ".join(self._unexplained()), "every code that it raises is explained")
        if given.settings is not None:
            yield from self._tried(given)
        yield _judged("pure", touched_by_describe(module), "describe() touches no file and no network")
        if tests := kit_of(module):
            yield _run(tests)

    def _told_wrong(self) -> str:
        info, again = self.info, self.host.call(self.plugin, "describe")
        if info != again:
            return "it differs from call to call"
        if not (info.title and info.summary):
            return "title and summary are for people: both are needed"
        if info.one_shot and info.repeatable:
            return "one_shot and repeatable contradict each other"
        return ""

    def _hooks(self) -> Iterator[str]:
        specs = vars(self.plugin.manager.hook)
        return (name for name in sorted(specs) if not name.startswith("_") and self.plugin.implements(name))

    def _missing(self) -> str:
        asked = [hook for promise, hooks in _PROMISED.items() if getattr(self.info, promise) for hook in hooks]
        missing = [hook for hook in asked if not self.plugin.implements(hook)]
        return f"promised, and not there: {', '.join(missing)}" if missing else ""

    def _unkempt(self) -> Iterator[str]:
        for what in ("settings", "connection"):
            model: Model | None = getattr(self.info, what)
            if model is None:
                continue
            if model.model_config.get("extra") != "forbid":
                yield f'{what}: an unknown one is let through (extra="forbid")'
            if secret_names(model) and not model.model_config.get("hide_input_in_errors"):
                yield f"{what}: a refused secret is in the error (hide_input_in_errors=True)"
            yield from (f"{what}.{name}: no description" for name in _undescribed(model))

    def _unexplained(self) -> Iterator[str]:
        """Codes without a meaning, and commands that nobody could type."""
        for one in codes_in(_files_of(self.module)):
            if one.code and meaning_of(one.code, self.info.meanings, CORE, PLACE) is None:
                yield f"{one.place}: {one.code} has no meaning"
        for code, meaning in self.info.meanings.items():
            if meaning.command and (wrong := self._untypable(meaning.command)):
                yield f"{code}: {wrong}"

    def _untypable(self, command: str) -> str:
        """What is wrong with a command of a meaning; its names are filled in with examples."""
        try:
            return self.refused(command.format(**_EXAMPLES))
        except (KeyError, IndexError, ValueError) as error:
            return f"{command!r} cannot be filled in: {error}"

    def _tried(self, given: Given) -> Iterator[Step]:
        """The settings of a person, and the bytes that would leave with them; nothing is sent."""
        try:
            settings = validated(self.info.settings, given.settings or {}, "settings")
            connection = validated(self.info.connection, given.connection or {}, "connection")
            offer = {"settings": settings, "connection": connection}
            yield Step("given", ok=True, message="the settings given are taken")
            if self.plugin.implements("validate"):
                problems = self.host.call(self.plugin, "validate", **offer)
                fatal = [one.message for one in problems if one.severity is Severity.FATAL]
                yield _judged("validate", "; ".join(fatal), "; ".join(one.message for one in problems) or "no remarks")
        except HubError as error:
            yield Step("given", ok=False, message=error.message)


def _judged(name: str, wrong: str, good: str) -> Step:
    return Step(name, ok=not wrong, message=wrong or good)


def _undescribed(model: Model) -> list[str]:
    return [name for name, about in model.model_fields.items() if not about.description]


def past_the_door(module: str) -> Iterator[str]:
    """Where the package's files import what is not promised to plugins, as `file:line: name`."""
    for path in _files_of(module):
        for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                private = [name for name in _imported(node) if _is_ours(name) and name not in _DOOR]
                yield from (f"{path.name}:{node.lineno}: {name}" for name in private)


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if node.level or not node.module:
        return []
    if node.module == "hub":  # `from hub import core` is a way past the door too
        rooms = [f"hub.{alias.name}" for alias in node.names if alias.name not in hub.__all__]
        return rooms or ["hub"]
    return [node.module]


def _is_ours(name: str) -> bool:
    return name == "hub" or name.startswith("hub.")


def kit_of(module: str) -> list[Path]:
    """The files with the conformance kit in the tests beside the package; none for one that is installed as a wheel."""
    place = _place_of(module)
    return sorted((place.parent / "tests").glob(_KIT)) if place else []


def _files_of(module: str) -> list[Path]:
    place = _place_of(module)
    if place is None:
        return []
    return sorted(place.rglob("*.py")) if place.is_dir() else [place]


def _place_of(module: str) -> Path | None:
    """The folder of a package, or the file of a module that is none."""
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent if found.submodule_search_locations else Path(found.origin)


def _run(tests: list[Path]) -> Step:
    """The kit, in a process of its own as the plugin's makers run it."""
    if importlib.util.find_spec("pytest") is None:
        return Step("kit", ok=False, message="pytest is not installed")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *map(str, tests)]
    try:
        done = subprocess.run(  # noqa: S603 - our own Python with the plugin's own tests
            command,
            cwd=tests[0].parent.parent,
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return Step("kit", ok=False, message=f"it did not end within {_PATIENCE} s")
    said = (done.stdout + done.stderr).strip().splitlines()
    failed = [line for line in said if line.startswith(("FAILED", "ERROR"))] or said[-_LAST_LINES:]
    return Step("kit", ok=done.returncode == 0, message="; ".join(failed) if done.returncode else said[-1])
