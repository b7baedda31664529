"""`hub plugin`: what is installed, and what each plugin needs to be told."""

from __future__ import annotations

from typing import Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hub.cli.output import Output
from hub.cli.session import printing
from hub.errors import PluginError
from hub.plugins.host import Host
from hub.plugins.settings import secret_names


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
