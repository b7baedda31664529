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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.testing.faults import Faults
from hub.testing.smtp import Setup, SmtpServer
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

    def go_to(self, field: str) -> None:
        """Put the cursor into the field of a form: what it is for stands below while it is there."""
        for _ in range(20):
            before = self.tmux("capture-pane", "-p")
            if f" {field}: " in before:
                return
            self.press("Tab")
            self.changes(before)
        raise AssertionError(f"there is no field {field}:\n{before}")

    def changes(self, before: str) -> None:
        """Wait until the screen is another one."""
        end, tick = time.monotonic() + PATIENCE, threading.Event()
        while self.tmux("capture-pane", "-p") == before:
            assert time.monotonic() < end, f"nothing changed:\n{before}"
            tick.wait(0.05)

    def shows(self, name: str, *texts: str) -> None:
        """The same; the screen fits, and is kept under this name where HUB_TEST_PICTURES says."""
        screen = self.sees(*texts)
        assert all(len(line) <= 80 for line in screen.splitlines())
        if folder := os.environ.get("HUB_TEST_PICTURES"):
            lines = (line.rstrip() for line in screen.splitlines())
            (Path(folder) / f"terminal-{name}.txt").write_text("\n".join(lines).rstrip() + "\n")


@pytest.fixture
def home(own_home: Path, tmp_path: Path) -> Command:
    """A home with one paper and nowhere to go."""
    command = Command(own_home, (("HUB_ALLOW_NETWORKS", "127.0.0.0/8"),))
    command.one("init", "--company", "Voorbeeld NV", "--enterprise-number", COMPANY)
    (tmp_path / "sold.xml").write_bytes(PAPERS["sold.xml"])
    (tmp_path / "map").mkdir()
    return command


@contextmanager
def dashboard(home: Command, *words: str) -> Iterator[Terminal]:
    """The dashboard in it; what the command ended with stands there at the end."""
    terminal = Terminal(f"hub-{uuid.uuid4().hex[:8]}")
    command = shlex.join(["env", f"HUB_HOME={home.home}", sys.executable, "-m", "hub", "tui", *words])
    terminal.tmux("new-session", "-d", "-x", "80", "-y", "24", f"{command}; echo ended with $?; cat")
    try:
        yield terminal
        terminal.press("q")
        terminal.sees("ended with 0")
    finally:
        terminal.tmux("kill-server")


def _states(home: Command) -> list[str]:
    return [line["state"] for line in home.lines("outbox", "list")]


def test_a_paper_is_approved_in_a_real_terminal(home: Command, tmp_path: Path) -> None:
    folder = ("--set", f"path={tmp_path / 'map'}", "--from", "2020-01-01")
    home.one("destination", "add", "map", "ubl_export", *folder, "--approve", "always")
    home.lines("import", tmp_path / "sold.xml")
    with dashboard(home) as terminal:
        terminal.shows("needs-you", "What needs you", "1 delivery held at map: approval")
        terminal.press("Enter")
        terminal.sees("Overview > Outbox", "F-1", "! needs you")
        terminal.press("a")
        terminal.shows("approve", "Approve 1 delivery at map?", "No", "Yes")
        terminal.press("y")
        terminal.sees("Nothing fits this filter")
    assert _states(home) == ["queued"]


def test_a_broken_destination_is_mended_in_a_real_terminal(home: Command, tmp_path: Path) -> None:
    with SmtpServer() as relay:
        line = ("host=10.0.0.1", f"port={relay.port}", "security=none", "sender=a@b.example", "to=c@d.example")
        _add_mail(home, *line)
        home.lines("import", tmp_path / "sold.xml")
        home.deliver(code=5)
        with dashboard(home, "--view", "destinations", "--open", "mail") as terminal:
            terminal.shows("broken", "mail  ✗ broken", "address.private", "your turn")
            terminal.press("e")
            terminal.sees("mail > settings", "*host")
            terminal.go_to("host")
            terminal.press("End", "C-u")
            terminal.press("-l", "127.0.0.1")
            terminal.sees("*host 127.0.0.1")
            terminal.press("C-s")
            terminal.shows("mended", "Saved.", "mail  ✓ active")
        home.deliver()
        assert _states(home) == ["delivered"]
        assert len(relay.messages) == 1


def _add_mail(home: Command, *line: str) -> None:
    """A mailbox in which papers get booked."""
    settings = tuple(word for one in line for word in ("--set", one))
    rules = ("--role", "booking", "--approve", "never", "--from", "2020-01-01")
    home.one("destination", "add", "mail", "email", *settings, *rules)


def test_an_uncertain_paper_is_resolved_in_a_real_terminal(home: Command, tmp_path: Path) -> None:
    with SmtpServer(Setup(faults=Faults.parse("lose_answer=always"))) as relay:
        line = ("host=127.0.0.1", f"port={relay.port}", "security=none", "sender=a@b.example", "to=c@d.example")
        _add_mail(home, *line)
        home.lines("import", tmp_path / "sold.xml")
        home.deliver(code=5)
    with dashboard(home, "--view", "outbox", "--open", "1") as terminal:
        terminal.shows("unconfirmed", "? unconfirmed", "press v when it arrived, s to send it again")
        terminal.press("v")
        terminal.shows("resolve", "Say that it arrived: 1 delivery at mail?", "No", "Yes")
        terminal.press("y")
        terminal.sees("mail took it by a person's word")
    assert _states(home) == ["delivered"]
    assert len(relay.messages) == 1
