"""`hub config`: how this process is configured."""

from __future__ import annotations

import os

import click
from sqlalchemy.engine import make_url

from hub.cli.output import Output
from hub.cli.session import printing
from hub.config import read_config


@click.group("config")
def config_command() -> None:
    """The configuration of this process: environment, then hub.toml in the home, then defaults."""


@config_command.command("show")
@printing
def show(out: Output) -> None:
    """What is in force; secrets as ***."""
    config = read_config(os.environ)
    record = config.model_dump(mode="json")
    record["key"] = "***" if config.key else f"file {config.home / 'key'}"
    record["database_url"] = make_url(config.url).render_as_string(hide_password=True)
    out.one(record)
