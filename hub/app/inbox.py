"""Papers that were parked or refused: looked at, placed by a person's word, or dropped with a reason."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from hub.app.home import Hub
from hub.core import media
from hub.core.clock import from_ms
from hub.core.document import Given, Incoming
from hub.core.files import File, FileRole
from hub.core.intake import Arrived
from hub.core.store import board, companies, incoming
from hub.core.store.companies import Company
from hub.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A paper that waits; `result` is parked or refused, `problems` are sentences."""

    id: int
    name: str
    result: str
    reason: str
    size: int
    arrived_at: datetime
    problems: tuple[str, ...]


def waiting_ids(hub: Hub) -> Iterator[array[int]]:
    """The ids of what waits, newest first, in parts."""
    with hub.db.read() as conn:
        yield from board.incoming_ids(conn)


def waiting(hub: Hub, ids: Sequence[int]) -> dict[int, Waiting]:
    """These papers, by id."""
    with hub.db.read() as conn:
        return {row.id: _waiting(row) for row in board.incoming_rows(conn, ids)}


def ours(hub: Hub) -> Sequence[Company]:
    """The companies that a paper can be given to."""
    with hub.db.read() as conn:
        return companies.every(conn)


def _waiting(row: Row[Any]) -> Waiting:
    return Waiting(
        id=row.id,
        name=row.name,
        result=row.result,
        reason=row.reason,
        size=row.size,
        arrived_at=from_ms(row.arrived_at),
        problems=tuple(f"{problem['message']} ({problem['code']})" for problem in row.problems),
    )


def assign(hub: Hub, incoming_id: int, given: Given) -> tuple[str, Arrived]:
    """Say what a parked paper is; returns its name and what became of it. Raises UsageError, NotFoundError."""
    with hub.db.read() as conn:
        row = incoming.one(conn, incoming_id)
    if row.result != "parked":
        raise UsageError(
            f"paper {incoming_id} is {row.result}, only a parked one can be assigned", action="see `hub inbox list`"
        )
    given = replace(given, company=given.company or hub.company().number)
    beside = tuple(_kept(hub, file) for file in row.beside)
    paper = Incoming(name=row.name, data=_bytes(hub, row.sha256), source=row.source, given=given, beside=beside)
    return row.name, hub.intake.assign(incoming_id, paper)


def _kept(hub: Hub, file: Mapping[str, str]) -> File:
    return File.of(file["name"], media.PDF, _bytes(hub, file["sha256"]), FileRole.PDF)


def _bytes(hub: Hub, sha256: str) -> bytes:
    with hub.blobs.open(sha256) as stream:
        return stream.read()


def drop(hub: Hub, incoming_id: int, reason: str) -> None:
    """Put a paper aside for good; who did it is in the audit log. Raises UsageError without a reason."""
    if not reason.strip():
        raise UsageError("a paper is not dropped without a reason", action="say why with --reason")
    with hub.db.write() as tx:
        row = incoming.one(tx.conn, incoming_id)
        if row.result not in {"parked", "refused"}:
            raise UsageError(f"paper {incoming_id} is {row.result}", action="see `hub inbox list`")
        incoming.dropped(tx, incoming_id, reason)
