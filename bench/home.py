"""A home of its own in some folder, and the real command against it, as an operator would type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMPANY = "0123456749"  # of no company; only its check digits are valid

_HUB = (sys.executable, "-m", "hub")


@dataclass(frozen=True, slots=True)
class Home:
    """Where `hub` keeps everything; `environment` is all that the command is told besides its words."""

    folder: Path
    environment: Mapping[str, str]

    @classmethod
    def made(cls, folder: Path, **settings: str) -> Home:
        """A new home with one company. `settings` are HUB_ variables; those of this machine do not reach it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        home = cls(folder, {**kept, **settings, "HUB_HOME": str(folder)})
        home.hub("init", "--company", "Voorbeeld NV", "--enterprise-number", COMPANY)
        return home

    def hub(self, *words: str, ends: Collection[int] = (0,)) -> str:
        """What the command prints. Raises RuntimeError with its own words when it ends in another way."""
        done = subprocess.run(
            [*_HUB, *words], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode not in ends:
            raise RuntimeError(f"hub {words[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout

    def rows(self, *words: str) -> list[dict[str, Any]]:
        """The objects that a command prints, one a line."""
        return [json.loads(line) for line in self.hub(*words, "--jsonl").splitlines()]

    def started(self, *words: str) -> subprocess.Popen[bytes]:
        """The command, still running; what it tells goes to `hub.log` beside the home."""
        with self.folder.with_suffix(".log").open("ab") as log:
            return subprocess.Popen(
                [*_HUB, *words], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "data" / "hub.db"

    @property
    def url(self) -> str:
        """The address of the database: what the command was told, else the SQLite file."""
        return self.environment.get("HUB_DATABASE_URL") or f"sqlite:///{self.database}"
