"""How long bytes are kept that nobody needs: those of a refused paper for 30 days, so that its sender can be asked.

What the paper was stays in the inbox: its name, hash, reason and when it came.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.core.blobs import Blobs
from hub.core.clock import to_ms
from hub.core.store import incoming, proofs, removals
from hub.core.store.engine import Database

REFUSED_FOR = timedelta(days=30)


def purge(db: Database, blobs: Blobs, now: datetime) -> int:
    """Remove the bytes of papers that were refused 30 days ago; returns how many blobs went.

    They go inside the transaction: an import that wants the same bytes at this moment waits for it, and looks again.
    A crash in between leaves an entry whose bytes are gone already; the next purge says so.
    """
    before = to_ms(now - REFUSED_FOR)
    with db.read() as conn:
        if not incoming.any_expired(conn, before):
            return 0
    with db.write() as tx:
        removals.begin(tx)
        names = incoming.purge(tx, before)
        gone = names - proofs.in_use(tx.conn, names)
        blobs.remove(sorted(gone))
    return len(gone)
