"""Fairness: limits of a connection and of a day, order, what waits for what, and whose turn is first."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and put the priority into the index of the claim."""
    for column in _of_connection():
        op.add_column("connection", column)
    for column in _of_destination():
        op.add_column("destination", column)
    for column in _of_outbox():
        op.add_column("outbox", column)
    op.drop_index("ix_outbox_due", "outbox")
    op.create_index("ix_outbox_due", "outbox", ["destination_id", "priority", "due_at", "id"])
    _partial("ix_outbox_lane", ["destination_id", "lane", "id"], "lane <> ''")
    _partial("ix_outbox_credits", ["destination_id", "credits"], "credits <> ''")
    _partial("ix_outbox_waits_for", ["waits_for"], "waits_for IS NOT NULL")


def _of_connection() -> list[sa.Column[Any]]:
    return [
        sa.Column("rate", sa.Float(), nullable=True),
        sa.Column("burst", sa.Float(), server_default="1", nullable=False),
        sa.Column("tokens", sa.Float(), server_default="1", nullable=False),
        _number("refilled_at"),
        *_of_a_day(),
        _number("inflight_max"),
    ]


def _of_destination() -> list[sa.Column[Any]]:
    return [
        _flag("ordered"),
        _flag("credit_waits"),
        *_of_a_day(),
        _count("calls", 1),
        _flag("shares_limits"),
        _number("limited_until"),
        _count("looks", 0),
    ]


def _of_a_day() -> list[sa.Column[Any]]:
    return [_number("per_day"), _number("day_left"), _number("day_ends_at"), _number("closed_until")]


def _of_outbox() -> list[sa.Column[Any]]:
    credits_ = sa.Column("credits", sa.Text(), server_default="", nullable=False)
    return [_count("priority", 1), credits_, _number("waits_for")]


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=True)


def _count(name: str, default: int) -> sa.Column[Any]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, server_default=str(default), nullable=False)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "outbox", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
