"""The CPU time of a process and all that it ever started, as the kernel counts it: for a database server."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def parent(pid: int) -> int:
    """The process that started this one."""
    return int(_fields(Path("/proc") / str(pid))[1])


def tree_seconds(pid: int) -> float:
    """CPU seconds of a process, its children that have ended, and the ones that live."""
    processes = {int(path.name): _fields(path) for path in Path("/proc").glob("[0-9]*")}
    children: dict[int, list[int]] = defaultdict(list)
    for one, fields in processes.items():
        if fields:
            children[int(fields[1])].append(one)
    ticks, todo = 0, [pid]
    while todo:
        one = todo.pop()
        ticks += sum(map(int, processes[one][11:15]))  # user and system, its own and its ended children's
        todo += children[one]
    return ticks / _TICK


def _fields(process: Path) -> list[str]:
    """What /proc says of a process behind its name (which may have spaces); nothing when it has just ended."""
    try:
        return (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
