"""The most memory that a command ever had, or this process.

A small Python starts the command and asks for its highest memory afterwards: what the kernel says of a child is at
least what its parent had when it started it, and a bench has more than the command.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_START_AND_ASK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""


def peak_megabytes(command: Sequence[str], environment: Mapping[str, str] = os.environ) -> float:
    """Run the command to its end; its output is thrown away. Raises CalledProcessError when it fails."""
    starter = [sys.executable, "-S", "-E", "-c", _START_AND_ASK, *command]
    done = subprocess.run(starter, env=environment, stdout=subprocess.PIPE, check=True)
    return int(done.stdout) / 1024


def own_peak_megabytes() -> float:
    """The most this process had until now."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
