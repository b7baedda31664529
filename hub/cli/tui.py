"""`hub tui`: the dashboard in a terminal; `--plain` says the same in lines, for a screen reader or a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hub.errors import UsageError

# What is imported before the first paint makes people wait for it; all else is imported where it is used.
if TYPE_CHECKING:
    from hub.app import Hub
    from hub.app.board import Board

_VIEWS = ("overview", "outbox", "documents", "inbox", "destinations")
_BY_ID = ("outbox", "documents", "inbox")


@click.command("tui")
@click.option("--view", type=click.Choice(_VIEWS), help="The area to start with.")
@click.option("--filter", "where", metavar="F", default="", help="For outbox and documents: state:held dest:mail")
@click.option(
    "--open", "one", metavar="ID", default="", help="One object of the area: an id, a number of a paper, a destination."
)
@click.option("--read-only", is_flag=True, help="Look, change nothing.")
@click.option("--plain", is_flag=True, help="Say the overview in lines and end; no screen.")
def tui_command(view: str | None, where: str, one: str, read_only: bool, plain: bool) -> int:
    """Look at everything, and do what waits for you, at the terminal."""
    if plain:
        _say()
        return 0
    view, where, one = _asked(view, where, one)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the dashboard needs a terminal", code="no_terminal", action="use `hub tui --plain`")
    from hub_tui.app import Dashboard, Start  # noqa: PLC0415 - nobody else pays for it

    dashboard = Dashboard(Start(view=view, where=where, one=one, read_only=read_only), _open)
    error = dashboard.run()
    if dashboard.session is not None:
        dashboard.session.hub.close()
    if error is not None:
        raise error
    return dashboard.return_code or 0


def _asked(view: str | None, where: str, one: str) -> tuple[str, str, str]:
    """Area, filter and the one object; what is no id is the number of a paper. Raises UsageError."""
    if where:
        from hub.core import filters  # noqa: PLC0415 - only when there is one
        from hub.core.clock import system_now  # noqa: PLC0415 - likewise

        filters.parse(where, system_now())
    if not one:
        return view or ("outbox" if where else "overview"), where, ""
    if view == "destinations" or (one.isdecimal() and view in _BY_ID):
        return view, where, one
    if view == "inbox":
        raise UsageError(f"'{one}' is no id", action="see `hub inbox list`")
    if one.isdecimal():
        return "outbox", where, one
    quoted = one.replace("\\", "\\\\").replace('"', '\\"')
    return view if view in _BY_ID else "documents", f'number:"{quoted}"', ""


def _open() -> Hub:
    from hub.app import Hub, logs  # noqa: PLC0415 - behind the first paint
    from hub.config import read_config, share_network  # noqa: PLC0415 - likewise

    config = read_config(os.environ)
    logs.silence()
    share_network(config, os.environ)
    return Hub.open(config)


def _say() -> None:
    from hub.app.board import board  # noqa: PLC0415 - only for this
    from hub.cli.session import opened  # noqa: PLC0415 - likewise
    from hub.core.words import show  # noqa: PLC0415 - likewise

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
