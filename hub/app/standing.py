"""How the home stands, in one record: what `hub status` prints."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Row

import hub as door
from hub.app.board import place_state
from hub.app.home import Hub
from hub.core.clock import from_ms
from hub.core.delivery import DestinationState, Turn
from hub.core.store import summary, workers


def status(hub: Hub) -> dict[str, Any]:
    """Workers, deliveries by state, destinations and what needs a person."""
    with hub.db.read() as conn:
        now = summary.database_now(conn)
        alive = workers.alive(conn, now, round(hub.config.lease * 1000))
        states = summary.states(conn)
        places = [_place(row, now) for row in summary.places(conn)]
        to_sort = summary.in_tray(conn)
    return {
        "version": door.__version__,
        "database": hub.db.url.get_backend_name(),
        "workers": len(alive),
        "outbox": states,
        "destinations": places,
        "problems": _problems(states, places, to_sort),
    }


def _place(row: Row[Any], now: int) -> dict[str, Any]:
    state, reason, turn = place_state(row)
    if not reason and (row.limited_until or 0) > now:
        reason, turn = "limit", Turn.REMOTE
    return {
        "name": row.name,
        "plugin": row.plugin,
        "role": row.role,
        "state": state.value,
        "reason": reason,
        "turn": turn,
        "oldest_queued_seconds": None if row.oldest_at is None else max(0, (now - row.oldest_at) // 1000),
        "last_delivered_at": None if row.last_delivered_at is None else from_ms(row.last_delivered_at),
        "success_24h": round(row.delivered_24h / row.ended_24h, 4) if row.ended_24h else None,
    }


def _problems(states: dict[str, int], places: list[dict[str, Any]], to_sort: int) -> list[dict[str, str]]:
    """What needs a person, each with the command that shows it."""
    found: list[dict[str, str]] = []
    for state, word in (("held", "need you"), ("uncertain", "may have arrived"), ("rejected", "were not accepted")):
        if states[state]:
            message = f"{states[state]} deliveries {word}"
            found.append({"code": state, "message": message, "action": f"hub outbox list --filter state:{state}"})
    for place in places:
        if place["state"] != DestinationState.ACTIVE:
            message = f"{place['name']} is {place['state']}: {place['reason']}"
            action = f"hub destination test {place['name']}, then hub destination resume {place['name']}"
            found.append({"code": place["state"], "message": message, "action": action})
    if to_sort:
        found.append({"code": "parked", "message": f"{to_sort} papers are to sort", "action": "hub inbox list"})
    return found
