"""The floor of sending: POSTs by bare httpx, a client for each thread, all with one TLS context; nothing is written.

`python -m bench.raw URL THREADS COUNT` sends 20 kB so often, and prints the rate and the CPU of one in JSON.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import httpx

SIZE = 20_000  # bytes

_WARM_UP = 5  # requests of each thread before the clock starts: connections are made then


@dataclass(frozen=True, slots=True)
class Rate:
    """POSTs a second, and the CPU seconds of each."""

    per_second: float
    cpu: float


def measured(url: str, threads: int, count: int) -> Rate:
    """The rate of a process that does nothing else."""
    command = [sys.executable, "-m", "bench.raw", url, str(threads), str(count)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Rate(**json.loads(done.stdout))


class _Sender:
    """Threads that share a number of requests."""

    def __init__(self, url: str, threads: int) -> None:
        self.url = url
        self.threads = threads
        self.body = b"x" * SIZE
        context = ssl.create_default_context()
        self.clients = [httpx.Client(verify=context, trust_env=False) for _ in range(threads)]

    def send(self, count: int) -> None:
        """Send so many, and wait for all."""
        numbers = iter(range(count))
        lock = threading.Lock()
        senders = [threading.Thread(target=self._send, args=(client, numbers, lock)) for client in self.clients]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()

    def _send(self, client: httpx.Client, numbers: Iterator[int], lock: threading.Lock) -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            headers = {"Content-Type": "application/xml", "Idempotency-Key": str(number)}
            client.post(self.url, content=self.body, headers=headers).raise_for_status()


def main(words: Sequence[str]) -> None:
    """Measure once."""
    url, threads, count = words[0], int(words[1]), int(words[2])
    sender = _Sender(url, threads)
    sender.send(threads * _WARM_UP)
    start, cpu = time.monotonic(), time.process_time()
    sender.send(count)
    rate = {"per_second": count / (time.monotonic() - start), "cpu": (time.process_time() - cpu) / count}
    sys.stdout.write(json.dumps(rate) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
