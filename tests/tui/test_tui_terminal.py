"""In a real terminal of 80x24, with the command as it is installed: seen, steered and left by keys."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.command import Command
from tests.acceptance.papers import PAPERS
from tests.integration.ledger import COMPANY
from tests.tui.seat import PATIENCE

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal of its own, in a server of its own."""

    server: str

    def tmux(self, *words: str) -> str:
        """Tell the server."""
        command = ["tmux", "-L", self.server, "-f", os.devnull, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout

    def press(self, *keys: str) -> None:
        """Press keys."""
        self.tmux("send-keys", *keys)

    def sees(self, *texts: str) -> str:
        """Wait until all of these stand in it."""
        end = time.monotonic() + PATIENCE
        tick = threading.Event()
        while True:
            screen = self.tmux("capture-pane", "-p")
            if all(text in screen for text in texts):
                return screen
            assert time.monotonic() < end, f"{texts} did not come:\n{screen}"
            tick.wait(0.05)


@pytest.fixture
def home(own_home: Path, tmp_path: Path) -> Command:
    """A home with a paper that waits for approval."""
    command = Command(own_home)
    command.one("init", "--company", "Voorbeeld NV", "--enterprise-number", COMPANY)
    folder = ("--set", f"path={tmp_path}", "--from", "2020-01-01")
    command.one("destination", "add", "map", "ubl_export", *folder, "--approve", "always")
    paper = tmp_path / "sold.xml"
    paper.write_bytes(PAPERS["sold.xml"])
    command("import", paper)
    return command


@pytest.fixture
def terminal(home: Command) -> Iterator[Terminal]:
    """The dashboard in it; what the command ended with stands there at the end."""
    terminal = Terminal(f"hub-{uuid.uuid4().hex[:8]}")
    run = f"HUB_HOME={shlex.quote(str(home.home))} {shlex.quote(sys.executable)} -m hub tui; echo ended with $?; cat"
    terminal.tmux("new-session", "-d", "-x", "80", "-y", "24", run)
    try:
        yield terminal
    finally:
        terminal.tmux("kill-server")


def test_a_paper_is_approved_in_a_real_terminal(terminal: Terminal, home: Command) -> None:
    terminal.sees("What needs you", "1 delivery held at map: approval")
    terminal.press("Enter")
    terminal.sees("Overview > Outbox", "F-1", "! needs you")
    terminal.press("a")
    terminal.sees("Approve 1 delivery at map?", "No", "Yes")
    terminal.press("y")
    screen = terminal.sees("Nothing fits this filter")
    assert all(len(line) <= 80 for line in screen.splitlines())
    terminal.press("q")
    terminal.sees("ended with 0")
    assert [line["state"] for line in home.lines("outbox", "list")] == ["queued"]
