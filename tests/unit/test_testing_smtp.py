"""The test relay: it tells the truth in its log, fails as asked and in the same way again, and ends cleanly."""

from __future__ import annotations

import json
import select
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from hub.testing.faults import Fault, Faults, Try, When
from hub.testing.smtp import Setup, SmtpServer
from hub.testing.smtp_log import Fate, read_log

SENDER, RECIPIENT = "a@voorbeeld.example", "b@kantoor.example"
PATIENCE = 20.0


def message(name: str) -> bytes:
    return f"Message-ID: <{name}@voorbeeld.example>\r\nSubject: x\r\n\r\n.dot\r\n".encode()


def send(port: int, data: bytes) -> int:
    """The code of the answer, or 0 when the line was cut."""
    with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
        try:
            client.sendmail(SENDER, RECIPIENT, data)
        except smtplib.SMTPServerDisconnected:
            return 0
        except smtplib.SMTPDataError as error:
            return error.smtp_code
    return 250


@contextmanager
def process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The relay as a process of its own, and its port."""
    command = [sys.executable, "-m", "hub.testing.smtp", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            assert select.select([running.stdout], [], [], PATIENCE)[0]
            yield running, int(running.stdout.readline())
        finally:
            running.kill()


@pytest.mark.parametrize(
    ("fault", "code", "fate"),
    [
        (Fault.GREYLIST, 451, Fate.REFUSED),
        (Fault.REJECT, 554, Fate.REFUSED),
        (Fault.DROP, 0, Fate.DROPPED),
        (Fault.LOSE_ANSWER, 0, Fate.ANSWER_LOST),
    ],
)
def test_a_fault_does_what_it_says_and_the_log_tells_it(fault: Fault, code: int, fate: Fate, tmp_path: Path) -> None:
    faults = Faults(faults={fault: When(nth=frozenset({2}))})
    with SmtpServer(Setup(log=tmp_path / "log", faults=faults)) as server:
        assert [send(server.port, message(name)) for name in "abc"] == [250, code, 250]
    seen = read_log(tmp_path / "log")
    assert [row.outcome for row in seen] == [Fate.ACCEPTED, fate, Fate.ACCEPTED]
    assert [row.message_id for row in seen] == [f"<{name}@voorbeeld.example>" for name in "abc"]
    assert seen == server.transactions
    assert len(server.messages) == sum(row.stored for row in seen)


def test_a_line_of_the_log_holds_all_that_a_checker_needs(tmp_path: Path) -> None:
    with SmtpServer(Setup(log=tmp_path / "log")) as server:
        send(server.port, message("a"))
    [row] = map(json.loads, (tmp_path / "log").read_text(encoding="utf-8").splitlines())
    assert row["sha256"] == sha256(message("a")).hexdigest()
    assert (row["sender"], row["to"], row["size"]) == (SENDER, [RECIPIENT], len(message("a")))
    assert row["started"] <= row["ended"]


def test_a_half_written_line_is_left_out(tmp_path: Path) -> None:
    with SmtpServer(Setup(log=tmp_path / "log")) as server:
        send(server.port, message("a"))
    with (tmp_path / "log").open("ab") as log:
        log.write(b'{"time": "20')
    assert len(read_log(tmp_path / "log")) == 1


def test_stored_messages_are_kept_as_files(tmp_path: Path) -> None:
    faults = Faults(faults={Fault.GREYLIST: When(nth=frozenset({1}))})
    with SmtpServer(Setup(keep=tmp_path / "mail", faults=faults)) as server:
        send(server.port, message("a"))
        send(server.port, message("b"))
    assert [path.read_bytes() for path in (tmp_path / "mail").iterdir()] == [message("b")]


def test_a_share_is_hit_on_the_first_try_only() -> None:
    faults = Faults(faults={Fault.GREYLIST: When(share=1.0)})
    with SmtpServer(Setup(faults=faults)) as server:
        assert [send(server.port, message("a")) for _ in range(3)] == [451, 250, 250]


def test_a_seed_decides_who_is_hit_and_about_how_many() -> None:
    def hit(seed: int) -> list[bool]:
        faults = Faults(faults={Fault.DROP: When(share=0.1)}, seed=seed)
        return [faults.fault_of(Try(n, 1, f"<{n}>")) is not None for n in range(1, 2001)]

    assert hit(1) == hit(1)
    assert hit(1) != hit(2)
    assert 150 < sum(hit(1)) < 250


def test_faults_are_read_from_a_line_of_text() -> None:
    text = "lose_answer=0.1 greylist=#3,5 drop=always delay=5..50 seed=7 RCPT='550 5.1.1 unknown user'"
    assert Faults.parse(text) == Faults(
        faults={
            Fault.LOSE_ANSWER: When(share=0.1),
            Fault.GREYLIST: When(nth=frozenset({3, 5})),
            Fault.DROP: When(always=True),
        },
        replies={"RCPT": "550 5.1.1 unknown user"},
        delay_ms=(5.0, 50.0),
        seed=7,
    )


@pytest.mark.parametrize("text", ["explode=1", "drop=often", "drop", "seed=x"])
def test_faults_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Faults.parse(text)


def test_delays_lie_between_their_limits() -> None:
    faults = Faults(delay_ms=(5, 50))
    delays = [faults.delay(Try(n, 1, "")) for n in range(100)]
    assert 0.005 <= min(delays) < max(delays) <= 0.05


def test_as_a_process_it_says_its_port_first_and_ends_when_asked(tmp_path: Path) -> None:
    with process("--log", str(tmp_path / "log"), "--faults", "lose_answer=#1") as (running, port):
        assert [send(port, message("a")), send(port, message("a"))] == [0, 250]
        running.send_signal(signal.SIGTERM)
        assert running.wait(PATIENCE) == 0
    assert [row.outcome for row in read_log(tmp_path / "log")] == [Fate.ANSWER_LOST, Fate.ACCEPTED]


def test_what_was_answered_is_in_the_log_of_a_killed_process(tmp_path: Path) -> None:
    with process("--log", str(tmp_path / "log")) as (running, port):
        assert send(port, message("a")) == 250
        running.kill()
        running.wait(PATIENCE)
    assert [row.stored for row in read_log(tmp_path / "log")] == [True]


def test_a_busy_port_is_an_error_at_once() -> None:
    with SmtpServer() as server, pytest.raises(OSError, match="in use"), SmtpServer(Setup(port=server.port)):
        pass


def test_it_ends_though_a_client_stays(tmp_path: Path) -> None:
    with SmtpServer() as server:
        client = smtplib.SMTP("127.0.0.1", server.port, timeout=PATIENCE)
    with client, pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()


def test_without_aiosmtpd_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['aiosmtpd.smtp'] = None; import hub.testing.smtp"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "bookkeeper-hub[demo]" in done.stderr.splitlines()[-1]


def test_as_a_process_it_is_well_again_when_told(tmp_path: Path) -> None:
    with process("--log", str(tmp_path / "log"), "--faults", "greylist=always") as (running, port):
        assert send(port, message("a")) == 451
        running.send_signal(signal.SIGUSR1)
        end = time.monotonic() + PATIENCE
        while send(port, message("a")) != 250:
            assert time.monotonic() < end
