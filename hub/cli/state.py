"""`hub status` and `hub verify`: how it goes, and whether everything is still what it was."""

from __future__ import annotations

import re

import click

from hub.app.standing import status
from hub.cli.output import Output
from hub.cli.session import opened, printing
from hub.core.verify import verify
from hub.errors import UsageError


@click.command("status")
@click.option("--check", is_flag=True, help="Exit 6 when something needs a person.")
@click.option("--probe", is_flag=True, help="Only whether the database answers, for a container's health check.")
@printing
def status_command(check: bool, probe: bool, out: Output) -> int:
    """Workers, deliveries by state, every destination with whose turn it is."""
    with opened() as hub:
        if probe:
            with hub.db.read() as conn:
                conn.exec_driver_sql("SELECT 1")
            return 0
        record = status(hub)
    out.one(record)
    return 6 if check and record["problems"] else 0


@click.command("verify")
@click.option("--sample", metavar="N%", default="100%", show_default=True, help="How many of the stored files to read.")
@printing
def verify_command(sample: str, out: Output) -> int:
    """Check every stored file, every row and the audit chain. Exit 6 when something is wrong."""
    share = _share(sample)
    with opened() as hub:
        found = verify(hub.db, hub.blobs, share)
    problems = [{"code": one.code, "object": one.place, "message": one.message} for one in found.problems]
    out.one({"checked": found.checked, "problems": problems})
    if found.unreferenced:
        out.say(f"{found.unreferenced} stored files are named by no row: no fault, `hub run` removes them after a day")
    return 6 if problems else 0


def _share(text: str) -> float:
    number = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)%?", text)
    share = float(number[1]) / 100 if number else 0.0
    if not 0 < share <= 1:
        raise UsageError(f"'{text}' is no share of the files", action="write --sample 1%, at most 100%")
    return share
