"""The command as real processes, with an evil plugin installed beside it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub
from hub.app.configure import Values
from tests.integration.evil import hub_evil
from tests.integration.failing.command import Command
from tests.integration.ledger import add_place

_ENTRY = "[hub.v1]\nevil = hub_evil\n"
_METADATA = "Metadata-Version: 2.1\nName: hub-evil\nVersion: 1.0\n"


class Evil:
    """The evil plugin's destinations in a home, and the command that delivers there."""

    def __init__(self, hub: Hub, command: Command) -> None:
        self.hub = hub
        self.command = command
        hub.host.add("evil", hub_evil)

    def add(self, name: str = "evil", *, on_uncertain: str = "ask", **settings: Any) -> int:
        """A destination of the plugin; returns its id."""
        values = Values({"diary": str(self.command.diary), **settings})
        return add_place(self.hub, name, plugin="evil", on_uncertain=on_uncertain, values=values)

    def calls(self, call: str) -> list[dict[str, Any]]:
        """What the plugin wrote down of these calls, in order."""
        lines = self.command.diary.read_text().splitlines() if self.command.diary.exists() else []
        return [entry for entry in map(json.loads, lines) if entry["call"] == call]

    def run(self, *words: str, code: int = 0) -> None:
        """`hub run`, to its end."""
        self.command.run("run", *words, code=code)

    @contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """`hub run` beside the test; killed at the end of the block if it still runs."""
        process = self.command.start("run", *words)
        try:
            yield process
        finally:
            process.kill()
            process.communicate(timeout=60)


@pytest.fixture
def apart(hub: Hub, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evil:
    """The test's home with the evil plugin, found by the processes in which it runs apart."""
    monkeypatch.setenv("PYTHONPATH", str(installed), prepend=os.pathsep)
    monkeypatch.setenv("EVIL_DEADLINE", "3")
    return Evil(hub, Command(hub.config.home, hub.config.database_url, installed, tmp_path))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the evil plugin, as an installer leaves it."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copy(Path(hub_evil.__file__), folder)
    info = folder / "hub_evil-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(_METADATA)
    (info / "entry_points.txt").write_text(_ENTRY)
    return folder


@pytest.fixture
def evil(hub: Hub, installed: Path, tmp_path: Path) -> Evil:
    """The test's home with the evil plugin, and a lease of 2 s."""
    return Evil(hub, Command(hub.config.home, hub.config.database_url, installed, tmp_path))
