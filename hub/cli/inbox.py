"""`hub inbox`: papers that were parked or refused, and what a person does with them."""

from __future__ import annotations

from typing import Any

import click

from hub.app import inbox
from hub.cli.output import Output
from hub.cli.papers import COLUMNS, Amount, exit_of, given_of, line_of
from hub.cli.session import Date, opened, printing
from hub.core.clock import from_ms
from hub.core.document import Kind
from hub.core.store import incoming


@click.group("inbox")
def inbox_command() -> None:
    """Papers that were parked or refused, and wait for a person."""


@inbox_command.command("list")
@printing
def list_(out: Output) -> None:
    """What waits, oldest first."""
    with opened() as hub, hub.db.read() as conn:
        rows = [_entry(row) for row in incoming.waiting(conn)]
    out.rows(rows, ["id", "path", "result", "reason", "arrived_at"])


def _entry(row: Any) -> dict[str, Any]:
    names = ("id", "result", "reason", "sha256")
    return {"path": row.name, **{name: getattr(row, name) for name in names}, "arrived_at": from_ms(row.arrived_at)}


@inbox_command.command("show")
@click.argument("incoming_id", metavar="ID", type=int)
@printing
def show(incoming_id: int, out: Output) -> None:
    """One paper: why it waits."""
    with opened() as hub, hub.db.read() as conn:
        row = incoming.one(conn, incoming_id)
        gone = row.sha256 not in hub.blobs
    purged_at = None if row.purged_at is None else from_ms(row.purged_at)
    if purged_at and gone:
        out.say(f"its bytes are gone since {purged_at:%Y-%m-%d}: those of a refused paper are kept for 30 days")
    facts = {"size": row.size, "problems": row.problems, "given": row.given, "purged_at": purged_at}
    out.one({**_entry(row), **facts})


@inbox_command.command("assign")
@click.argument("incoming_id", metavar="ID", type=int)
@click.option("--company", metavar="NUMBER", help="Whose paper it is.")
@click.option("--kind", type=click.Choice([one.value for one in Kind]), required=True, help="What it is.")
@click.option("--number", help="Its number, when it is only a PDF.")
@click.option("--date", "issue_date", type=Date(), help="Its issue date, likewise.")
@click.option("--supplier", help="Its supplier, likewise.")
@click.option("--total", type=Amount(), help="Its total to pay, likewise.")
@printing
def assign(incoming_id: int, out: Output, **facts: Any) -> int:
    """Say what a parked paper is; then it is a document like any other."""
    with opened() as hub:
        name, arrived = inbox.assign(hub, incoming_id, given_of(hub, {**facts, "direction": None}))
        line = line_of(hub, name, arrived)
    out.rows([line], COLUMNS)
    return exit_of([line["result"]])


@inbox_command.command("drop")
@click.argument("incoming_id", metavar="ID", type=int)
@click.option("--reason", required=True, help="Why it is no paper for the bookkeeper.")
@printing
def drop(incoming_id: int, reason: str, out: Output) -> None:
    """Put a paper aside for good, with the reason; who did it is in the audit log."""
    with opened() as hub:
        inbox.drop(hub, incoming_id, reason)
    out.one({"id": incoming_id, "result": "dropped", "reason": reason})
