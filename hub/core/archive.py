"""Old attempts go to a table of their own, so that the one that grows with every delivery stays small.

What is moved is how a delivery got there, try by try, and only of deliveries that ended. The delivery itself, its
receipt, the paper, its bytes and the audit log stay where they are: nothing that proves a booking is ever dropped.
"""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from hub.core.clock import to_ms
from hub.core.store import archiving
from hub.core.store.engine import Database

_AT_ONCE = 1_000  # deliveries in one transaction: others wait no longer than for an import


def archive(db: Database, before: date) -> int:
    """Move the attempts of deliveries that ended before this day (UTC); returns how many attempts were moved.

    Each piece is a transaction with its audit entry; one that was stopped half-way is simply given again.
    """
    limit = to_ms(datetime.combine(before, time(), ZoneInfo("UTC")))
    moved, after = 0, 0
    while True:
        with db.write() as tx:
            piece = archiving.ended(tx.conn, limit, after, _AT_ONCE)
            if not piece:
                return moved
            count = archiving.move(tx, piece)
            tx.audit("attempts.archived", f"delivery:{piece[0]}-{piece[-1]}", attempts=count, before=before.isoformat())
        moved, after = moved + count, piece[-1]
