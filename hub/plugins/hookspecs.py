"""The hooks: the table of contents of the product.

Plain synchronous functions. A plugin names the arguments it wants, any subset, never with a default. Nobody calls
`pm.hook.x()`: the only way is `Host.call`, which catches everything, checks the returned type and names the plugin.

Offered to every hook that does I/O (marked *): `settings` and `connection` (the plugin's validated pydantic models;
connection is None when the plugin has none), `http` (`hub.http.Http`: the only way to a web server), `vault` (its
durable secrets), `log` (a structlog logger) and `now` (an aware datetime, UTC).
A plugin raises what happened (`hub.errors.DeliveryError` and below); the core decides what happens next. It never
sleeps or loops over hours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy
from pydantic import BaseModel

from hub.core.delivery import Absent, Delivery, Pack, Receipt
from hub.core.document import Document, Incoming
from hub.core.files import Artifact, File
from hub.plugins.desk import App, Decorator, Notice, Notify, OpenDesk, Site, Tables
from hub.plugins.types import Ask, Choice, Health, PluginInfo, Problems
from hub.plugins.vault import Vault

if TYPE_CHECKING:
    from click import Group

    from hub.core.papers import Papers
    from hub.http import Http

GROUP = "hub.v1"

hookspec = pluggy.HookspecMarker("hub")
hookimpl = pluggy.HookimplMarker("hub")

Log = Any
Export = Callable[[str], File]


@hookspec
def describe() -> PluginInfo:  # type: ignore[empty-body]
    """Say what the plugin is: title, kinds, roles, settings models, limits. No I/O, the same every time."""


@hookspec
def validate(settings: BaseModel, connection: BaseModel | None) -> Problems:  # type: ignore[empty-body]
    """Say what single fields cannot: settings that do not go together. Offline. `place` is the field."""


@hookspec
def health(  # type: ignore[empty-body]
    settings: BaseModel,
    connection: BaseModel | None,
    http: Http,
    vault: Vault,
    tables: Tables,
    log: Log,
    now: datetime,
) -> Health:
    """* Look whether deliveries would work: reads, never writes, within 10 s."""


@hookspec
def login(
    ask: Ask,
    settings: BaseModel | None,
    connection: BaseModel | None,
    http: Http,
    vault: Vault,
    log: Log,
    now: datetime,
) -> None:
    """* Let a person log in, and put what comes of it into the vault before returning.

    `settings` is None where `PluginInfo.login_at` is `connection`. Raises LoginNeeded when the far side refuses.
    """


@hookspec
def choices(  # type: ignore[empty-body]
    field: str,
    draft: Mapping[str, Any],
    connection: BaseModel | None,
    http: Http,
    vault: Vault,
    log: Log,
    now: datetime,
) -> Sequence[Choice]:
    """* What the far side offers for one setting of a destination; `draft` holds the settings chosen so far, as typed.

    Nothing for a field that has no such list.
    """


@hookspec
def prepare(  # type: ignore[empty-body]
    document: Document,
    delivery: Delivery,
    export: Export,
    settings: BaseModel,
    connection: BaseModel | None,
    http: Http,
    vault: Vault,
    log: Log,
    now: datetime,
) -> Artifact:
    """* Build the exact bytes that will leave, in one or more named parts. No side effects.

    `export(format)` gives this document in a format some plugin owns (`ubl`), or raises `Held`. The core stores
    the artifact once and hands the same bytes to every attempt; this is also the preview.
    """


@hookspec
def deliver(  # type: ignore[empty-body]
    prepared: Artifact,
    document: Document,
    delivery: Delivery,
    settings: BaseModel,
    connection: BaseModel | None,
    http: Http,
    vault: Vault,
    tables: Tables,
    log: Log,
    now: datetime,
) -> Receipt:
    """* Hand over, once. Return what the far side answered; raise `NotSent`, `Rejected`, `Held`, `LoginNeeded`,
    `SettingsError` or `Uncertain`. Anything else raised here counts as uncertain.

    Where that takes several calls, `delivery.steps.record` each one: a later attempt, or `trace`, sees what was done.
    """


@hookspec
def prepare_pack(  # type: ignore[empty-body]
    pack: Pack,
    delivery: Delivery,
    settings: BaseModel,
    connection: BaseModel | None,
    http: Http,
    vault: Vault,
    log: Log,
    now: datetime,
) -> Artifact:
    """* Like `prepare`, for the ZIP of a period (`pack.file`). Only for plugins with `takes_packs`."""


@hookspec
def deliver_pack(  # type: ignore[empty-body]
    prepared: Artifact,
    pack: Pack,
    delivery: Delivery,
    settings: BaseModel,
    connection: BaseModel | None,
    http: Http,
    vault: Vault,
    tables: Tables,
    log: Log,
    now: datetime,
) -> Receipt:
    """* Like `deliver`, for the ZIP of a period."""


@hookspec
def trace(  # type: ignore[empty-body]
    prepared: Artifact,
    document: Document | None,
    pack: Pack | None,
    delivery: Delivery,
    settings: BaseModel,
    connection: BaseModel | None,
    http: Http,
    vault: Vault,
    tables: Tables,
    log: Log,
    now: datetime,
) -> Receipt | Absent:
    """* Ask the far side what it knows of this key: a `Receipt` when it is there, `Absent` when it never arrived
    and is safe to send. Anything else, None included, is a fault and changes nothing. Never sends.
    """


@hookspec
def export(document: Document, format: str) -> File:  # type: ignore[empty-body]  # noqa: A002
    """One paper in a format that this plugin owns. Pure: the same document gives the same bytes."""


@hookspec
def read(incoming: Incoming) -> Document | None:
    """Read a paper: its facts, and its embedded files in `files` (the original is added by the core).

    None: not a format of mine. Raises `hub.errors.Unreadable` when it is mine but broken, unsafe or incomplete.
    """


@hookspec
def notify(notice: Notice, connection: BaseModel | None, http: Http, vault: Vault, log: Log, now: datetime) -> None:
    """* Send a short message of the hub itself (an invitation, a login link) to one person, through this connection."""


@hookspec
def migrations() -> Path:  # type: ignore[empty-body]
    """The folder of the Alembic revisions of the tables that the plugin owns; no I/O.

    Files are `0001_what_it_does.py` and so on, their revision ids the numbers; tables begin with the plugin's name.
    They are run before the tables are first used, after the core's and apart from them.
    """


@hookspec
def routes(tables: Tables, papers: Papers, site: Site, notify: Notify, log: Log) -> App:  # type: ignore[empty-body]
    """The plugin's pages: an ASGI application, mounted under /PLUGIN/ by `hub serve`.

    `papers.of(companies)` is all it sees of papers. What every answer needs (headers, the check of foreign forms and
    host names, a page for faults) is added around it. It runs in the hub's process: no endless work in a request.
    """


@hookspec
def commands(group: Group, desk: OpenDesk, printing: Decorator) -> None:
    """Add click commands to `hub PLUGIN ...`: they run in this process, so keep what costs time out of this call.

    `with desk() as d` opens the home when a command runs. `@printing` adds `--json` and `--jsonl`, and gives the
    command an `out` with `rows(records, columns)`, `one(record)`, `say(text)` and `confirm(question, yes)`.
    """
