"""Destinations that the engine blocks: something must be mended there, or on their connection, before anything goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Row

from hub.core.claim import Settlement
from hub.core.delivery import DestinationState, Turn
from hub.core.store import destinations
from hub.core.store.destinations import Standing
from hub.core.store.engine import Tx


def give_up_hope(tx: Tx, place: Row[Any]) -> None:
    """Nothing but failures for days: a person must look."""
    if place.state == DestinationState.ACTIVE:
        detail = "nothing but failures for five days"
        standing = Standing(DestinationState.BLOCKED, "failing", detail, Turn.YOU)
        destinations.set_standing(tx, [place.id], standing)


def block(tx: Tx, place: Row[Any], settlements: Sequence[Settlement]) -> None:
    """Block this destination when one of these outcomes asks for it, and with it those on its connection."""
    found = next((settlement.block for settlement in settlements if settlement.block), None)
    if found is None:
        return
    standing = Standing(DestinationState.BLOCKED, found.reason, found.detail, found.turn)
    destinations.set_standing(tx, [place.id], standing)
    if found.connection:
        others = [other for other in destinations.sharing_connection(tx.conn, place.id) if other != place.id]
        shared = Standing(DestinationState.BLOCKED, "connection", found.detail, found.turn)
        destinations.set_standing(tx, others, shared)
