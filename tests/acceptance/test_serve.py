"""`hub serve`: where it listens, what it refuses, and how it ends."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.acceptance.command import PATIENCE, Command


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def status(port: int, path: str = "/healthz", **headers: str) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        line.request("GET", path, headers=headers)
        return line.getresponse().status
    finally:
        line.close()


@contextmanager
def serving(hub: Command, port: int, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """`hub serve`, or the command in `words`, as a process, once it answers."""
    with hub.started(*(words or ("serve",)), "--http", f"127.0.0.1:{port}") as child:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                assert status(port) == 200
                break
            except ConnectionError:
                assert child.poll() is None, child.stderr
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield child


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_until_it_is_told_to_stop(hub: Command, number: signal.Signals) -> None:
    port = free_port()
    with serving(hub, port) as child:
        assert status(port, "/") == 404
        child.send_signal(number)
        assert child.wait(PATIENCE) == 0
        assert child.stderr is not None
        assert f"listening on http://127.0.0.1:{port}".encode() in child.stderr.read()


def test_it_answers_to_the_name_of_its_public_url_and_to_no_other(hub: Command) -> None:
    port = free_port()
    with serving(hub.with_(HUB_PUBLIC_URL="https://hub.voorbeeld.example"), port):
        assert status(port, "/x", host="hub.voorbeeld.example") == 404
        assert status(port, "/x", host="evil.example") == 400


def test_a_delivery_runs_beside_it(hub: Command) -> None:
    port = free_port()
    with serving(hub, port):
        hub.deliver()
        assert status(port) == 200


@pytest.mark.parametrize("workers", ["1", "2"])
def test_run_serves_them_meanwhile(hub: Command, workers: str) -> None:
    port = free_port()
    with serving(hub, port, "run", "--workers", workers) as child:
        assert status(port, "/") == 404
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0


def test_run_listens_nowhere_unless_told(hub: Command) -> None:
    done = hub.process("run", "--once", HUB_RUN_HTTP="127.0.0.1:0")
    assert (done.code, "HOST:PORT" in done.err) == (2, True)
    assert hub.process("run", "--once").code == 0


@pytest.mark.parametrize("place", ["8484", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", ":80", "127.0.0.1:x"])
def test_a_place_is_host_and_port(hub: Command, place: str) -> None:
    done = hub("serve", "--http", place, "--json")
    assert (done.code, "HOST:PORT" in done.error["action"]) == (2, True)


def test_a_taken_port_is_told(hub: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = hub("serve", "--http", f"127.0.0.1:{taken.getsockname()[1]}", "--json")
    assert (done.code, "--http" in done.error["action"]) == (2, True)


def test_logins_do_not_travel_in_the_clear(hub: Command) -> None:
    done = hub.with_(HUB_PUBLIC_URL="http://hub.voorbeeld.example")("serve", "--json")
    assert (done.code, done.error["code"]) == (2, "not_encrypted")
    done = hub("serve", "--http", "192.0.2.10:8484", "--json")
    assert (done.code, done.error["code"]) == (2, "not_encrypted")


def test_without_the_extra_it_says_what_to_install(hub: Command) -> None:
    program = "import sys; sys.modules['fastapi'] = None; from hub.cli.main import main; main(['serve', '--json'])"
    environment = {**dict(hub.extra), "HUB_HOME": str(hub.home), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 2
    assert "bookkeeper-hub[portal]" in done.stderr
