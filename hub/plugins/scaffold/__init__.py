"""`hub plugin new`: a plugin as a project of its own, whole and green, to be grown into what it shall become.

The files lie in `project/`, each with `.txt` behind its name; `$name` and the like are filled in, and NAME in paths.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from hub.errors import UsageError

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 40
_ENDING = ".txt"


@dataclass(frozen=True, slots=True)
class Project:
    """A project that was made: the plugin's name, its folder, and the files in it, relative to that."""

    name: str
    path: Path
    files: tuple[str, ...]

    @property
    def distribution(self) -> str:
        """What pip calls it."""
        return distribution_of(self.name)

    @property
    def package(self) -> str:
        """What Python imports."""
        return package_of(self.name)


def distribution_of(name: str) -> str:
    """The distribution of a plugin by custom: `hub-my-erp` for `my_erp`."""
    return f"hub-{name.replace('_', '-')}"


def package_of(name: str) -> str:
    """The import package of a plugin by custom: `hub_my_erp` for `my_erp`."""
    return f"hub_{name}"


def new(name: str, folder: Path, taken: frozenset[str] = frozenset()) -> Project:
    """Make `hub-NAME` in a folder, whole or not at all. `taken` are names that this hub uses itself.

    Raises UsageError: `bad_name`, `name_taken`, `no_folder`, `folder_exists`.
    """
    _check(name, taken)
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", code="no_folder", action="make it first, or give another --dir")
    path = folder.resolve() / distribution_of(name)
    if os.path.lexists(path):
        action = "give another name or --dir, or move it away"
        raise UsageError(f"{path} is there already", code="folder_exists", action=action)
    made = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        made.mkdir()
        written = tuple(sorted(_write(made, name)))
        made.rename(path)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return Project(name, path, written)


def _check(name: str, taken: frozenset[str]) -> None:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        near = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")[:_LONGEST]
        example = near if _NAME.fullmatch(near) else "my_erp"
        message = f"'{name}' cannot be the name of a plugin"
        action = f"small letters, digits and _ between, at most {_LONGEST}, such as {example}"
        raise UsageError(message, code="bad_name", action=action)
    if name in taken:
        action = f"give another, such as my_{name}: a plugin's commands are under its name"
        raise UsageError(f"the name {name} is in use here", code="name_taken", action=action)


def _write(folder: Path, name: str) -> Iterator[str]:
    words = {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "package": package_of(name),
        "distribution": distribution_of(name),
    }
    for place, source in _templates(files(__name__) / "project"):
        relative = place.removesuffix(_ENDING).replace("NAME", name)
        path = folder / relative
        path.parent.mkdir(exist_ok=True)
        path.write_text(Template(source.read_text("utf-8")).substitute(words), "utf-8")
        yield relative


def _templates(folder: Traversable, place: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _templates(entry, f"{place}{entry.name}/")
        elif entry.name.endswith(_ENDING):
            yield place + entry.name, entry
