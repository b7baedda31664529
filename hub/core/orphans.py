"""Bytes that no row names: what an import left that was killed between its bytes and their row. After a day they go.

Until then somebody may be about to name them. Whoever wants bytes that lie there already makes them young again (the
places do), so what is old is wanted by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from hub.core.blobs import Blobs
from hub.core.store import proofs, removals
from hub.core.store.engine import Database

_OLD = timedelta(hours=24)
_AT_ONCE = 500
_BITS = 27


def collect(db: Database, blobs: Blobs, now: datetime) -> int:
    """Remove the blobs that no row names and that nobody has wanted for a day; returns how many went.

    One process of all machines looks, once a day.
    """
    with db.read() as conn:
        if not removals.is_time(conn):
            return 0
    with db.write() as tx:
        if not removals.my_turn(tx):
            return 0
    before = (now - _OLD).timestamp()
    old = [found.sha256 for found in blobs.listed() if found.modified < before]
    with db.read() as conn:
        unnamed = list(_others(old, proofs.names(conn))) if old else []
    return sum(_remove(db, blobs, unnamed[at : at + _AT_ONCE], before) for at in range(0, len(unnamed), _AT_ONCE))


def _others(old: Sequence[str], named: Iterable[str]) -> Iterator[str]:
    """Those that are not named. Millions of names lie in 16 MB, so that one in many thousands is taken for named."""
    seen = bytearray(1 << (_BITS - 3))
    for sha256 in named:
        for bit in _bits(sha256):
            seen[bit >> 3] |= 1 << (bit & 7)
    for sha256 in old:
        if not all(seen[bit >> 3] >> (bit & 7) & 1 for bit in _bits(sha256)):
            yield sha256


def _bits(sha256: str) -> Iterator[int]:
    """Four places for a hash; its digits are as good as any lot."""
    for at in range(0, 32, 8):
        yield int(sha256[at : at + 8], 16) & ((1 << _BITS) - 1)


def _remove(db: Database, blobs: Blobs, names: Sequence[str], before: float) -> int:
    """Look once more, while nobody can name them, and remove those that are still old."""
    with db.write() as tx:
        removals.begin(tx)
        still = [sha256 for sha256 in names if (found := blobs.found(sha256)) and found.modified < before]
        blobs.remove(still)
        if still:
            tx.audit("blobs.collected", "blobs", count=len(still))
    return len(still)
