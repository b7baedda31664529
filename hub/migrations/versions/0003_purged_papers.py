"""When the bytes of a refused paper were removed: they are kept for 30 days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("incoming", sa.Column("purged_at", sa.BigInteger(), nullable=True))
