"""`hub import`: papers in, and what became of each."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import click

from hub.app import Hub
from hub.cli.home import enterprise_number
from hub.cli.output import Output
from hub.cli.paths import STDIN, Found, look
from hub.cli.session import Date, opened, printing
from hub.core import media
from hub.core.document import Direction, Given, Incoming, Kind
from hub.core.files import File, FileRole
from hub.core.intake import Arrived
from hub.core.store import views
from hub.core.store.finding import document_is
from hub.errors import Problem, Severity, UsageError

_BATCH = 25  # papers that share a transaction
_GOOD = {"accepted", "duplicate"}
COLUMNS = ["path", "result", "document", "problems"]
_AMOUNT = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,6})?")


class Amount(click.ParamType[Decimal]):
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
@click.option("--total", type=Amount(), help="Its total to pay, in EUR.")
@click.option("--pdf", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The PDF of one paper.")
@click.option("--dry-run", is_flag=True, help="Say what would become of them; keep nothing.")
@printing
def import_command(paths: Sequence[str], pdf: Path | None, dry_run: bool, out: Output, **facts: Any) -> int:
    """Take papers in: files, folders, or - for standard input. One line a file, in sorted order.

    A file or folder that cannot be read is refused; the others come in.
    Exit 0 when all were accepted or known already, 5 when some were, 1 when none was.
    """
    with opened() as hub:
        given = given_of(hub, facts)
        found = look(paths)
        if pdf and len(found) != 1:
            raise UsageError("--pdf goes with one paper", action="import the papers one by one")
        results: list[str] = []
        lines = _imported(hub, found, (given, pdf, dry_run), out)
        out.rows(_noting(lines, results, out), COLUMNS)
        if not dry_run:
            hub.tidy()
    return exit_of(results)


def _noting(lines: Iterator[dict[str, Any]], results: list[str], out: Output) -> Iterator[dict[str, Any]]:
    """Note the results; say in words what is wrong where the data is a table, which has only the codes."""
    for line in lines:
        results.append(line["result"])
        for problem in () if out.json or out.jsonl else line["problems"]:
            out.say(f"{line['path']}: {problem['message']} ({problem['code']})")
        yield line


def exit_of(results: Sequence[str]) -> int:
    """0 when all came in or were known, 5 when some did, 1 when none did."""
    good = sum(result in _GOOD for result in results)
    return 0 if good == len(results) and good else 5 if good else 1


def given_of(hub: Hub, facts: dict[str, Any]) -> Given:
    """What a person said of a paper, from the options. Raises UsageError when it contradicts itself."""
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


def _imported(
    hub: Hub, found: Sequence[Found], how: tuple[Given, Path | None, bool], out: Output
) -> Iterator[dict[str, Any]]:
    given, pdf, dry_run = how
    beside = _beside(pdf)
    rest = iter(found)
    with out.progress("importing", len(found)) as step:
        while batch := list(islice(rest, _BATCH)):
            read = [_incoming(one, given, beside) for one in batch]
            papers = [one for one in read if isinstance(one, Incoming)]
            arrived = iter([hub.intake.preview(one) for one in papers] if dry_run else hub.intake.accept(papers))
            for at, one in zip(batch, read, strict=True):
                yield line_of(hub, at.path, next(arrived) if isinstance(one, Incoming) else one)
            step(len(batch))


def _incoming(found: Found, given: Given, beside: tuple[File, ...]) -> Incoming | Arrived:
    """The paper, or why its file cannot be read: that file is refused, the others go on."""
    try:
        data = sys.stdin.buffer.read() if found.path == STDIN else found.read()
    except OSError as error:
        problem = Problem("unreadable_file", f"it cannot be read: {error.strerror}", found.path, Severity.FATAL)
        return Arrived(name=found.path, result="refused", problems=(problem,))
    return Incoming(name=found.name, data=data, given=given, beside=beside)


def _beside(pdf: Path | None) -> tuple[File, ...]:
    if pdf is None:
        return ()
    data = Found(str(pdf)).read()
    if media.media_type(data) != media.PDF:
        raise UsageError(f"{pdf} is no PDF", code="type_mismatch", action="give a PDF with --pdf")
    return (File.of(pdf.name, media.PDF, data, FileRole.PDF),)


def line_of(hub: Hub, path: str, arrived: Arrived) -> dict[str, Any]:
    """What became of one file, as it is printed."""
    document = None
    if arrived.document_id is not None:
        with hub.db.read() as conn:
            document = next(views.documents(conn, document_is(arrived.document_id)))
    return {"path": path, "result": arrived.result, "document": document, "problems": _plain(arrived.problems)}


def _plain(problems: Sequence[Problem]) -> list[dict[str, str]]:
    return [{"code": one.code, "message": one.message, "place": one.place} for one in problems]
