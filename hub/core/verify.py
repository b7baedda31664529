"""`hub verify`: is everything still what it was when it was stored? Every blob, every row, every link of the log."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from hub.core.audit import Head, walk
from hub.core.blobs import Blobs
from hub.core.store import proofs
from hub.core.store.engine import Database
from hub.errors import CorruptError, Problem


@dataclass(frozen=True, slots=True)
class Verified:
    """How many things were looked at, and what is wrong with them.

    `unreferenced` blobs are named by no row: a killed import left them. That is no fault, and they go by themselves.
    """

    checked: int
    problems: tuple[Problem, ...]
    unreferenced: int = 0


def verify(db: Database, blobs: Blobs, sample: float = 1.0) -> Verified:
    """Check the whole home; `sample` (0..1) of the blobs are read, everything else always."""
    with db.read() as conn:
        named = proofs.named_blobs(conn)
        chains = proofs.heads(conn)
        problems = [
            *_database(conn, db),
            *_blobs(blobs, named, sample),
            *(problem for head in chains for problem in walk(proofs.entries(conn, head.chain), head)),
            *_links(conn, {head.chain: head for head in chains}),
            *_strays(conn),
            *_ledger(conn),
        ]
    return Verified(len(named) + sum(head.seq for head in chains), tuple(problems), _unreferenced(db, blobs))


def _database(conn: Connection, db: Database) -> Iterator[Problem]:
    for message in proofs.integrity(conn) if db.sqlite else ():
        yield Problem("database.damaged", message, "database")


def _blobs(blobs: Blobs, named: dict[str, str], sample: float) -> Iterator[Problem]:
    for sha256, owner in sorted(named.items()):
        if sample < 1.0 and random.random() >= sample:  # noqa: S311 - a sample, no secret
            continue
        try:
            blobs.check(sha256)
        except CorruptError as error:
            yield Problem("blob.corrupt", error.message, owner)
        except OSError as error:
            yield Problem("blob.unreadable", f"the stored bytes {sha256[:12]}: {error.strerror}", owner)


def _unreferenced(db: Database, blobs: Blobs) -> int:
    there = set(blobs)  # before the rows: what comes in meanwhile is named when it is looked for
    with db.read() as conn:
        return len(there.difference(proofs.names(conn)))


def _links(conn: Connection, heads: dict[str, Head]) -> Iterator[Problem]:
    """Each chain's first entry names the heads of others: those entries must still be there, unchanged."""
    for chain, detail in proofs.links(conn):
        for named, seq, hash_ in json.loads(detail)["heads"]:
            if named not in heads or proofs.hash_at(conn, named, seq) != hash_:
                message = f"entry {seq} of another chain, named when this one began, is gone or changed"
                yield Problem("audit.link", message, f"audit:{chain}")


def _strays(conn: Connection) -> Iterator[Problem]:
    count = proofs.strays(conn)
    if count:
        yield Problem("audit.stray", f"{count} entries belong to a chain that is not known any more", "audit")


def _ledger(conn: Connection) -> Iterator[Problem]:
    """A waiting delivery has its row in the outbox, a finished one has none."""
    for delivery_id, message in proofs.ledger_faults(conn):
        yield Problem("ledger", message, f"delivery:{delivery_id}")
