"""Attempts of deliveries that ended long ago, apart; and on PostgreSQL what searching takes for the same letter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.engine import Connection

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CASEFOLD = 180_000  # since PostgreSQL 18
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table and the function."""
    op.create_table(
        "attempt_archive",
        sa.Column("delivery_id", BIG, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), server_default="", nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("sent_sha256", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_attempt_archive_delivery_id")),
        sa.PrimaryKeyConstraint("delivery_id", "n", name=op.f("pk_attempt_archive")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION hub_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE "
            f"AS $$ SELECT normalize({_folded(op.get_bind())}) $$"
        )


def _folded(conn: Connection) -> str:
    """Text without case as Python's casefold has it, as well as this server can; its own `lower` knows its locale."""
    version = conn.exec_driver_sql("SELECT current_setting('server_version_num')::int").scalar_one()
    if version >= _CASEFOLD:
        return 'casefold(normalize($1) COLLATE "pg_unicode_fast")'
    icu = conn.exec_driver_sql("SELECT count(*) FROM pg_collation WHERE collname = 'und-x-icu'").scalar_one()
    collation = ' COLLATE "und-x-icu"' if icu else ""
    return f"replace(lower(normalize($1){collation}), 'ß', 'ss')"
