"""Exports as a person asks for them: to a file, to a destination that takes packs, or to a mail address."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection, Row

from hub.app import configure
from hub.app.configure import Values, Wanted
from hub.app.home import Hub
from hub.core import periods
from hub.core.document import Kind
from hub.core.export import DEFAULT_KINDS, Exported, Exporter, Request
from hub.core.pack_index import Format, Scope
from hub.core.store import companies, destinations, packs, queueing
from hub.core.store.queueing import Subject
from hub.errors import NotFoundError, UsageError

_MAIL = "mailto:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """An export as typed."""

    period: str
    company: str
    kinds: frozenset[Kind]
    formats: frozenset[str]
    target: str
    via: str
    only_new: bool
    not_booked: bool


def export(hub: Hub, ordered: Ordered) -> dict[str, Any]:
    """Make the pack; returns `path` (null when it is queued for a destination), `sha256`, `documents`, `left_out`."""
    company = hub.company(ordered.company)
    place = _place(hub, ordered, company.number)
    request = Request(
        company_id=company.id,
        scope=Scope(
            company=company.number,
            company_name=company.name,
            period=periods.parse(ordered.period),
            kinds=ordered.kinds or DEFAULT_KINDS,
            formats=frozenset(Format(one) for one in ordered.formats),
        ),
        target=ordered.target,
        only_new=ordered.only_new,
        not_booked=ordered.not_booked,
    )
    exporter = Exporter(db=hub.db, blobs=hub.blobs, export=hub.host.export)
    if place is None:
        path = Path(ordered.target).expanduser().absolute()
        if not path.parent.is_dir():
            raise UsageError(f"there is no folder {path.parent}", code="no_folder", action="make it, or choose another")
        return _answer(exporter.to_file(request, path), str(path))
    exported = exporter.to_blob(request)
    _queue(hub, exported, place)
    return _answer(exported, None)


def _answer(exported: Exported, path: str | None) -> dict[str, Any]:
    left = [{"document": exported.document_of[one.sha256], "reason": one.reason} for one in exported.result.left_out]
    return {
        "path": path,
        "sha256": exported.result.sha256,
        "documents": exported.result.documents,
        "left_out": left,
    }


def _queue(hub: Hub, exported: Exported, place: Row[Any]) -> None:
    with hub.db.write() as tx:
        instance = companies.instance_id(tx.conn)
        sha256 = exported.result.sha256
        pack_id = packs.first_alike(tx.conn, place.company_id, sha256)  # keys hang on bytes, so generations must too
        subject = Subject(company_id=place.company_id, sha256=sha256, pack_id=pack_id)
        queueing.enqueue(tx, instance, [(subject, place.id)])


def _place(hub: Hub, ordered: Ordered, company: str) -> Row[Any] | None:
    """The destination a target names; None for a file."""
    if ordered.target.startswith(_MAIL):
        return _mail_place(hub, ordered, company)
    with hub.db.read() as conn:
        try:
            place = destinations.named(conn, ordered.target)
        except NotFoundError:
            if _is_file(ordered.target):
                return None
            raise _no_such_target(conn, ordered.target) from None
    if not hub.host.info(place.plugin).takes_packs:
        raise UsageError(f"{place.name} takes no packs", action="export to a file, or to another destination")
    return place


def _is_file(target: str) -> bool:
    """A path, or a name that says it is a pack; any other word is a destination."""
    return "/" in target or os.sep in target or target.lower().endswith(".zip")


def _no_such_target(conn: Connection, target: str) -> NotFoundError:
    """A mistyped destination must not become a file of that name."""
    near = difflib.get_close_matches(target, [place.name for place in destinations.every(conn)], 1)
    meant = [f"did you mean {near[0]}?"] if near else []
    meant += [f"an address is mailto:{target}"] if "@" in target else [f"a file is {target}.zip or ./{target}"]
    return NotFoundError(f"there is no destination called {target}", action="; ".join(meant))


def _mail_place(hub: Hub, ordered: Ordered, company: str) -> Row[Any]:
    """The destination behind an address: one that is there already, else a new one on the e-mail connection."""
    address = ordered.target.removeprefix(_MAIL)
    via = ordered.via or _only_mail(hub)
    with hub.db.read() as conn:
        connection = destinations.connection_named(conn, via)
        for place in destinations.every(conn):
            if place.connection_id == connection.id and place.settings.get("to") == address and not place.kinds:
                return place
    name = f"{via}:{address}"
    wanted = Wanted(
        name=name, plugin="email", values=Values({"to": address}), connection=via, company=company, packs_only=True
    )
    configure.add_destination(hub, wanted)
    with hub.db.read() as conn:
        return destinations.named(conn, name)


def _only_mail(hub: Hub) -> str:
    with hub.db.read() as conn:
        names: Sequence[str] = [row.name for row in destinations.connections(conn) if row.plugin == "email"]
    if len(names) != 1:
        which = "no e-mail connection" if not names else f"{len(names)} e-mail connections"
        raise UsageError(f"there is {which}", code="which_connection", action="add one, or name it with --via")
    return names[0]
