"""UBL both ways, and a folder to keep papers in: reads any UBL, exports `ubl`, delivers to a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from hub import (
    Absent,
    Artifact,
    Delivery,
    Document,
    File,
    Health,
    Incoming,
    Pack,
    PluginInfo,
    Problem,
    Receipt,
    Role,
    hookimpl,
)
from hub_ubl_export import write
from hub_ubl_export.export import ubl
from hub_ubl_export.health import health as folder_health
from hub_ubl_export.meanings import MEANINGS
from hub_ubl_export.pattern import pack_path
from hub_ubl_export.read import read as read_ubl
from hub_ubl_export.settings import FolderSettings, problems


@hookimpl
def describe() -> PluginInfo:
    return PluginInfo(
        title="Folder",
        summary="Keeps papers and period exports in a folder, named so that people find them; reads and gives UBL",
        roles=(Role.ARCHIVE, Role.COPY),
        settings=FolderSettings,
        formats=("ubl",),
        takes_packs=True,
        repeatable=True,
        can_trace=True,
        meanings=MEANINGS,
    )


@hookimpl
def validate(settings: FolderSettings) -> Sequence[Problem]:
    return problems(settings)


@hookimpl
def health(settings: FolderSettings) -> Health:
    return folder_health(settings)


@hookimpl
def read(incoming: Incoming) -> Document | None:
    return read_ubl(incoming)


@hookimpl
def export(document: Document) -> File:
    return ubl(document)


@hookimpl
def prepare(
    document: Document, delivery: Delivery, export: Callable[[str], File], settings: FolderSettings
) -> Artifact:
    return write.prepare(document, delivery, export, settings)


@hookimpl
def deliver(prepared: Artifact, delivery: Delivery, settings: FolderSettings, now: datetime) -> Receipt:
    return write.deliver(prepared, delivery, settings, now)


@hookimpl
def prepare_pack(pack: Pack) -> Artifact:
    return Artifact((replace(pack.file, name=pack_path(pack)),))


@hookimpl
def deliver_pack(prepared: Artifact, delivery: Delivery, settings: FolderSettings, now: datetime) -> Receipt:
    return write.deliver(prepared, delivery, settings, now)


@hookimpl
def trace(prepared: Artifact, settings: FolderSettings, now: datetime) -> Receipt | Absent:
    return write.trace(prepared, settings, now)
