"""The places where tests make things go wrong: one list, no place left out, no typo that fires nothing."""

from __future__ import annotations

import ast
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import UsageError
from hub.failpoints import POINTS, Trap, arm, armed, hit

ROOT = Path(__file__).parents[2]
ROOMS = ("hub", "plugins")


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm("")


def named(path: Path) -> Iterator[str]:
    """The places that a module passes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hit":
            yield ast.literal_eval(node.args[0])


def test_the_places_in_the_code_are_those_of_the_list() -> None:
    modules = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "tests" not in path.parts]
    passed = {point for path in modules for point in named(path) if path.name != "failpoints.py"}
    http = {"send.request_written", "send.response_read"}  # passed by hub.http by what its library tells, too
    assert passed | http == set(POINTS)


@pytest.mark.parametrize(
    ("text", "trap"),
    [
        ("prepare.done=kill", Trap("prepare.done", "kill", 1)),
        ("prepare.done=raise@3", Trap("prepare.done", "raise", 3)),
        ("deliver.begin=delay:50-300@*", Trap("deliver.begin", "delay", None, (50, 300))),
        ("deliver.begin=delay:50", Trap("deliver.begin", "delay", 1, (50, 50))),
    ],
)
def test_what_is_written_is_what_happens(text: str, trap: Trap) -> None:
    assert Trap.parse(text) == trap


@pytest.mark.parametrize(
    "text",
    [
        "prepare.don=kill",
        "prepare.done=kil",
        "prepare.done",
        "prepare.done=kill@x",
        "prepare.done=delay",
        "prepare.done=delay:soon",
        "prepare.done=kill:50",
        "=kill",
    ],
)
def test_a_typo_is_an_error_and_not_a_test_that_proves_nothing(text: str) -> None:
    with pytest.raises(UsageError, match="HUB_FAILPOINTS"):
        arm(text)


def test_a_command_with_a_typo_in_its_failpoints_does_nothing() -> None:
    command = [sys.executable, "-m", "hub", "status"]
    ended = subprocess.run(
        command, env=os.environ | {"HUB_FAILPOINTS": "prepare.don=kill"}, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "there is no place 'prepare.don'" in ended.stderr


def test_without_failpoints_nothing_happens() -> None:
    assert not armed()
    hit("prepare.done")


def test_only_the_nth_passing_fires_and_each_place_counts_for_itself() -> None:
    arm("prepare.done=raise@2")
    hit("prepare.done")
    hit("mark.committed")
    with pytest.raises(RuntimeError, match=r"prepare\.done"):
        hit("prepare.done")
    hit("prepare.done")


@pytest.mark.parametrize(("action", "number"), [("eio", errno.EIO), ("enospc", errno.ENOSPC)])
def test_the_errors_of_a_disk_are_the_systems_own(action: str, number: int) -> None:
    arm(f"prepare.done={action}")
    with pytest.raises(OSError, match=os.strerror(number)) as raised:
        hit("prepare.done")
    assert raised.value.errno == number


def test_a_dropped_connection_shows_as_its_library_says() -> None:
    arm("send.request_written=drop@*")
    with pytest.raises(ConnectionResetError):
        hit("send.request_written")
    with pytest.raises(KeyError):
        hit("send.request_written", KeyError("as the library says"))


@pytest.mark.parametrize(("action", "code"), [("kill", -9), ("exit", 70)])
def test_a_process_ends_at_once(action: str, code: int) -> None:
    program = "from hub.failpoints import hit; hit('prepare.done'); print('alive')"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"HUB_FAILPOINTS": f"prepare.done={action}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (code, "")


def test_a_process_stands_still_until_somebody_lets_it_go_on() -> None:
    program = "from hub.failpoints import hit; hit('prepare.done'); print('alive')"
    environment = os.environ | {"HUB_FAILPOINTS": "prepare.done=stop"}
    with subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE) as process:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        process.send_signal(signal.SIGCONT)
        assert process.communicate(timeout=20)[0] == b"alive\n"


def test_who_asks_is_told_that_a_trap_sprang() -> None:
    told: list[Trap] = []
    arm("prepare.done=delay:0@2", told.append)
    hit("prepare.done")
    assert told == []
    hit("prepare.done")
    assert told == [Trap("prepare.done", "delay", 2, (0, 0))]
