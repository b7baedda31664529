"""Alembic's entry point. The connection and its transaction come from `hub.migrations.upgrade`."""

from __future__ import annotations

from alembic import context

from hub.core.tables import METADATA
from hub.failpoints import hit

settings = context.config.attributes
context.configure(
    connection=settings["connection"],
    target_metadata=METADATA,
    version_table=settings["version_table"],
    transactional_ddl=True,
    compare_server_default=False,
    on_version_apply=lambda **_: hit("migrate.step"),
)
context.run_migrations()
