"""`hub doc`: the papers that were accepted, and sending them on by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from hub.app import Hub
from hub.cli.output import Output
from hub.cli.session import document_ids, need_some, opened, printing
from hub.core import acts, dispatch, filters
from hub.core.delivery import State
from hub.core.dispatch import Order, Planned
from hub.core.routing import Why
from hub.core.store import companies, documents, finding, views
from hub.core.store.engine import Tx
from hub.errors import ConfirmationNeeded

_COLUMNS = ["id", "kind", "number", "issue_date", "supplier", "customer", "payable", "currency", "state"]
_DELIVERIES = ["id", "document", "number", "destination", "state", "reason"]


@click.group("doc")
def doc_command() -> None:
    """Papers: list, look at, hold, release, and send on by hand."""


@doc_command.command("list")
@click.option("--filter", "filter_", metavar="F", default="", help="For example: kind:sales_invoice since:30d")
@printing
def list_(filter_: str, out: Output) -> None:
    """The papers, oldest first."""
    with opened() as hub, hub.db.read() as conn:
        where = finding.of_documents(filters.parse(filter_, hub.now()))
        _print(views.documents(conn, where), out)


def _print(records: Iterator[dict[str, Any]], out: Output) -> None:
    """Papers as a list; on a terminal with the other side of each, since one of the two is always the company."""
    if not out.is_tty or out.json or out.jsonl:
        out.rows(records, _COLUMNS)
        return
    columns = [{"supplier": "party"}.get(name, name) for name in _COLUMNS if name != "customer"]
    out.rows(({**record, "party": _party(record)} for record in records), columns, ["currency"])


def _party(record: dict[str, Any]) -> str:
    side: dict[str, str] = record["supplier" if record["kind"].startswith("purchase") else "customer"]
    return side["name"]


@doc_command.command("show")
@click.argument("document_id", metavar="ID", type=int)
@printing
def show(document_id: int, out: Output) -> None:
    """One paper with everything that is known of it."""
    with opened() as hub, hub.db.read() as conn:
        documents.state_of(conn, document_id)
        record = next(views.documents(conn, finding.document_is(document_id)))
        out.one({**record, "facts": documents.facts(conn, document_id)})


@doc_command.command("files")
@click.argument("document_id", metavar="ID", type=int)
@printing
def files(document_id: int, out: Output) -> None:
    """Its files: the bytes as they came, the PDF, the attachments."""
    with opened() as hub, hub.db.read() as conn:
        documents.state_of(conn, document_id)
        record = next(views.documents(conn, finding.document_is(document_id)))
    out.rows(record["files"], ["role", "name", "media_type", "size", "sha256"])


@doc_command.command("history")
@click.argument("document_id", metavar="ID", type=int)
@printing
def history(document_id: int, out: Output) -> None:
    """What was done with it, when and by whom, from the audit log."""
    with opened() as hub, hub.db.read() as conn:
        documents.state_of(conn, document_id)
        out.rows(views.history(conn, document_id), ["at", "actor", "action", "object", "detail"])


def _naming(command: Callable[..., Any]) -> Callable[..., Any]:
    """IDs or a filter, and `--yes`."""
    command = click.option("--yes", is_flag=True, help="Confirm when it is more than one.")(command)
    command = click.option("--filter", "filter_", metavar="F", help="Which papers, instead of ids.")(command)
    return click.argument("ids", metavar="[ID...]", nargs=-1, type=int)(command)


@doc_command.command("hold")
@_naming
@printing
def hold(ids: Sequence[int], filter_: str | None, yes: bool, out: Output) -> None:
    """Keep papers from going anywhere further: all of them, or none when one cannot be held."""
    _act((ids, filter_, yes), out, acts.hold_document)


@doc_command.command("release")
@_naming
@printing
def release(ids: Sequence[int], filter_: str | None, yes: bool, out: Output) -> None:
    """Let held papers go: a conflict was looked at, a hold is lifted. All of them, or none when one is not held."""
    _act((ids, filter_, yes), out, acts.release_document)


def _act(named: tuple[Sequence[int], str | None, bool], out: Output, act: Callable[[Tx, int], None]) -> None:
    """Do one act to the papers named, in one transaction."""
    ids, filter_, yes = named
    need_some(ids, filter_, "papers")
    with opened() as hub:
        wanted = list(dict.fromkeys(document_ids(hub, ids, filter_)))
        if not yes and (filter_ is not None or len(wanted) > 1):
            raise ConfirmationNeeded(f"these are {len(wanted)} papers", action="look at them, then add --yes")
        with hub.db.write() as tx:
            for document_id in wanted:
                act(tx, document_id)
        with hub.db.read() as conn:
            _print(views.documents(conn, finding.documents_are(wanted)), out)


@doc_command.command("deliver")
@click.argument("ids", metavar="[ID...]", nargs=-1, type=int)
@click.option("--filter", "filter_", metavar="F", help="Which papers, instead of ids.")
@click.option("--to", metavar="DEST", multiple=True, help="Where; by default every destination that fits.")
@click.option("--again", is_flag=True, help="Also where they were delivered, rejected or cancelled: a new generation.")
@click.option("--yes", is_flag=True, help="Confirm several papers.")
@click.option("--dry-run", is_flag=True, help="Print what would be queued; queue nothing.")
@printing
def deliver(ids: Sequence[int], filter_: str | None, out: Output, **how: Any) -> int:
    """Queue papers for destinations by hand, also those older than a destination's `from`. `hub run` delivers them."""
    need_some(ids, filter_, "papers")
    order = Order(to=tuple(how["to"]), again=how["again"])
    with opened() as hub:
        wanted = document_ids(hub, ids, filter_)
        with hub.db.read() as conn:
            planned = dispatch.plan(conn, hub.blobs, wanted, order)
        going = [one for one in planned if not one.why_not]
        _tell(planned, len(wanted), out)
        if how["dry_run"]:
            out.rows((_line(hub, one) for one in going), _DELIVERIES)
            out.say(f"{len(going)} deliveries would be queued")
            return 0
        _confirm(planned, (ids, wanted), how["yes"])
        with hub.db.write() as tx:
            made = dispatch.carry_out(tx, companies.instance_id(tx.conn), going)
        with hub.db.read() as conn:
            out.rows(views.deliveries(conn, finding.deliveries_are(made)), _DELIVERIES)
    return 0 if going or not wanted else 1


def _confirm(planned: Sequence[Planned], named: tuple[Sequence[int], Sequence[int]], yes: bool) -> None:
    """One paper by id needs no yes; several do. What was delivered before needs `--again`."""
    ids, wanted = named
    before = [one for one in planned if one.needs_again]
    if ids and before:
        first = before[0]
        raise ConfirmationNeeded(
            f"document {first.document_id} is {first.why_not} at {first.rule.name}",
            action="add --again to send it as a new delivery with a new key",
        )
    if (len(wanted) > 1 or not ids) and not yes:
        count = sum(not one.why_not for one in planned)
        raise ConfirmationNeeded(
            f"{count} deliveries of {len(wanted)} papers would be queued", action="look with --dry-run, then add --yes"
        )


_WHY_NOT = {
    Why.COMPANY: "it serves another company",
    Why.KIND: "it does not take this kind; see --kinds at `hub destination edit`",
    Why.QUOTATION: "a quotation is never booked; choose a destination whose role is copy or archive",
    Why.BOOKED_BY: "a paper has one booking road; cancel the delivery there first",
    "live": "it is under way; see `hub outbox list`",
}


def _tell(planned: Sequence[Planned], papers: int, out: Output) -> None:
    """Say of each paper that will not go why not; many of a kind in one line."""
    reasons: dict[tuple[str, str], int] = {}
    for one in planned:
        if one.why_not:
            reasons[one.rule.name, one.why_not] = reasons.get((one.rule.name, one.why_not), 0) + 1
    for (name, why), count in sorted(reasons.items()):
        words = _WHY_NOT.get(why.partition(":")[0], "")
        out.say(f"{name}: {count} not queued ({why}){words and f': {words}'}")
    if papers and not planned:
        out.say("nothing is queued: there is no destination; add one with `hub destination add`")
    elif papers and all(one.why_not for one in planned):
        out.say("nothing is queued: no destination takes what was named")


def _line(hub: Hub, planned: Planned) -> dict[str, Any]:
    """A delivery that would be made, in the shape of `outbox list`."""
    with hub.db.read() as conn:
        document = next(views.documents(conn, finding.document_is(planned.document_id)))
    return {
        "id": None,
        "document": planned.document_id,
        "number": planned.number,
        "kind": document["kind"],
        "company": document["company"],
        "party": _party(document),
        "destination": planned.rule.name,
        "state": State(planned.state).value,
        "reason": planned.reason,
        "key": None,
        "generation": planned.generation,
        "tries": 0,
        "next_attempt_at": None,
        "delivered_at": None,
        "receipt": None,
        "progress": None,
    }
