"""How fast the command starts: `--version` must not wait for a command line framework to be imported."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from bench.table import Bar, Line, against_floor, rounds

_HUB = str(Path(sys.executable).with_name("hub"))


def measure() -> Iterable[Line]:
    """`hub --version` against a Python that does nothing."""
    measured = rounds(
        lambda: _milliseconds([_HUB, "--version"]),
        lambda: _milliseconds([sys.executable, "-c", "pass"]),
        n=21,
    )
    yield against_floor("hub --version / python -c pass", "ms", measured, Bar(2))


def _milliseconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000
