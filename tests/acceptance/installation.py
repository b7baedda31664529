"""The hub as others have it: wheels in an environment of their own, where neither the checkout nor a registry is.

Offline: the wheels are built by hatchling and installed by pip without an index; what they depend on is linked from
the environment that runs the tests, one link a package, without the hub and without any `.pth` file that leads here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.command import Done

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds after which a command is stuck
_OURS = ("bookkeeper_hub", "hub_", "hub.")
_BARE = ("pip", "install", "--no-index", "--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check")


@dataclass(frozen=True, slots=True)
class Installation:
    """One environment; `home` is where its `hub` keeps papers."""

    folder: Path
    home: Path

    @classmethod
    def new(cls, folder: Path, wheels: Sequence[Path], home: Path) -> Installation:
        """A fresh environment with these wheels."""
        _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], folder.parent)
        made = cls(folder, home)
        packages = made._packages()
        dependencies = folder / "dependencies"
        dependencies.mkdir()
        for path in Path(sysconfig.get_path("purelib")).iterdir():
            if path.suffix != ".pth" and path.name != "__pycache__" and not path.name.startswith(_OURS):
                (dependencies / path.name).symlink_to(path)
        (packages / "dependencies.pth").write_text(f"{dependencies}\n")
        made.install(*map(str, wheels))
        return made

    def install(self, *what: str) -> None:
        """Install by pip, with no index to ask."""
        # By the pip of the tests: it looks at the other environment, as `pip --python` is for.
        _run(
            [sys.executable, "-m", "pip", "--python", str(self.folder / "bin" / "python"), *_BARE[1:], *what],
            self.folder,
        )

    def at(self, home: Path) -> Installation:
        """The same environment with another home."""
        return Installation(self.folder, home)

    def __call__(self, *words: object) -> Done:
        """`hub`, to its end."""
        return self._do("hub", *map(str, words))

    def python(self, *words: object) -> Done:
        """Its Python."""
        return self._do("python", *map(str, words))

    def lines(self, *words: object) -> list[dict[str, Any]]:
        """The lines that a command prints; it has to succeed."""
        done = self(*words, "--jsonl")
        assert done.code == 0, done
        return [json.loads(line) for line in done.out.splitlines()]

    def one(self, *words: object) -> dict[str, Any]:
        """The record that a command prints; it has to succeed."""
        [record] = self.lines(*words)
        return record

    def _do(self, program: str, *words: str) -> Done:
        machine = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "PYTHON"))}
        told = {"HUB_HOME": str(self.home), "HUB_ALLOW_NETWORKS": "127.0.0.0/8", "HUB_LEASE": "5"}
        done = subprocess.run(
            [str(self.folder / "bin" / program), *words],
            cwd=self.folder,
            env={**machine, **told},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def _packages(self) -> Path:
        [packages] = self.folder.glob("lib/python3*/site-packages")
        return packages


def built(project: Path, into: Path) -> Path:
    """The wheel of a project."""
    before = set(into.glob("*.whl"))
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)], project)
    [wheel] = set(into.glob("*.whl")) - before
    return wheel


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done
