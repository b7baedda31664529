"""A disk that is full, or that fails: nothing half stored, nothing sent that could not be written down, no second sync.

The full disk is a real one of 4 MB, the failing one a sync that the system's own library refuses.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.app import Hub
from tests.integration.failing.command import Command
from tests.integration.ledger import eventually, faults, let_leases_end, states, take_in, value

SIZE = 4 << 20
NO_MOUNT = "only root may mount a small disk on this machine"
NO_COMPILER = "there is no C compiler on this machine with which a sync could be made to fail"

# Refuses every sync while a file is there, and writes a line for each that it refused.
_FAILING_SYNC = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int refused(void) {
    const char *path = getenv("FAILING_SYNC");
    int log;
    if (!path || (log = open(path, O_WRONLY | O_APPEND)) < 0) return 0;
    if (write(log, "refused\\n", 8) < 0) abort();
    close(log);
    errno = EIO;
    return 1;
}

int fsync(int fd) { return refused() ? -1 : ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
int fdatasync(int fd) { return refused() ? -1 : ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }
"""


# -- a full disk --


@pytest.fixture
def small_disk(own_home: Path) -> Iterator[Path]:
    """The test's home on a disk of 4 MB."""
    own_home.mkdir(mode=0o700)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", os.fsencode(own_home), b"tmpfs", 0, f"size={SIZE}".encode()):
        pytest.skip(NO_MOUNT)
    yield own_home
    libc.umount2(os.fsencode(own_home), 2)  # lazily: a process that is just ending may still have a file open


@pytest.fixture
def hub(request: pytest.FixtureRequest, opened: Callable[..., Hub]) -> Hub:
    """The test's home, on the small disk where the test has one."""
    if "small_disk" in request.fixturenames:
        request.getfixturevalue("small_disk")
    return opened(reserve=0)


@contextmanager
def full(disk: Path, left: int = 0) -> Iterator[None]:
    """Fill the disk, up to so many bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, max(1, shutil.disk_usage(disk).free - left))
    yield
    ballast.unlink()


def started(command: Command, reserve: int, *words: str) -> subprocess.Popen[str]:
    """The command with a reserve of so many bytes."""
    (command.home / "hub.toml").write_text(f"reserve = {reserve}\n")
    return command.start(*words)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code, and what it said."""
    _, said = process.communicate(timeout=60)
    return process.returncode, said


@pytest.mark.parametrize("left", [0, 60_000], ids=lambda left: f"{left} bytes left")
def test_an_import_on_a_full_disk_is_refused_keeps_nothing_and_works_when_there_is_room(
    hub: Hub, command: Command, small_disk: Path, left: int
) -> None:
    papers = command.papers(*(f"F{n}" for n in range(30)))
    (small_disk / "hub.toml").write_text("reserve = 0\n")
    with full(small_disk, left):
        code, said = ended(command.start("import", *papers, "--json"))
        assert (code, '"no_space"' in said) == (3, True), said
    assert value(hub, "SELECT count(*) FROM document") in {0, 25}, "a whole batch or nothing of it"
    assert faults(hub) == ()
    command.run("import", *papers)
    assert value(hub, "SELECT count(*) FROM document") == 30
    assert faults(hub) == ()


def test_an_import_leaves_twice_the_reserve_to_those_who_send(hub: Hub, command: Command, small_disk: Path) -> None:
    papers = command.papers("F1")
    with full(small_disk, left=1_900_000):
        code, said = ended(started(command, 1_000_000, "import", *papers, "--json"))
        assert (code, '"no_space"' in said) == (3, True), said
    assert not list(hub.blobs)
    command.run("import", *papers)


def test_with_a_full_disk_nothing_is_sent_and_it_goes_on_by_itself_when_there_is_room(
    hub: Hub, command: Command, small_disk: Path
) -> None:
    command.add_stranger()
    take_in(hub, "F1", "F2")
    with full(small_disk, left=500_000):
        assert ended(started(command, 1_000_000, "run", "--once"))[0] == 3
        process = started(command, 1_000_000, "run", "--until-empty", "--timeout", "50")
        assert process.stderr is not None
        assert any("nothing is sent" in line for line in process.stderr)  # waits for that line
        assert (command.calls("prepare"), command.calls("deliver")) == ([], [])
    code, said = ended(process)
    assert (code, "there is space again" in said) == (0, True), said
    assert len(command.calls("deliver")) == 2
    assert faults(hub) == ()


@pytest.mark.sqlite_only("its file is on our disk")
def test_a_process_whose_outcome_finds_no_room_ends_when_it_is_told_and_the_paper_is_in_doubt_not_lost(
    hub: Hub, command: Command, small_disk: Path
) -> None:
    command.add_stranger("--on-uncertain", "ask", deliver="wait")
    take_in(hub, "F1")
    process = started(command, 0, "run")
    eventually(lambda: command.calls("deliver"))
    with full(small_disk):
        (command.folder / "go").touch()
        eventually(lambda: command.calls("delivered"))
        process.send_signal(signal.SIGTERM)
        assert ended(process)[0] == 3
    let_leases_end(hub)
    command.run("run", "--once", code=5)
    assert (states(hub), len(command.calls("deliver"))) == (["uncertain"], 1)
    assert faults(hub) == ()


# -- a disk that fails --


@pytest.fixture(scope="session")
def failing_sync(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that refuses syncs."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip(NO_COMPILER)
    folder = tmp_path_factory.mktemp("failing-sync")
    (folder / "sync.c").write_text(_FAILING_SYNC)
    words = [compiler, "-shared", "-fPIC", "-o", str(folder / "sync.so"), str(folder / "sync.c"), "-ldl"]
    subprocess.run(words, check=True, timeout=60)
    return folder / "sync.so"


@pytest.fixture
def refused(failing_sync: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands find syncs refused while this file is there; it has a line for each of them."""
    monkeypatch.setenv("LD_PRELOAD", str(failing_sync))
    monkeypatch.setenv("FAILING_SYNC", str(tmp_path / "refused"))
    return tmp_path / "refused"


def test_an_import_whose_bytes_the_disk_did_not_keep_stops_loudly_and_asks_no_second_time(
    hub: Hub, command: Command, refused: Path
) -> None:
    papers = command.papers("F1", "F2")
    refused.touch()
    code, said = ended(command.start("import", *papers, "--json"))
    assert (code, '"disk_failed"' in said) == (1, True), said
    assert refused.read_text() == "refused\n"
    assert (list(hub.blobs), value(hub, "SELECT count(*) FROM document")) == ([], 0)
    refused.unlink()
    command.run("import", *papers)
    assert faults(hub) == ()


@pytest.mark.sqlite_only("its file is on our disk")
def test_an_engine_whose_mark_the_disk_did_not_keep_stops_loudly_and_sends_nothing(
    hub: Hub, command: Command, refused: Path
) -> None:
    command.add_stranger(prepare="wait")
    command.run("import", *command.papers("F1"))
    process = command.start("run", "--until-empty")
    eventually(lambda: command.calls("prepare"))
    refused.touch()
    (command.folder / "go").touch()
    code, said = ended(process)
    assert (code, "disk" in said) == (1, True), said
    assert (refused.read_text(), command.calls("deliver")) == ("refused\n", [])
    refused.unlink()
    command.run("run", "--until-empty", "--timeout", "30")
    assert (states(hub), len(command.calls("deliver"))) == (["delivered"], 1)
    assert faults(hub) == ()
