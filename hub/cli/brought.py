"""The commands that plugins bring: `hub PLUGIN ...`. The plugin is loaded when its group is called, not before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from hub.cli.session import opened, printing
from hub.plugins.desk import Desk
from hub.plugins.host import Host


def group_of(name: str) -> click.Group | None:
    """The group with a plugin's commands; None when no such plugin is installed, or it has none."""
    host = Host()
    if not host.installed(name):
        return None
    plugin = host.plugin(name)
    if not plugin.implements("commands"):
        return None
    group = click.Group(name, help=f"{host.info(name).summary}.", no_args_is_help=True)
    host.call(plugin, "commands", group=group, desk=_desk_of(name), printing=printing)
    return group


def _desk_of(name: str) -> object:
    @contextmanager
    def desk() -> Iterator[Desk]:
        from hub.app.desk import desk as of  # noqa: PLC0415 - `hub PLUGIN --help` opens no home

        with opened() as hub:
            yield of(hub, name)

    return desk
