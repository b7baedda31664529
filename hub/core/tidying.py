"""The chores of a process that delivers: what is not kept any longer goes."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.core.blobs import Blobs
from hub.core.orphans import collect
from hub.core.retention import purge
from hub.core.store.engine import Database

_ABANDONED = timedelta(hours=1)  # a temporary file this old belongs to nobody any more


def tidy(db: Database, blobs: Blobs, now: datetime) -> None:
    """Remove what killed writers left half done, and bytes of papers refused long ago or of nobody."""
    blobs.sweep((now - _ABANDONED).timestamp())
    purge(db, blobs, now)
    collect(db, blobs, now)
