"""`hub tui`: the dashboard in a terminal; `--plain` says the same in lines, for a screen reader or a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import click

from hub.app import Hub, logs
from hub.app.board import Board, View, board
from hub.cli.session import opened
from hub.config import default_home, read_config, share_network
from hub.core import filters
from hub.core.clock import system_now
from hub.core.words import show
from hub.errors import UsageError

_LISTS = (View.OUTBOX, View.DOCUMENTS, View.INBOX)


@click.command("tui")
@click.option("--view", type=click.Choice([one.value for one in View]), help="The area to start with.")
@click.option("--filter", "where", metavar="F", default="", help="For outbox and documents: state:held dest:mail")
@click.option(
    "--open",
    "open_",
    metavar="ID",
    default="",
    help="One object of the area: an id, a number of a paper, or a destination.",
)
@click.option("--read-only", is_flag=True, help="Look, change nothing.")
@click.option("--plain", is_flag=True, help="Say the overview in lines and end; no screen.")
def tui_command(view: str | None, where: str, open_: str, read_only: bool, plain: bool) -> int:
    """Look at everything, and do what waits for you, at the terminal."""
    if plain:
        _say()
        return 0
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the dashboard needs a terminal", code="no_terminal", action="use `hub tui --plain`")
    from hub_tui.app import Dashboard, Start  # noqa: PLC0415 - nobody else pays for it

    shown, where, one = _asked(view, where, open_)
    start = Start(home=str(default_home(os.environ)), view=shown, where=where, one=one, read_only=read_only)
    dashboard = Dashboard(start, _open)
    error = dashboard.run()
    if dashboard.session is not None:
        dashboard.session.hub.close()
    if error is not None:
        raise error
    return dashboard.return_code or 0


def _asked(view: str | None, where: str, one: str) -> tuple[View, str, str]:
    """Area, filter and the one object; what is no id is the number of a paper. Raises UsageError."""
    filters.parse(where, system_now())
    if not one:
        return View(view or (View.OUTBOX if where else View.OVERVIEW)), where, ""
    if view == View.DESTINATIONS or (one.isdecimal() and view in _LISTS):
        return View(view), where, one
    if view == View.INBOX:
        raise UsageError(f"'{one}' is no id", action="see `hub inbox list`")
    if one.isdecimal():
        return View.OUTBOX, where, one
    quoted = one.replace("\\", "\\\\").replace('"', '\\"')
    return View(view) if view in _LISTS else View.DOCUMENTS, f'number:"{quoted}"', ""


def _open() -> Hub:
    config = read_config(os.environ)
    logs.silence()
    share_network(config, os.environ)
    return Hub.open(config)


def _say() -> None:
    with opened() as hub:
        for line in _lines(board(hub)):
            click.echo(show(line))


def _lines(found: Board) -> Iterator[str]:
    """The overview, a sentence a line: each destination, then each thing that needs a person."""
    yield f"At {found.at:%Y-%m-%d %H:%M:%S} UTC. Processes that deliver: {found.workers}."
    yield f"Destinations: {len(found.places)}."
    for place in found.places:
        turn = f", turn: {place.turn}" if place.turn else ""
        why = f" ({place.reason})" if place.reason else ""
        last = f"{place.last_delivered_at:%Y-%m-%d %H:%M} UTC" if place.last_delivered_at else "never"
        yield (
            f"{place.name}, {place.role}: {place.state}{why}{turn}. Queued: {place.queued}. "
            f"Needs you: {place.needs_you}. Last delivered: {last}."
        )
    yield f"Needs you: {len(found.needs) or 'nothing'}."
    for need in found.needs:
        yield f"{need.sentence}. See: {need.command}"
