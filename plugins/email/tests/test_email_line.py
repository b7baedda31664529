"""The final dot: what a line that breaks before it means, and that a slow line may carry a large message."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator

import pytest

from hub.errors import NotSent, Uncertain
from hub_email.line import Line, Timeouts

PATIENCE = 10.0


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection: ours, and the relay's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname(), PATIENCE)
        far, _ = listener.accept()
    far.settimeout(PATIENCE)
    with near, far:
        yield near, far


def received(far: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        chunk = far.recv(size - len(got))
        assert chunk
        got += chunk
    return got


@pytest.mark.parametrize(
    ("data", "on_the_wire"),
    [
        (b"a\r\n", b"a\r\n"),
        (b".\r\n", b"..\r\n"),
        (b"..\r\n", b"...\r\n"),
        (b"a\r\n.b\r\n\r\n.\r\n", b"a\r\n..b\r\n\r\n..\r\n"),
        (b"a.b\r\n", b"a.b\r\n"),
    ],
)
def test_a_dot_at_the_start_of_a_line_is_doubled(
    data: bytes, on_the_wire: bytes, pair: tuple[socket.socket, socket.socket]
) -> None:
    near, far = pair
    line = Line(near, Timeouts(), "voorbeeld.example")
    line.write(data)
    assert received(far, len(on_the_wire)) == on_the_wire
    line.close()


def test_a_relay_that_hung_up_before_the_dot_took_nothing(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    line = Line(near, Timeouts(), "voorbeeld.example")
    line.write(b"a message\r\n")
    received(far, len(b"a message\r\n"))
    far.close()
    assert select.select([near], [], [], PATIENCE)[0]
    with pytest.raises(NotSent):
        line.end()
    line.close()


def test_a_relay_that_hung_up_after_the_dot_may_have_taken_it(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    line = Line(near, Timeouts(), "voorbeeld.example")
    line.write(b"a message\r\n")

    def take_and_leave() -> None:
        received(far, len(b"a message\r\n.\r\n"))
        far.close()

    relay = threading.Thread(target=take_and_leave)
    relay.start()
    with pytest.raises(Uncertain):
        line.end()
    relay.join()
    line.close()


def test_a_message_that_is_given_up_is_not_ended(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    line = Line(near, Timeouts(), "voorbeeld.example")
    line.write(b"half a message\r\n")
    line.close()
    assert far.recv(1000) == b"half a message\r\n"
    assert far.recv(1000) == b""


def test_an_idle_line_is_closed_with_a_goodbye(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    Line(near, Timeouts(), "voorbeeld.example").close()
    assert far.recv(1000) == b"QUIT\r\n"


def test_a_time_limit_holds_for_each_chunk_not_for_the_whole_message(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    near, far = pair
    data = (b"x" * 76 + b"\r\n") * 30_000
    near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
    far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    pace = threading.Event()  # never set: a far side that takes its time

    def read_slowly() -> None:
        left = len(data)
        while left:
            left -= len(received(far, min(left, 128 * 1024)))
            pace.wait(0.1)

    relay = threading.Thread(target=read_slowly)
    relay.start()
    line = Line(near, Timeouts(reply=0.8), "voorbeeld.example")
    line.write(data)
    relay.join()
    line.close()
