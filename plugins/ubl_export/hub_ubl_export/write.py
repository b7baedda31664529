"""Hands papers and packs over to a folder, once: what is there already is never changed, and found again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath

from hub import Absent, Artifact, Delivery, Document, File, FileRole, Held, Receipt
from hub_ubl_export.folder import Seen, inside, look, make_root, naming_errors, put
from hub_ubl_export.pattern import ending_of, stem_of
from hub_ubl_export.settings import FolderSettings, Form

Names = list[tuple[File, str, Seen]]


def prepare(
    document: Document, delivery: Delivery, export: Callable[[str], File], settings: FolderSettings
) -> Artifact:
    """The files that go, each named with its path below the folder. A form that is missing is left out."""
    stem = stem_of(settings.pattern, document, delivery)
    files = _wanted(document, settings.format, export) or (document.original,)
    return Artifact(tuple(replace(file, name=f"{stem}{ending_of(file)}") for file in files))


def deliver(prepared: Artifact, delivery: Delivery, settings: FolderSettings, now: datetime) -> Receipt:
    """Write what is not there yet, and make sure that it stays."""
    with naming_errors(settings.path):
        make_root(settings.path)
        with inside(settings.path, _levels(prepared), make=True) as folder:
            _sweep(folder, delivery)
            names = _free_names(folder, prepared)
            for index, (part, name, seen) in enumerate(names):
                if seen is Seen.NOTHING:
                    put(folder, name, f".{delivery.key}.{delivery.attempt}.{index}.part", part)
            os.fsync(folder)
    return _receipt(prepared, names, settings, now)


def trace(prepared: Artifact, settings: FolderSettings, now: datetime) -> Receipt | Absent:
    """Look for the files, under either name; a paper of which a part is missing has not arrived."""
    with naming_errors(settings.path):
        settings.path.parent.stat()  # without it nobody can tell: the disk is not there
        with suppress(FileNotFoundError), inside(settings.path, _levels(prepared), make=False) as folder:
            for names in _candidates(folder, prepared):
                if all(seen is Seen.SAME for _, _, seen in names):
                    os.fsync(folder)
                    return _receipt(prepared, names, settings, now)
    return Absent(f"not all of {', '.join(part.name for part in prepared.parts)} is in {settings.path}")


def _wanted(document: Document, form: Form, export: Callable[[str], File]) -> tuple[File, ...]:
    """What there is of the wanted form; nothing when there is none of it, then the original goes."""
    if form is Form.ORIGINAL:
        return ()
    ubl = () if form is Form.PDF else _ubl(export)
    return ubl if form is Form.UBL else (*ubl, *_pdf(document))


def _ubl(export: Callable[[str], File]) -> tuple[File, ...]:
    try:
        return (export("ubl"),)
    except Held:
        return ()


def _pdf(document: Document) -> tuple[File, ...]:
    """The paper's picture; an original that is a PDF is its own."""
    picture = document.file(FileRole.PDF)
    if picture is None and document.original.media_type == "application/pdf":
        picture = document.original
    return (picture,) if picture else ()


def _levels(prepared: Artifact) -> tuple[str, ...]:
    """The folders below the root, the same for all parts; a name that leads elsewhere is not ours."""
    parents = {PurePosixPath(part.name).parent for part in prepared.parts}
    levels = parents.pop().parts
    if parents or any(name in {"..", "/"} for name in levels):
        raise Held("unsafe_name", f"not a place in this folder: {prepared.parts[0].name}")
    return levels


def _sweep(folder: int, delivery: Delivery) -> None:
    """Remove what an earlier attempt of this delivery left half-written when it was cut off."""
    if delivery.attempt > 1:
        for name in os.listdir(folder):
            if name.startswith(f".{delivery.key}.") and name.endswith(".part"):
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=folder)


def _free_names(folder: int, prepared: Artifact) -> Names:
    """Names under which nothing else lies: the wanted ones, else all of them with the hash behind."""
    for names in _candidates(folder, prepared):
        if all(seen is not Seen.OTHER for _, _, seen in names):
            return names
    raise Held("name_taken", f"other files lie under {prepared.parts[0].name} and under its name with its hash")


def _candidates(folder: int, prepared: Artifact) -> Iterator[Names]:
    for suffix in ("", f"_{prepared.sha256[:8]}"):
        paths = ((part, PurePosixPath(part.name)) for part in prepared.parts)
        named = ((part, f"{path.stem}{suffix}{path.suffix}") for part, path in paths)
        yield [(part, name, look(folder, name, part)) for part, name in named]


def _receipt(prepared: Artifact, names: Names, settings: FolderSettings, now: datetime) -> Receipt:
    folder = settings.path.joinpath(*_levels(prepared))
    detail = {name: part.sha256 for part, name, _ in names}
    return Receipt(reference=str(folder / names[0][1]), at=now, detail=detail)
