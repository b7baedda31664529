"""`hub export`: the papers of a period as one deterministic ZIP, to a file or through a destination."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hub.app import exports
from hub.app.exports import Ordered
from hub.cli.home import enterprise_number
from hub.cli.output import Output
from hub.cli.session import Kinds, opened, printing
from hub.core.document import Kind
from hub.core.pack_check import verify_pack
from hub.core.store import packs
from hub.errors import UsageError

_FORMATS = ("original", "pdf", "ubl", "csv")


@click.group("export")
def export_command() -> None:
    """Packs: all papers of a period in one ZIP with a manifest."""


@export_command.command("run")
@click.option("--period", required=True, metavar="P", help="2026-10, 2026Q3, 2026 or 2026-07-01..2026-09-30.")
@click.option("--company", metavar="NUMBER", default="", help="Whose papers; the home's only company by default.")
@click.option("--kinds", type=Kinds(), help="Which kinds; by default all but quotations.")
@click.option(
    "--format", "formats", default="original,pdf,csv", show_default=True, help="Which of original,pdf,ubl,csv."
)
@click.option("--only-new", is_flag=True, help="Leave out what went to the same target before.")
@click.option("--not-booked", is_flag=True, help="Leave out what another destination books.")
@click.option("--to", "target", required=True, metavar="FILE|DEST|mailto:ADDR", help="Where it goes.")
@click.option("--via", default="", metavar="CONNECTION", help="The e-mail connection for mailto:.")
@printing
def run(period: str, out: Output, **how: Any) -> None:
    """Make the pack of a period. To a file it is written now; to a destination it is queued, and `hub run` delivers."""
    kinds: tuple[Kind, ...] = how["kinds"] or ()
    with opened() as hub:
        ordered = Ordered(
            period=period,
            company=enterprise_number(how["company"]) if how["company"] else "",
            kinds=frozenset(kinds),
            formats=_formats(how["formats"]),
            target=how["target"],
            via=how["via"],
            only_new=how["only_new"],
            not_booked=how["not_booked"],
        )
        made = exports.export(hub, ordered)
    out.one(made)


def _formats(text: str) -> frozenset[str]:
    wanted = frozenset(text.split(","))
    unknown = sorted(wanted - set(_FORMATS))
    if unknown:
        raise UsageError(f"'{unknown[0]}' is no format of a pack", action=f"there are: {', '.join(_FORMATS)}")
    return wanted


@export_command.command("list")
@printing
def list_(out: Output) -> None:
    """The packs that were made."""
    with opened() as hub, hub.db.read() as conn:
        columns = ["id", "company", "period", "documents", "size", "target", "created_at", "sha256"]
        out.rows(packs.every(conn), columns, ["sha256", "company", "size"])


@export_command.command("show")
@click.argument("pack_id", metavar="ID", type=int)
@printing
def show(pack_id: int, out: Output) -> None:
    """One pack, and what it left out."""
    with opened() as hub, hub.db.read() as conn:
        packs.one(conn, pack_id)
        out.one(next(one for one in packs.every(conn) if one["id"] == pack_id))


@export_command.command("verify")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@printing
def verify(path: Path, out: Output) -> int:
    """Check a pack against its own manifest; needs no home. Exit 6 when something differs."""
    problems = verify_pack(path)
    out.one(
        {"path": str(path), "problems": [{"code": p.code, "message": p.message, "place": p.place} for p in problems]}
    )
    return 6 if problems else 0
