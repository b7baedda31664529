"""Queries on workers: which processes deliver, and when they were last seen."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hub.core.store.engine import Database, Tx
from hub.core.tables import worker


def register(db: Database, worker_id: str) -> None:
    """A process starts to deliver. Said again when the answer did not come, it is still one worker."""
    with db.write() as tx:
        if tx.conn.execute(sa.select(worker.c.id).where(worker.c.id == worker_id)).first():
            return
        now = tx.clock()
        values = {"id": worker_id, "host": socket.gethostname(), "pid": os.getpid(), "started_at": now, "seen_at": now}
        tx.conn.execute(sa.insert(worker).values(values))
        tx.audit("worker.started", f"worker:{worker_id}")


def seen(tx: Tx, worker_id: str) -> None:
    """It is alive."""
    tx.conn.execute(sa.update(worker).where(worker.c.id == worker_id).values(seen_at=tx.clock()))


def stop(tx: Tx, worker_id: str) -> None:
    """It stopped in good order."""
    tx.conn.execute(sa.update(worker).where(worker.c.id == worker_id).values(stopped_at=tx.clock()))
    tx.audit("worker.stopped", f"worker:{worker_id}")


def alive(conn: Connection, now: int, lease_ms: int) -> Sequence[Row[Any]]:
    """The workers seen within a lease that did not stop."""
    statement = sa.select(worker).where(worker.c.stopped_at.is_(None), worker.c.seen_at > now - lease_ms)
    return conn.execute(statement.order_by(worker.c.started_at)).all()
