"""The board: every destination at a glance, and what needs a person, each with the command that leads there."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.engine import Row

from hub.app.home import Hub
from hub.core.clock import from_ms
from hub.core.delivery import DestinationState, State, Turn
from hub.core.store import board as queries
from hub.core.store import destinations, summary, workers


class View(StrEnum):
    """The areas of the dashboard, as `hub tui --view` names them."""

    OVERVIEW = "overview"
    OUTBOX = "outbox"
    DOCUMENTS = "documents"
    INBOX = "inbox"
    DESTINATIONS = "destinations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A destination at a glance. `queued` go by themselves, `needs_you` wait for a person."""

    id: int
    name: str
    plugin: str
    role: str
    state: DestinationState
    reason: str
    detail: str
    turn: Turn | None
    queued: int
    needs_you: int
    last_delivered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that a person must do: `state` is of deliveries, of a destination, or `parked`.

    `view` and `where` (a filter, or the name of a destination) show it; `command` does so on the command line.
    """

    state: str
    sentence: str
    view: View
    where: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The home at one moment."""

    at: datetime
    workers: int
    places: tuple[Place, ...]
    needs: tuple[Need, ...]


def board(hub: Hub) -> Board:
    """Read the board; what is delivered already is not read, however much that is."""
    with hub.db.read() as conn:
        rows = destinations.every(conn)
        waiting = _counted(queries.open_counts(conn), queries.rejected_counts(conn))
        alive = workers.alive(conn, summary.database_now(conn), round(hub.config.lease * 1000))
        to_sort = summary.in_tray(conn)
    places = tuple(_place(row, waiting) for row in rows)
    names = {row.id: row.name for row in rows}
    needs = (*_broken(places), *_waiting(names, waiting), *_to_sort(to_sort))
    return Board(at=hub.now(), workers=len(alive), places=places, needs=needs)


def place_state(row: Row[Any]) -> tuple[DestinationState, str, Turn | None]:
    """State, reason and whose turn of a destination's row; an open breaker counts as blocked."""
    if row.opened_at is not None and row.state == DestinationState.ACTIVE:
        return DestinationState.BLOCKED, "breaker", Turn.REMOTE
    return DestinationState(row.state), row.reason, Turn(row.turn) if row.turn else None


Waiting = Counter[tuple[int, str, str]]  # how many, by destination, shown state and reason
_NEEDS = (State.HELD, State.UNCERTAIN, State.REJECTED)


def _counted(still_open: Sequence[Row[Any]], rejected: Sequence[Row[Any]]) -> Waiting:
    counts: Waiting = Counter({(row.destination_id, row.state, row.reason): row.how_many for row in still_open})
    counts.update({(row.destination_id, State.REJECTED.value, ""): row.how_many for row in rejected})
    return counts


def _place(row: Row[Any], waiting: Waiting) -> Place:
    mine = Counter[str]()
    for (destination_id, state, _), count in waiting.items():
        if destination_id == row.id:
            mine[state] += count
    state, reason, turn = place_state(row)
    return Place(
        id=row.id,
        name=row.name,
        plugin=row.plugin,
        role=row.role,
        state=state,
        reason=reason,
        detail=row.detail,
        turn=turn,
        queued=mine[State.QUEUED] + mine[State.SENDING],
        needs_you=sum(mine[needing] for needing in _NEEDS),
        last_delivered_at=None if row.last_delivered_at is None else from_ms(row.last_delivered_at),
    )


def _broken(places: Sequence[Place]) -> Iterator[Need]:
    for place in places:
        if place.state is not DestinationState.ACTIVE:
            why = ": ".join(filter(None, (place.reason, place.detail)))
            mends = "resume" if place.state is DestinationState.PAUSED else "test"
            yield Need(
                state=place.state,
                sentence=f"{place.name} is {place.state} ({why})",
                view=View.DESTINATIONS,
                where=place.name,
                command=f"hub destination {mends} {place.name}",
            )


_SENTENCES = {
    State.HELD: "{papers} held at {place}: {reason}",
    State.UNCERTAIN: "{papers} may have arrived at {place}",
    State.REJECTED: "{papers} not accepted by {place}",
}


def _waiting(names: dict[int, str], waiting: Waiting) -> Iterator[Need]:
    """What waits at each destination: what may have arrived first, then what is held, then what was rejected."""
    for state in (State.UNCERTAIN, State.HELD, State.REJECTED):
        for (destination_id, shown, reason), count in sorted(waiting.items()):
            if shown == state and count and destination_id in names:
                place = names[destination_id]
                where = f"state:{state} dest:{_quoted(place)}"
                where += f" {_quoted(reason)}" if state is State.HELD and reason else ""
                yield Need(
                    state=state,
                    sentence=_SENTENCES[state].format(papers=_counted_papers(count), place=place, reason=reason),
                    view=View.OUTBOX,
                    where=where,
                    command=f"hub outbox list --filter {shlex.quote(where)}",
                )


def _counted_papers(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count} deliveries"


def _quoted(value: str) -> str:
    """A value as the filter grammar takes it."""
    if re.fullmatch(r"[\w.-]+", value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _to_sort(count: int) -> Iterator[Need]:
    if count:
        papers = "paper waits" if count == 1 else "papers wait"
        yield Need(
            state="parked",
            sentence=f"{count} {papers} to be sorted",
            view=View.INBOX,
            where="",
            command="hub inbox list",
        )
