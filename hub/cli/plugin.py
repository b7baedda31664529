"""`hub plugin`: what is installed, what each plugin needs to be told, and a new one begun and looked over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hub.cli.output import Output
from hub.cli.session import printing, values_of
from hub.errors import NotFoundError, PluginError
from hub.plugins.host import Host
from hub.plugins.settings import secret_names

if TYPE_CHECKING:
    from hub.testing.inspection import Given, Inspection

_PROBLEMS = 6


@click.group("plugin")
def plugin_command() -> None:
    """The plugins of this installation."""


@plugin_command.command("list")
@printing
def list_(out: Output) -> None:
    """Every plugin; one that cannot be loaded is quarantined, with the reason."""
    host = Host()
    for name in [one.name for one in host.found()]:
        try:
            host.plugin(name)
        except PluginError:
            continue  # told in the list
    names = ("name", "version", "distribution", "state", "reason")
    out.rows([{name: getattr(one, name) for name in names} for one in host.found()], list(names))


@plugin_command.command("info")
@click.argument("name")
@printing
def info(name: str, out: Output) -> None:
    """What a plugin does, and its settings."""
    about = Host().info(name)
    out.one(
        {
            "name": name,
            "title": about.title,
            "summary": about.summary,
            "roles": list(about.roles),
            "kinds": sorted(about.kinds),
            "formats": list(about.formats),
            "connection": _fields(about.connection),
            "settings": _fields(about.settings),
        }
    )


@plugin_command.command("new")
@click.argument("name")
@click.option("--dir", "folder", metavar="D", type=click.Path(path_type=Path), default=Path(), help="Where (here).")
@printing
def new(name: str, folder: Path, out: Output) -> None:
    """Begin a plugin: a project of its own in D/hub-NAME that installs, passes its tests and can be delivered to."""
    from hub.cli.main import COMMANDS  # noqa: PLC0415 - it imports this module by name
    from hub.plugins import scaffold  # noqa: PLC0415 - only this command pays for it

    installed = {one.name for one in Host().found()}
    project = scaffold.new(name, folder, frozenset(COMMANDS) | installed)
    names = ("name", "distribution", "package", "path", "files")
    out.one({field: getattr(project, field) for field in names})
    out.say(f"next: cd {project.path} && pip install -e '.[dev]' && pytest && hub plugin check {name}")


@plugin_command.command("check")
@click.argument("name")
@click.option("--set", "plain", metavar="NAME=VALUE", multiple=True, help="A setting to try it with; repeat it.")
@click.option("--secret", "secret", metavar="NAME=@FILE", multiple=True, help="A secret setting; repeat it.")
@printing
def check(name: str, plain: Sequence[str], secret: Sequence[str], out: Output) -> int:
    """Look a plugin over, with its conformance tests where they lie beside it; exit 6 when a step fails."""
    from hub.cli.typed import refused  # noqa: PLC0415 - it imports this module by name
    from hub.testing.inspection import Inspection, kit_of  # noqa: PLC0415 - only this command pays for it

    one = Inspection(Host(), name, refused)
    if not one.host.installed(name):
        raise NotFoundError(f"no plugin {name} is installed", action="see `hub plugin list`")
    steps = [
        {"name": step.name, "ok": step.ok, "message": step.message} for step in one.steps(_given(one, plain, secret))
    ]
    if out.json or out.jsonl:
        out.one({"name": name, "steps": steps})
    else:
        out.rows(steps, ["name", "ok", "message"])
    if steps[0]["ok"] and not kit_of(one.module):
        out.say("the conformance kit was not run: there are no tests beside the package, see docs/writing-plugins.md")
    return 0 if all(step["ok"] for step in steps) else _PROBLEMS


def _given(one: Inspection, plain: Sequence[str], secret: Sequence[str]) -> Given:
    """The settings on the command line, those of the connection apart."""
    from hub.testing.inspection import Given  # noqa: PLC0415 - only one command pays for it

    if not (plain or secret):
        return Given()
    values = values_of(plain, secret)
    connection = values.of(one.info.connection)
    settings = values.without(connection)
    return Given({**settings.plain, **settings.secret}, {**connection.plain, **connection.secret})


def _fields(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    hidden = secret_names(model)
    return [
        {
            "name": name,
            "required": field.is_required(),
            "secret": name in hidden,
            "default": None if name in hidden else _default(field),
            "description": field.description or "",
        }
        for name, field in model.model_fields.items()
    ]


def _default(field: FieldInfo) -> Any:
    """None where there is none, or where it follows from another setting: the description says how."""
    if field.is_required() or field.default_factory_takes_validated_data:
        return None
    return field.get_default(call_default_factory=True)
