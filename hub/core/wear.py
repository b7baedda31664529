"""When a process that delivers is worn out and starts itself anew: plugins lost its threads, or leaked.

What leaks cannot be taken back from outside, so it is bounded by the life of the process. Nothing is lost by that: it
stops as after SIGTERM, only with more patience.
"""

from __future__ import annotations

import os
import resource
import threading
from dataclasses import dataclass
from pathlib import Path

_OWN = Path("/proc/self")
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a process has used up: threads stuck in calls that overran, deliveries since its start, memory in MB,
    threads, and the share of the descriptors that it may have.
    """

    stuck: int = 0
    deliveries: int = 0
    memory: int = 0
    threads: int = 0
    descriptors: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """How much of each a process bears; 0: no limit."""

    stuck: int = 4
    deliveries: int = 0
    memory: int = 0
    threads: int = 2000
    descriptors: float = 0.75

    def reason(self, use: Use) -> str:
        """Why it is worn out, for the log; empty when it is not. A process that did nothing yet only by stuck threads:
        it would be no better anew.
        """
        words = {
            "stuck": f"{use.stuck} threads are stuck in calls of plugins",
            "deliveries": f"{use.deliveries} deliveries",
            "memory": f"{use.memory} MB of memory",
            "threads": f"{use.threads} threads",
            "descriptors": f"{use.descriptors:.0%} of its descriptors",
        }
        for name, said in words.items():
            if 0 < getattr(self, name) <= getattr(use, name) and (use.deliveries or name == "stuck"):
                return said
        return ""


def used(stuck: int, deliveries: int) -> Use:
    """What this process has used up; memory and descriptors where the system says (Linux)."""
    return Use(
        stuck=stuck,
        deliveries=deliveries,
        memory=_memory(),
        threads=threading.active_count(),
        descriptors=_descriptors(),
    )


def _memory() -> int:
    try:
        pages = int((_OWN / "statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // _MB


def _descriptors() -> float:
    try:
        open_now = sum(1 for _ in (_OWN / "fd").iterdir())
    except OSError:
        return 0.0
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 0.0 if most == resource.RLIM_INFINITY else open_now / most
