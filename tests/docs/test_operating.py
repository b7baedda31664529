"""The page for operators: every command on it works as it stands there, and every reason code is explained."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.core.delivery import State
from hub.core.meanings import CORE, PLACE
from hub.plugins.host import Host
from hub.testing import samples
from hub.testing.smtp import Setup, SmtpServer

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operating.md"
PASSWORD = "geheim-woord"
PATIENCE = 60  # seconds after which a command of the page is stuck


@dataclass(frozen=True)
class Line:
    """A command of the page and the exit code that it announces."""

    command: str
    code: int = 0


def _commands() -> Iterator[Line]:
    for block in re.findall(r"^```console\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", "").splitlines():
            command, _, code = line.partition("  # exit ")
            yield Line(command, int(code or 0))


def test_every_command_of_the_page_works(tmp_path: Path) -> None:
    _lay_out(tmp_path)
    with SmtpServer(Setup(login=("facturen", PASSWORD))) as relay:
        ended = list(_typed(tmp_path, relay))
    wrong = [(line.command, done.returncode, done.stderr) for line, done in ended if done.returncode != line.code]
    assert wrong == []
    assert len(relay.messages) == 3  # the invoice of today, the pack and the invitation
    assert len(ended) > 40


def _lay_out(folder: Path) -> None:
    """What the page takes as given: a password file and a folder of invoices, some of them to sort."""
    (folder / "password.txt").write_text(PASSWORD + "\n")
    invoices = folder / "invoices"
    invoices.mkdir()
    # The hub's clock may pass midnight before the destinations are added: a paper of tomorrow is new in any case.
    tomorrow = date.fromordinal(datetime.now(UTC).date().toordinal() + 1)
    (invoices / "1.xml").write_bytes(samples.invoice(number="F-1", issue_date=tomorrow))
    (invoices / "2.xml").write_bytes(samples.invoice(number="F-2", issue_date=date(2026, 2, 1)))
    (invoices / "3.pdf").write_bytes(samples.pdf("K-7"))
    (invoices / "4.xml").write_bytes(b"<broken")


def _typed(folder: Path, relay: SmtpServer) -> Iterator[tuple[Line, subprocess.CompletedProcess[str]]]:
    """Type the lines one after the other; the page's mail server is ours, what it exports lasts."""
    environment = _environment(folder)
    for line in _commands():
        command = _with_our_relay(line.command, relay)
        if exported := re.fullmatch(r"export (\w+)=(\S+)", command):
            environment[exported[1]] = exported[2].replace("~", str(folder))
            continue
        done = subprocess.run(
            ["bash", "-c", command],  # noqa: S607 - the shell of whoever types
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        yield line, done


def _environment(folder: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(folder), "HUB_ALLOW_NETWORKS": "127.0.0.0/8", "LANG": "C.UTF-8"}


def _with_our_relay(command: str, relay: SmtpServer) -> str:
    replaced: Mapping[str, str] = {
        "host=mail.voorbeeld.example": "host=127.0.0.1",
        "port=587": f"port={relay.port}",
        "security=starttls": "security=none",
    }
    for theirs, ours in replaced.items():
        command = command.replace(theirs, ours)
    return command


# What is raised or noted with a code, by the names of errors and records, and what the engine itself settles with.
_RAISED = re.compile(
    r'(?:NotSent|Held|Uncertain|LoginNeeded|SettingsError|Problem|_?unreadable|_bad_value)\((?:\w+, )?\s*"([\w.-]+)"'
)
_SETTLED = re.compile(r'\b(?:code|reason) ?= ?"([\w.]+)"')
_ENGINE = ("core/verdict.py", "core/store/claiming.py", "core/store/settle.py", "core/pump.py")


def _codes() -> Iterator[str]:
    """Every code that a delivery, a destination or a paper can have, as it stands in the source."""
    hub = ROOT / "hub"
    rooms = (hub / "core", hub / "plugins", *(ROOT / "plugins").glob("*/hub_*"))
    for path in (hub / "xml.py", hub / "net.py", *(path for room in rooms for path in room.rglob("*.py"))):
        yield from _RAISED.findall(path.read_text())
    for name in _ENGINE:
        yield from _SETTLED.findall((hub / name).read_text())


def test_every_code_in_the_source_is_explained() -> None:
    told = set(re.findall(r"`([\w.-]+)`", PAGE.read_text()))
    codes = {code for code in _codes() if not code.startswith("BR-CO")}
    assert len(codes) > 60
    assert sorted(codes - told) == []


def _explained(code: str, told: set[str]) -> bool:
    """`smtp.5*` stands there as `smtp.5NN` or by one of them, `smtp.535` under either."""
    if code.endswith("*"):
        return any(one.startswith(code[:-1]) for one in told)
    return code in told or any(re.fullmatch(re.escape(one).replace("N", r"\d"), code) for one in told if "NN" in one)


@pytest.mark.parametrize("plugin", ["", "codabox", "email", "exact", "partner", "ubl_export"])
def test_every_code_that_why_explains_is_on_the_page(plugin: str) -> None:
    told = set(re.findall(r"`([\w.-]+)`", PAGE.read_text()))
    codes = [*Host().info(plugin).meanings] if plugin else [*CORE, *PLACE]
    assert [code for code in codes if not _explained(code, told)] == []


@pytest.mark.parametrize("state", State)
def test_every_state_is_explained(state: State) -> None:
    assert f"| `{state}` |" in PAGE.read_text()
