"""The `hub` command as a process of its own, and what it was seen to do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.testing.samples import invoice

KILLED = -signal.SIGKILL
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Command:
    """Runs `hub` on one home; `folder` holds papers, the diary of the stranger's plugin, and the folder `archive`.

    `more` is what else is in the environment.
    """

    home: Path
    database_url: str
    installed: Path
    folder: Path
    more: dict[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        """What a process gets: our own settings only."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        path = os.pathsep.join(filter(None, [str(self.installed), os.environ.get("PYTHONPATH")]))
        ours = {"HUB_HOME": str(self.home), "HUB_DATABASE_URL": self.database_url, "HUB_LEASE": "2", "HUB_SLOTS": "2"}
        return kept | {"PYTHONPATH": path} | ours | self.more | more

    def run(self, *words: str, failpoints: str = "", code: int | None = 0) -> list[dict[str, Any]]:
        """Run it to its end; returns the JSON lines it printed. `code` is the exit code it must have, None any."""
        process = self.start(*words, failpoints=failpoints)
        out, err = process.communicate(timeout=PATIENCE)
        assert code is None or process.returncode == code, (process.returncode, out, err)
        return [json.loads(line) for line in out.splitlines() if line.startswith("{")]

    def killed_at(self, failpoints: str, *words: str) -> bool:
        """Run it with failpoints; True when it was killed, False when it came to its end without passing there."""
        process = self.start(*words, failpoints=failpoints)
        process.communicate(timeout=PATIENCE)
        return process.returncode == KILLED

    def start(self, *words: str, failpoints: str = "") -> subprocess.Popen[str]:
        """Start it; its output is in pipes."""
        return subprocess.Popen(
            [sys.executable, "-m", "hub", *words],
            env=self.environment(HUB_FAILPOINTS=failpoints),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def papers(self, *numbers: str) -> list[str]:
        """An invoice in a file for each number."""
        paths = [self.folder / f"{number}.xml" for number in numbers]
        for path, number in zip(paths, numbers, strict=True):
            path.write_bytes(invoice(number=number))
        return list(map(str, paths))

    @property
    def diary(self) -> Path:
        """Where the stranger's plugin writes."""
        return self.folder / "diary"

    def calls(self, call: str) -> list[str]:
        """The keys with which the stranger's plugin was called so, in order."""
        lines = self.diary.read_text().splitlines() if self.diary.exists() else []
        return [entry["key"] for entry in map(json.loads, lines) if entry["call"] == call]

    def add_stranger(self, *words: str, **settings: str) -> None:
        """A destination of the stranger's plugin."""
        sets = [f"--set={name}={value}" for name, value in {"diary": str(self.diary), **settings}.items()]
        self.run("destination", "add", "stranger", "stranger", "--from", "2020-01-01", *sets, *words)

    def add_archive(self) -> Path:
        """A destination that can be asked: a folder."""
        archive = self.folder / "archive"
        self.run("destination", "add", "archive", "ubl_export", "--from", "2020-01-01", f"--set=path={archive}")
        return archive


def files_in(folder: Path) -> Sequence[Path]:
    """Every file below a folder, hidden ones too."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
