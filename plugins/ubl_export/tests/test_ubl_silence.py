"""Reading touches nothing but the bytes: no file, no connection, little memory."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hub import Incoming, Unreadable
from hub_ubl_export.read import read

_READ_ALL = r"""
import json, pathlib, re, sys
from hub import Incoming, Unreadable
from hub.core.arithmetic import findings
from hub_ubl_export.read import read

files = sorted(pathlib.Path(sys.argv[1]).glob("*.xml"))
papers = [Incoming(name=file.name, data=file.read_bytes()) for file in files]
findings(read(papers[0]))  # what is loaded when first used is loaded now
status = pathlib.Path("/proc/self/status")

def peak():
    return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1])

seen, before = [], peak()
watched = ("open", "os.", "socket.", "subprocess.", "urllib.", "import")
sys.addaudithook(lambda event, args: seen.append((event, str(args))) if event.startswith(watched) else None)
for paper in papers:
    try:
        findings(read(paper) or read(papers[0]))
    except Unreadable:
        pass
done = list(seen)
print(json.dumps({"papers": len(papers), "events": done, "grown": peak() - before}))
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somebody to call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def test_reading_opens_nothing_and_needs_little_memory(bad_inputs: Path) -> None:
    command = [sys.executable, "-c", _READ_ALL, str(bad_inputs)]
    done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert done["papers"] > 40
    assert done["events"] == []
    assert done["grown"] < 100 * 1024, "more than 100 MiB"


@pytest.mark.parametrize("pattern", ["1?_*.xml", "07_*.xml"])
def test_reading_calls_nobody(pattern: str, listener: socket.socket, bad_inputs: Path) -> None:
    port = str(listener.getsockname()[1]).encode()
    for file in bad_inputs.glob(pattern):
        with suppress(Unreadable):
            read(Incoming(name=file.name, data=file.read_bytes().replace(b"18099", port)))
    with pytest.raises(BlockingIOError):
        listener.accept()
