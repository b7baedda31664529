"""`hub db`: the schema of the database, and old attempts out of the way."""

from __future__ import annotations

from datetime import date, datetime

import click

from hub import migrations
from hub.cli.output import Output
from hub.cli.session import closed, opened, printing
from hub.core.archive import archive
from hub.errors import UsageError


@click.group("db")
def db_command() -> None:
    """The database: its schema, and old attempts out of the way."""


@db_command.command("current")
@printing
def current(out: Output) -> int:
    """Which schema the database has, and which this version needs. Exit 6 when they differ."""
    with closed() as db, db.read() as conn:
        found = migrations.current(conn)
    out.one({"current": found, "head": migrations.HEAD})
    return 0 if found == migrations.HEAD else 6


@db_command.command("upgrade")
@printing
def upgrade(out: Output) -> None:
    """Bring the database to the schema of this version; every other command does so too when it opens the home."""
    with closed() as db:
        with db.read() as conn:
            before = migrations.current(conn)
        migrations.upgrade(db.writer)
    out.one({"before": before, "current": migrations.HEAD})


@db_command.command("archive")
@click.option("--before", metavar="DATE", required=True, help="Of deliveries that ended before this day (UTC).")
@printing
def archive_command(before: str, out: Output) -> None:
    """Move the attempts of ended deliveries to a table of their own; `hub outbox attempts` finds them all the same.

    Papers, deliveries, receipts and the audit log are never moved and never dropped.
    """
    with opened() as hub:
        out.one({"archived": archive(hub.db, _day(before, hub.now()))})


def _day(text: str, now: datetime) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no date", action="write --before YYYY-MM-DD") from None
    if day > now.date():
        raise UsageError(f"{day} is not over yet", action="give a day that is over")
    return day
