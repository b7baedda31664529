"""`hub import` and `hub inbox`: papers in, and those that a person must sort."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import click

from hub.app import Hub
from hub.cli.home import enterprise_number
from hub.cli.output import Output
from hub.cli.session import Date, opened, printing
from hub.core import media
from hub.core.clock import from_ms
from hub.core.document import Direction, Given, Incoming, Kind
from hub.core.files import File, FileRole
from hub.core.intake import Arrived
from hub.core.store import incoming, views
from hub.core.store.finding import document_is
from hub.errors import Problem, UsageError

_BATCH = 25  # papers that share a transaction
_GOOD = {"accepted", "duplicate"}
_COLUMNS = ["path", "result", "document", "problems"]
_AMOUNT = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,6})?")


class _Amount(click.ParamType[Decimal]):
    """An amount with a point."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Read it."""
        if isinstance(value, Decimal):
            return value
        if not _AMOUNT.fullmatch(value):
            self.fail(f"'{value}' is no amount; write it as 1234.50", param, ctx)
        return Decimal(value)


@click.command("import")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--company", metavar="NUMBER", help="Whose papers; the home's only company by default.")
@click.option(
    "--kind", type=click.Choice([one.value for one in Kind]), help="What they are, when the papers do not say."
)
@click.option(
    "--direction",
    type=click.Choice([one.value for one in Direction]),
    help="Sold or bought, when the papers do not say.",
)
@click.option("--number", help="The number of a paper that is only a PDF.")
@click.option("--date", "issue_date", type=Date(), help="Its issue date.")
@click.option("--supplier", help="Its supplier: name or VAT number.")
@click.option("--total", type=_Amount(), help="Its total to pay, in EUR.")
@click.option("--pdf", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The PDF of one paper.")
@click.option("--dry-run", is_flag=True, help="Say what would become of them; keep nothing.")
@printing
def import_command(paths: Sequence[str], pdf: Path | None, dry_run: bool, out: Output, **facts: Any) -> int:
    """Take papers in: files, folders, or - for standard input. One line a file, in sorted order.

    Exit 0 when all were accepted or known already, 5 when some were, 1 when none was.
    """
    with opened() as hub:
        given = _given(hub, facts)
        files = sorted(_files(paths))
        if pdf and len(files) != 1:
            raise UsageError("--pdf goes with one paper", action="import the papers one by one")
        results: list[str] = []
        lines = _imported(hub, files, (given, pdf, dry_run), out)
        out.rows(_noting(lines, results, out), _COLUMNS)
    return _exit(results)


def _noting(lines: Iterator[dict[str, Any]], results: list[str], out: Output) -> Iterator[dict[str, Any]]:
    """Note the results; say in words what is wrong where the data is a table, which has only the codes."""
    for line in lines:
        results.append(line["result"])
        for problem in () if out.json or out.jsonl else line["problems"]:
            out.say(f"{line['path']}: {problem['message']} ({problem['code']})")
        yield line


def _exit(results: Sequence[str]) -> int:
    good = sum(result in _GOOD for result in results)
    return 0 if good == len(results) and good else 5 if good else 1


def _given(hub: Hub, facts: dict[str, Any]) -> Given:
    company = enterprise_number(facts["company"]) if facts["company"] else ""
    if company:
        hub.company(company)
    kind = Kind(facts["kind"]) if facts["kind"] else None
    direction = Direction(facts["direction"]) if facts["direction"] else None
    if kind and direction and kind.direction not in {None, direction}:
        raise UsageError(
            f"a {kind} is no {direction} paper: --kind and --direction contradict each other",
            action="leave out --direction, which --kind says already, or mend one of them",
        )
    return Given(
        company=company,
        kind=kind,
        direction=direction,
        number=facts["number"] or "",
        issue_date=facts["issue_date"],
        supplier=facts["supplier"] or "",
        total=facts["total"],
    )


def _files(paths: Sequence[str]) -> Iterator[str]:
    for text in paths:
        path = Path(text)
        if text == "-":
            yield text
        elif path.is_dir():
            yield from (str(found) for found in path.rglob("*") if found.is_file() and not found.name.startswith("."))
        elif path.exists():
            yield text
        else:
            raise UsageError(f"there is no file {text}", code="no_file", action="check the path")


def _imported(
    hub: Hub, files: Sequence[str], how: tuple[Given, Path | None, bool], out: Output
) -> Iterator[dict[str, Any]]:
    given, pdf, dry_run = how
    rest = iter(files)
    with out.progress("importing", len(files)) as step:
        while batch := list(islice(rest, _BATCH)):
            papers = [_incoming(path, given, pdf) for path in batch]
            arrived = [hub.intake.preview(paper) for paper in papers] if dry_run else hub.intake.accept(papers)
            for path, one in zip(batch, arrived, strict=True):
                yield _line(hub, path, one)
            step(len(batch))


def _incoming(path: str, given: Given, pdf: Path | None) -> Incoming:
    if path == "-":
        return Incoming(name="stdin", data=sys.stdin.buffer.read(), given=given, beside=_beside(pdf))
    found = Path(path)
    name = os.fsencode(found.name).decode("utf-8", "replace")  # a name on disk is bytes, of any encoding
    try:
        return Incoming(name=name, data=found.read_bytes(), given=given, beside=_beside(pdf))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", code="no_file", action="check its rights") from error


def _beside(pdf: Path | None) -> tuple[File, ...]:
    if pdf is None:
        return ()
    data = pdf.read_bytes()
    if media.media_type(data) != media.PDF:
        raise UsageError(f"{pdf} is no PDF", code="type_mismatch", action="give a PDF with --pdf")
    return (File.of(pdf.name, media.PDF, data, FileRole.PDF),)


def _line(hub: Hub, path: str, arrived: Arrived) -> dict[str, Any]:
    document = None
    if arrived.document_id is not None:
        with hub.db.read() as conn:
            document = next(views.documents(conn, document_is(arrived.document_id)))
    return {"path": path, "result": arrived.result, "document": document, "problems": _plain(arrived.problems)}


def _plain(problems: Sequence[Problem]) -> list[dict[str, str]]:
    return [{"code": one.code, "message": one.message, "place": one.place} for one in problems]


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
    out.one({**_entry(row), "size": row.size, "problems": row.problems, "given": row.given})


@inbox_command.command("assign")
@click.argument("incoming_id", metavar="ID", type=int)
@click.option("--company", metavar="NUMBER", help="Whose paper it is.")
@click.option("--kind", type=click.Choice([one.value for one in Kind]), required=True, help="What it is.")
@click.option("--number", help="Its number, when it is only a PDF.")
@click.option("--date", "issue_date", type=Date(), help="Its issue date, likewise.")
@click.option("--supplier", help="Its supplier, likewise.")
@click.option("--total", type=_Amount(), help="Its total to pay, likewise.")
@printing
def assign(incoming_id: int, out: Output, **facts: Any) -> int:
    """Say what a parked paper is; then it is a document like any other."""
    with opened() as hub:
        with hub.db.read() as conn:
            row = incoming.one(conn, incoming_id)
        if row.result != "parked":
            raise UsageError(
                f"paper {incoming_id} is {row.result}, only a parked one can be assigned", action="see `hub inbox list`"
            )
        given = _given(hub, {**facts, "direction": None})
        given = replace(given, company=given.company or hub.company().number)
        with hub.blobs.open(row.sha256) as stream:
            data = stream.read()
        beside = tuple(_kept(hub, file) for file in row.beside)
        paper = Incoming(name=row.name, data=data, source=row.source, given=given, beside=beside)
        line = _line(hub, row.name, hub.intake.assign(incoming_id, paper))
    out.rows([line], _COLUMNS)
    return _exit([line["result"]])


def _kept(hub: Hub, file: dict[str, Any]) -> File:
    with hub.blobs.open(file["sha256"]) as stream:
        return File.of(file["name"], media.PDF, stream.read(), FileRole.PDF)


@inbox_command.command("drop")
@click.argument("incoming_id", metavar="ID", type=int)
@click.option("--reason", required=True, help="Why it is no paper for the bookkeeper.")
@printing
def drop(incoming_id: int, reason: str, out: Output) -> None:
    """Put a paper aside for good, with the reason; who did it is in the audit log."""
    if not reason.strip():
        raise UsageError("a paper is not dropped without a reason", action="say why with --reason")
    with opened() as hub, hub.db.write() as tx:
        row = incoming.one(tx.conn, incoming_id)
        if row.result not in {"parked", "refused"}:
            raise UsageError(f"paper {incoming_id} is {row.result}", action="see `hub inbox list`")
        incoming.dropped(tx, incoming_id, reason)
    out.one({"id": incoming_id, "result": "dropped", "reason": reason})
