"""The engine of a process that delivers, put together from what a home has."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from hub.app.blobs import claim_place, room_of
from hub.app.keys import check_key
from hub.config import Config
from hub.core.blobs import Blobs
from hub.core.claim import Claim
from hub.core.clock import Now
from hub.core.courier import Carrier, Courier
from hub.core.delivery import Pack
from hub.core.document import Document
from hub.core.pace import Pace
from hub.core.pump import Pump
from hub.core.shelf import Shelf
from hub.core.store import destinations, documents, outbox, packs
from hub.core.store.engine import Database
from hub.errors import NotSent


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What a pump needs of its home. `carrier` opens a claim's destination, for a worker."""

    config: Config
    db: Database
    blobs: Blobs
    carrier: Callable[[str, Claim], Carrier]
    now: Now

    def pump(self, only: Sequence[str]) -> Pump:
        """A pump for these destinations (empty: all). Raises UsageError when key or bytes are not this hub's."""
        check_key(self.db, self.config)
        claim_place(self.db, self.blobs)
        worker = f"{os.uname().nodename}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        courier = Courier(
            blobs=self.blobs,
            carrier=partial(self.carrier, worker),
            load=Shelf(partial(subject, self.db, self.blobs)),
            keep=partial(keep_steps, self.db, worker),
            now=self.now,
        )
        return Pump(self.db, courier, worker, self._pace(only))

    def _pace(self, only: Sequence[str]) -> Pace:
        with self.db.read() as conn:
            ids = frozenset(destinations.named(conn, name).id for name in only)
        return Pace(
            slots=self.config.slots,
            lease_ms=round(self.config.lease * 1000),
            only=ids or None,
            room=room_of(self.config, self.blobs).to_send,
        )


def keep_steps(db: Database, worker: str, claim: Claim, done: Mapping[str, str]) -> None:
    """Record what a claim has done so far. Raises NotSent when this worker no longer holds it."""
    with db.write() as tx:
        if not outbox.keep_steps(tx, worker, claim, done):
            raise NotSent("lease_lost", "another worker has this delivery", unwell=False)


def subject(db: Database, blobs: Blobs, claim: Claim) -> Document | Pack:
    """The paper that a claim is about."""
    with db.read() as conn:
        if claim.document_id is not None:
            return documents.load(conn, blobs, claim.document_id)
        return packs.load(conn, blobs, claim.pack_id or 0)
