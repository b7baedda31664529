"""`hub outbox`: the deliveries, and what a person may do to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import click

from hub.app import Hub, cause
from hub.app import preview as previews
from hub.cli.output import Output
from hub.cli.session import delivery_ids, need_some, opened, printing
from hub.core import acts, filters
from hub.core.store import deliveries, finding, views
from hub.core.store.engine import Tx
from hub.core.words import show as harmless
from hub.errors import ConfirmationNeeded, HubError, UsageError

_COLUMNS = ["id", "document", "number", "kind", "party", "destination", "state", "reason", "tries", "next_attempt_at"]
_LESS = ["document", "kind", "tries", "party"]
_ATTEMPTS = ["n", "started_at", "ended_at", "outcome", "code", "detail", "sent_sha256"]


@click.group("outbox")
def outbox_command() -> None:
    """Deliveries: what is on its way, what arrived, what waits for whom."""


@outbox_command.command("list")
@click.option("--filter", "filter_", metavar="F", default="", help="For example: state:held,uncertain dest:mail")
@printing
def list_(filter_: str, out: Output) -> None:
    """All deliveries, oldest first."""
    with opened() as hub, hub.db.read() as conn:
        where = finding.of_deliveries(filters.parse(filter_, hub.now()))
        out.rows(views.deliveries(conn, where), _COLUMNS, _LESS)


@outbox_command.command("show")
@click.argument("delivery_id", metavar="ID", type=int)
@printing
def show(delivery_id: int, out: Output) -> None:
    """One delivery with its attempts."""
    with opened() as hub, hub.db.read() as conn:
        row = deliveries.with_row(conn, delivery_id)
        record = next(views.deliveries(conn, finding.deliveries_are([delivery_id])))
        tried = list(views.attempts(conn, delivery_id))
    out.one({**record, "detail": row.detail, "prepared": row.prepared, "attempts": tried})


@outbox_command.command("attempts")
@click.argument("delivery_id", metavar="ID", type=int)
@printing
def attempts(delivery_id: int, out: Output) -> None:
    """Every try of a delivery, with the hash of the exact bytes."""
    with opened() as hub, hub.db.read() as conn:
        deliveries.with_row(conn, delivery_id)
        out.rows(views.attempts(conn, delivery_id), _ATTEMPTS, ["sent_sha256", "started_at"])


@outbox_command.command("why")
@click.argument("delivery_id", metavar="ID", type=int)
@printing
def why(delivery_id: int, out: Output) -> None:
    """Why it is where it is: the cause, whose turn it is, when it goes on, and the command that mends it."""
    with opened() as hub:
        found = cause.why(hub, delivery_id)
    out.one({name: getattr(found, name) for name in ("id", "cause", "turn", "next_attempt_at", "command")})


@outbox_command.command("preview")
@click.argument("delivery_id", metavar="ID", type=int)
@printing
def preview(delivery_id: int, out: Output) -> None:
    """The exact bytes that leave; what was not prepared yet is prepared now, and not kept."""
    with opened() as hub:
        parts = [asdict(part) for part in previews.preview(hub, delivery_id).parts]
    if out.json or out.jsonl:
        out.one({"id": delivery_id, "parts": parts})
        return
    out.rows(parts, ["name", "media_type", "size", "sha256"])
    for part in parts:
        click.echo("\n" + harmless(part["text"], limit=len(part["text"]), lines=True))


Act = Callable[[Tx, int], None]


def _act(named: tuple[Sequence[int], str | None, bool], out: Output, act: Act) -> int:
    """Do one act to the deliveries named; each is its own transaction, and what could not be done is said."""
    ids, filter_, yes = named
    need_some(ids, filter_, "deliveries")
    with opened() as hub:
        wanted = delivery_ids(hub, ids, filter_)
        if filter_ is not None and not yes:
            raise ConfirmationNeeded(f"{len(wanted)} deliveries match", action="add --yes")
        failed = list(_failures(hub, wanted, act))
        if len(wanted) == 1 and failed:
            raise failed[0]
        for error in failed:
            out.error(error)
        with hub.db.read() as conn:
            out.rows(views.deliveries(conn, finding.deliveries_are(wanted)), _COLUMNS, _LESS)
    return 0 if not failed else 5 if len(failed) < len(wanted) else 1


def _failures(hub: Hub, wanted: Sequence[int], act: Act) -> Iterator[HubError]:
    for delivery_id in wanted:
        try:
            with hub.db.write() as tx:
                act(tx, delivery_id)
        except HubError as error:
            yield error


def _naming(command: Callable[..., Any]) -> Callable[..., Any]:
    """IDs or a filter, and `--yes`."""
    command = click.option("--yes", is_flag=True, help="Confirm a filter.")(command)
    command = click.option("--filter", "filter_", metavar="F", help="Which deliveries, instead of ids.")(command)
    return click.argument("ids", metavar="[ID...]", nargs=-1, type=int)(command)


@outbox_command.command("retry")
@_naming
@printing
def retry(ids: Sequence[int], filter_: str | None, yes: bool, out: Output) -> int:
    """Make queued deliveries due now, or take held ones up again with the same key."""
    return _act((ids, filter_, yes), out, acts.retry)


@outbox_command.command("cancel")
@_naming
@printing
def cancel(ids: Sequence[int], filter_: str | None, yes: bool, out: Output) -> int:
    """Stop deliveries for good."""
    return _act((ids, filter_, yes), out, acts.cancel)


@outbox_command.command("approve")
@_naming
@printing
def approve(ids: Sequence[int], filter_: str | None, yes: bool, out: Output) -> int:
    """Say yes to papers that wait for approval."""
    return _act((ids, filter_, yes), out, acts.approve)


@outbox_command.command("resolve")
@_naming
@click.option("--arrived", is_flag=True, help="It arrived: the ledger says delivered, by your word.")
@click.option("--resend", is_flag=True, help="Send it again: same key, same bytes.")
@printing
def resolve(ids: Sequence[int], filter_: str | None, yes: bool, out: Output, **what: bool) -> int:
    """Say what happened to uncertain deliveries, when the far side cannot be asked."""
    if what["arrived"] == what["resend"]:
        raise UsageError("say what happened", action="give either --arrived or --resend")
    arrived = what["arrived"]
    return _act((ids, filter_, yes), out, lambda tx, delivery_id: acts.resolve(tx, delivery_id, arrived=arrived))
