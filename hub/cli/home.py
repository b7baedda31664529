"""`hub init` and `hub company`: the home and whose papers it keeps."""

from __future__ import annotations

import os

import click
from stdnum.be import vat
from stdnum.exceptions import ValidationError

from hub.app import Hub
from hub.cli.output import Output
from hub.cli.session import opened, printing
from hub.config import read_config
from hub.core.store import companies
from hub.errors import UsageError


def enterprise_number(text: str) -> str:
    """Ten digits of a Belgian enterprise number; dots and `BE` allowed. Raises UsageError when the check fails."""
    try:
        number: str = vat.validate(text)
    except ValidationError:
        raise UsageError(
            f"'{text}' is no Belgian enterprise number", code="enterprise_number", action="ten digits, 0123.456.749"
        ) from None
    return number


@click.command("init")
@click.option("--company", metavar="NAME", help="The company whose papers these are.")
@click.option("--enterprise-number", metavar="NUMBER", help="Its Belgian enterprise number.")
@click.option("--database-url", metavar="URL", help="PostgreSQL instead of a file in the home.")
@printing
def init_command(company: str | None, enterprise_number: str | None, database_url: str | None, out: Output) -> None:
    """Make the home, its key, its database and the company. Safe to repeat."""
    if bool(company) != bool(enterprise_number):
        raise UsageError("a company is a name and a number", action="give --company and --enterprise-number together")
    number = _number(enterprise_number or "")
    environment = dict(os.environ)
    if database_url:
        environment["HUB_DATABASE_URL"] = database_url
    hub = Hub.init(read_config(environment))
    try:
        if company:
            with hub.db.write() as tx:
                companies.add(tx, number, company)
        out.one({"home": str(hub.config.home), "database": hub.db.url.get_backend_name(), "company": number or None})
    finally:
        hub.close()
    if database_url:
        out.say("put the same URL in HUB_DATABASE_URL, or database_url in hub.toml, for every other command")


def _number(text: str) -> str:
    return enterprise_number(text) if text else ""


@click.group("company")
def company_command() -> None:
    """The companies whose papers the hub keeps."""


@company_command.command("list")
@printing
def list_(out: Output) -> None:
    """All companies."""
    with opened() as hub, hub.db.read() as conn:
        rows = [{"id": one.id, "number": one.number, "name": one.name} for one in companies.every(conn)]
    out.rows(rows, ["number", "name"])


@company_command.command("add")
@click.argument("name")
@click.argument("number")
@printing
def add(name: str, number: str, out: Output) -> None:
    """Add a company: its NAME and enterprise NUMBER."""
    with opened() as hub, hub.db.write() as tx:
        one = companies.add(tx, enterprise_number(number), name)
    out.one({"id": one.id, "number": one.number, "name": one.name})


@company_command.command("edit")
@click.argument("number")
@click.option("--name", required=True, help="The new name.")
@printing
def edit(number: str, name: str, out: Output) -> None:
    """Give a company another name."""
    with opened() as hub, hub.db.write() as tx:
        one = companies.rename(tx, enterprise_number(number), name)
    out.one({"id": one.id, "number": one.number, "name": one.name})
