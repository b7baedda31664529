"""Other job queues at the same work in the same run, by scripts of their own that we only start.

HUB_BENCH_PEERS is the folder that has `peers/peer_NAME.py`; HUB_BENCH_PEERS_PYTHON the Python of an environment with
their packages (`peers/venv` unless said). A script prints one line of JSON, a part of the work under each name.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.testing.postgres import Postgres


@dataclass(frozen=True, slots=True)
class Peers:
    """The peers of this run; `environment` says where their database and the far side are."""

    folder: Path
    python: str
    environment: Mapping[str, str]

    def measure(self, name: str, part: str, scale: float) -> dict[str, Any]:
        """One part of a peer's figures. Raises RuntimeError with its own words where it has none."""
        command = [self.python, f"peer_{name}.py", "--only", part, "--scale", str(scale)]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        figures: dict[str, Any] = json.loads(done.stdout)[part] if done.returncode == 0 else {"error": done.stderr}
        if "error" in figures:
            raise RuntimeError(f"the peer {name} has no figure for {part}: {figures['error']}")
        return figures


def peers_for(folder: Path, server: Postgres, sink: str) -> Peers | None:
    """The peers that the environment names, on a database of their own; None where it names none."""
    given = os.environ.get("HUB_BENCH_PEERS", "")
    if not given:
        return None
    scripts = (Path(given) / "peers").resolve()
    python = os.environ.get("HUB_BENCH_PEERS_PYTHON", str(scripts / "venv" / "bin" / "python"))
    own = {
        "BENCH_PG_DSN": server.url(server.made()).replace("+psycopg", "").replace("postgres:@", "postgres@"),
        "BENCH_SQLITE": str(folder / "peers" / "queue.db"),
        "BENCH_SINK": sink,
        "TMPDIR": tempfile.mkdtemp(prefix="peers-", dir=folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return Peers(scripts, python, os.environ | own)
