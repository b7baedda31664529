"""What a plugin touches while it describes itself: nothing, or it is not pure."""

from __future__ import annotations

import os
import subprocess
import sys

_WATCHED = """
import importlib, sys
describe = importlib.import_module(sys.argv[1]).describe
describe()
seen = []
watched = ("open", "os.", "socket.", "subprocess.", "shutil.", "sqlite3.", "urllib.")
sys.addaudithook(lambda event, args: seen.append(event) if event.startswith(watched) else None)
describe()
sys.exit(" ".join(seen) or 0)
"""


def touched_by_describe(module: str) -> str:
    """The files, sockets and processes that `describe` of this module asks for, as Python's audit events; or why it
    failed.

    In a process of its own, since an audit hook cannot be taken away again; at its second call, since the first one
    may import.
    """
    paths = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _WATCHED, module]
    done = subprocess.run(  # noqa: S603 - our own Python with a script of ours
        command, env=paths, capture_output=True, text=True, check=False, timeout=60
    )
    return done.stderr if done.returncode else ""
