"""A far side over HTTP that costs little: it reads a POST to `/p/MS`, waits so many milliseconds, and says 200.

`python -m bench.sink` listens on a free port of this machine and prints it. `/stats` tells in JSON what came, `/reset`
tells it for the last time and begins anew. The peers' scripts post to it too, so all have the same far side.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import cast

_HEAD_ENDS = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_KEY = re.compile(rb"\r\nidempotency-key: *([^\r]+)", re.IGNORECASE)
_TIMEOUT = 10


@dataclass(slots=True)
class Seen:
    """What came: `dup` counts keys that came before."""

    posts: int = 0
    bytes: int = 0
    inflight: int = 0
    max_inflight: int = 0
    conns: int = 0
    dup: int = 0


class Sink:
    """What all connections share."""

    def __init__(self) -> None:
        self.seen = Seen()
        self._keys: set[bytes] = set()

    def posted(self, key: bytes, size: int) -> None:
        """Count one POST that is being answered."""
        seen = self.seen
        seen.posts += 1
        seen.bytes += size
        seen.inflight += 1
        seen.max_inflight = max(seen.max_inflight, seen.inflight)
        seen.dup += key in self._keys
        self._keys.add(key)

    def told(self, *, reset: bool) -> bytes:
        """The counts as JSON."""
        body = json.dumps(asdict(self.seen)).encode()
        if reset:
            self.seen = Seen()
            self._keys.clear()
        return body


class _Connection(asyncio.Protocol):
    """One client's connection: requests come one after the other, each answered before the next."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.bytes = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.sink.seen.conns += 1

    def data_received(self, data: bytes) -> None:
        self.bytes += data
        end = self.bytes.find(_HEAD_ENDS)
        if end < 0:
            return
        head = bytes(self.bytes[:end])
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        if len(self.bytes) >= end + len(_HEAD_ENDS) + size:
            self.bytes.clear()
            self._answer(head, size)

    def _answer(self, head: bytes, size: int) -> None:
        path = head.split(b" ", 2)[1].decode()
        if not path.startswith("/p/"):
            self._say(self.sink.told(reset=path == "/reset"))
            return
        key = _KEY.search(head)
        self.sink.posted(key[1] if key else b"", size)
        wait = int(path.removeprefix("/p/"))
        if wait:
            asyncio.get_running_loop().call_later(wait / 1000, self._done)
        else:
            self._done()

    def _done(self) -> None:
        self.sink.seen.inflight -= 1
        self._say(b"ok")

    def _say(self, body: bytes) -> None:
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


@contextmanager
def running() -> Iterator[str]:
    """A sink from start to end of the block; gives its `host:port`."""
    command = [sys.executable, "-m", "bench.sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = process.stdout.readline() if process.stdout else ""
            yield f"127.0.0.1:{int(port)}"
        finally:
            process.terminate()
            process.wait(_TIMEOUT)


async def _serve() -> None:
    sink = Sink()
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(sink), "127.0.0.1", backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
