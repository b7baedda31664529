"""`hub connection` and `hub destination`: where papers may go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import click

from hub.app import Hub, configure, editing, places
from hub.app.configure import Wanted
from hub.app.editing import Edit
from hub.cli import login
from hub.cli.home import enterprise_number
from hub.cli.output import Output
from hub.cli.session import Date, Kinds, opened, printing, values_of
from hub.core.delivery import OnUncertain, Role
from hub.errors import NotFoundError, UsageError

_CONNECTIONS = ["name", "plugin", "state", "reason", "settings"]
_DESTINATIONS = ["name", "plugin", "role", "state", "reason", "from", "approve", "settings"]


def _settings(command: Callable[..., Any]) -> Callable[..., Any]:
    from_file = "A secret setting: from a file (or NAME=env:VARIABLE); repeat it."
    command = click.option("--secret", "secret", metavar="NAME=@FILE", multiple=True, help=from_file)(command)
    return click.option("--set", "plain", metavar="NAME=VALUE", multiple=True, help="A setting; repeat it.")(command)


def _guards(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a destination besides its settings."""
    for option in (
        click.option(
            "--on-uncertain",
            type=click.Choice([one.value for one in OnUncertain]),
            help="Where the far side cannot be asked.",
        ),
        click.option("--approve", metavar="A", help="always, never or first:N."),
        click.option("--from", "from_date", type=Date(), help="Papers older than this stay (default: today)."),
        click.option("--role", type=click.Choice([one.value for one in Role]), help="What it does with papers."),
        click.option("--kinds", type=Kinds(), help="Which kinds, with commas between."),
    ):
        command = option(command)
    return command


@click.group("connection")
def connection_command() -> None:
    """Shared logins and hosts that destinations use."""


@connection_command.command("add")
@click.argument("name")
@click.argument("plugin")
@_settings
@printing
def add_connection(name: str, plugin: str, plain: Sequence[str], secret: Sequence[str], out: Output) -> None:
    """Add a connection NAME of PLUGIN."""
    with opened() as hub:
        configure.add_connection(hub, name, plugin, values_of(plain, secret))
        out.one(next(one for one in places.connections_listed(hub) if one["name"] == name))


@connection_command.command("list")
@printing
def list_connections(out: Output) -> None:
    """All connections; secrets as ***."""
    with opened() as hub:
        out.rows(places.connections_listed(hub), _CONNECTIONS)


@connection_command.command("edit")
@click.argument("name")
@_settings
@printing
def edit_connection(name: str, plain: Sequence[str], secret: Sequence[str], out: Output) -> None:
    """Change settings of a connection; its blocked destinations work again."""
    with opened() as hub:
        editing.edit_connection(hub, name, values_of(plain, secret))
        out.one(next(one for one in places.connections_listed(hub) if one["name"] == name))


@connection_command.command("remove")
@click.argument("name")
@printing
def remove_connection(name: str, out: Output) -> None:
    """Remove a connection that no destination uses."""
    with opened() as hub:
        places.remove_connection(hub, name)
    out.say(f"removed the connection {name}")


@click.group("destination")
def destination_command() -> None:
    """Where papers go: a plugin, its settings, and its guards."""


@destination_command.command("add")
@click.argument("name")
@click.argument("plugin")
@click.option("--connection", metavar="NAME", default="", help="The connection it uses.")
@click.option("--company", metavar="NUMBER", default="", help="Whose papers; the home's only company by default.")
@_settings
@_guards
@printing
def add(name: str, plugin: str, out: Output, **given: Any) -> None:
    """Add a destination NAME of PLUGIN. Papers from before today stay where they are (--from)."""
    wanted = Wanted(
        name=name,
        plugin=plugin,
        values=values_of(given["plain"], given["secret"]),
        connection=given["connection"],
        company=enterprise_number(given["company"]) if given["company"] else "",
        kinds=given["kinds"] or (),
        role=Role(given["role"]) if given["role"] else None,
        from_date=given["from_date"],
        approve=given["approve"] or "",
        on_uncertain=OnUncertain(given["on_uncertain"]) if given["on_uncertain"] else None,
    )
    with opened() as hub:
        configure.add_destination(hub, wanted)
        _tell_remarks(hub, name, out)
        out.one(_record(hub, name))


def _tell_remarks(hub: Hub, name: str, out: Output) -> None:
    for problem in places.remarks(hub, name):
        out.say(f"note: {problem.place}: {problem.message} ({problem.code})")


def _record(hub: Any, name: str) -> dict[str, Any]:
    for record in places.listed(hub):
        if record["name"] == name:
            return record
    raise NotFoundError(f"there is no destination called {name}", action="see `hub destination list`")


@destination_command.command("list")
@printing
def list_(out: Output) -> None:
    """All destinations; secrets as ***."""
    with opened() as hub:
        out.rows(places.listed(hub), _DESTINATIONS, ["from", "approve", "plugin"])


@destination_command.command("show")
@click.argument("name")
@printing
def show(name: str, out: Output) -> None:
    """One destination."""
    with opened() as hub:
        out.one(_record(hub, name))


@destination_command.command("edit")
@click.argument("name")
@_settings
@_guards
@printing
def edit(name: str, out: Output, **given: Any) -> None:
    """Change settings and guards; a destination that was blocked works again.

    What becomes a booking road gets the guards of a new one, unless --approve and --on-uncertain say otherwise.
    """
    from_date: date | None = given["from_date"]
    changes = Edit(
        values=values_of(given["plain"], given["secret"]),
        kinds=given["kinds"] or (),
        from_date=from_date,
        approve=given["approve"] or "",
        on_uncertain=OnUncertain(given["on_uncertain"]) if given["on_uncertain"] else None,
        role=Role(given["role"]) if given["role"] else None,
    )
    with opened() as hub:
        editing.edit_destination(hub, name, changes)
        _tell_remarks(hub, name, out)
        record = _record(hub, name)
    if changes.role:
        guards = f"approve is {record['approve']}, on-uncertain is {record['on_uncertain']}"
        out.say(f"note: as {record['role']}: {guards}; --approve and --on-uncertain change that")
    out.one(record)


@destination_command.command("test")
@click.argument("name")
@printing
def test(name: str, out: Output) -> int:
    """Look whether deliveries would work; nothing is written there. Exit 6 when a step fails."""
    with opened() as hub:
        health = places.test(hub, name)
    steps = [{"name": step.name, "ok": step.ok, "message": step.message} for step in health.steps]
    out.one({"steps": steps})
    return 0 if health.ok else 6


@destination_command.command("pause")
@click.argument("name")
@printing
def pause(name: str, out: Output) -> None:
    """Stop deliveries there; papers wait."""
    with opened() as hub:
        places.pause(hub, name)
        out.one(_record(hub, name))


@destination_command.command("resume")
@click.argument("name")
@printing
def resume(name: str, out: Output) -> None:
    """Go on at a paused or blocked destination."""
    with opened() as hub:
        places.resume(hub, name)
        out.one(_record(hub, name))


@destination_command.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Confirm when papers still wait there.")
@printing
def remove(name: str, yes: bool, out: Output) -> None:
    """Remove a destination; what it delivered stays in the ledger."""
    with opened() as hub:
        out.confirm(f"remove {name}? Papers that still wait there will not be sent", yes=yes)
        places.remove_destination(hub, name)
    out.say(f"removed the destination {name}")


@connection_command.command("test")
@click.argument("name")
@printing
def test_connection(name: str, out: Output) -> int:
    """Test the first destination that uses the connection."""
    with opened() as hub:
        users = [one["name"] for one in places.listed(hub) if one["connection"] == name]
        if not users:
            raise UsageError(f"no destination uses the connection {name}", action="add one: hub destination add")
        health = places.test(hub, users[0])
    out.one({"steps": [{"name": step.name, "ok": step.ok, "message": step.message} for step in health.steps]})
    return 0 if health.ok else 6


connection_command.add_command(login.connection_login)
connection_command.add_command(login.choices)
destination_command.add_command(login.destination_login)
