"""The bars of the outbox: drains, POSTs, the time from idle, memory, enqueueing; on SQLite and PostgreSQL.

HUB_BENCH_PEERS measures other job queues in the same run (`bench.peers`), HUB_BENCH_SCALE=0.1 is a quick run.
"""

from __future__ import annotations

from collections.abc import Iterable

from bench import bed, drains, enqueue, idle, memories, posts
from bench.table import Line


def measure() -> Iterable[Line]:
    """Every line of the outbox's bars."""
    with bed.made() as made:
        for part in (drains, posts, idle, memories, enqueue):
            yield from part.lines(made)
