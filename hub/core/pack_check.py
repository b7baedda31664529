"""Is a pack whole? Each file of its manifest against the ZIP, by whoever holds the file: no home is needed.

The ZIP may come from anywhere: nothing is unpacked, and reading stops where the manifest says a file ends.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hub.core.pack_index import MANIFEST, VERSION, Entry
from hub.core.words import show
from hub.errors import NotFoundError, Problem, Severity

_CHUNK = 1 << 18
_MAX_MANIFEST = 1 << 28  # 200,000 papers; it is read into memory
# What zipfile raises for damaged bytes; RuntimeError covers encryption and unknown methods as well.
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)


def verify_pack(path: Path) -> list[Problem]:
    """What is wrong with a pack, `place` being the file; empty when each is there with its hash and no other.

    Raises NotFoundError when there is no pack to read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return list(_problems(archive))
    except _BROKEN as error:
        return [_problem("unreadable", f"this is no readable pack: {show(str(error))}", path.name)]
    except OSError as error:
        raise NotFoundError(f"cannot read {show(str(path))}: {error.strerror}") from error


def _problems(archive: zipfile.ZipFile) -> Iterator[Problem]:
    there = Counter(archive.namelist())
    if MANIFEST not in there:
        yield _problem("unreadable", f"it has no {MANIFEST}", MANIFEST)
        return
    listed = _listed(archive)
    for name in sorted(listed.keys() | there.keys() - {MANIFEST}):
        yield from _of_file(archive, name, listed.get(name))
    for name in sorted(name for name, count in there.items() if count > 1):
        yield _problem("double", "two files in the pack have this name", name)


def _of_file(archive: zipfile.ZipFile, name: str, entry: Entry | None) -> Iterator[Problem]:
    if entry is None:
        yield _problem("extra", "the manifest does not name this file", name)
    elif name not in archive.NameToInfo:
        yield _problem("missing", "the manifest names this file, the pack does not hold it", name)
    elif not _same(archive, entry):
        yield _problem("differs", "the file differs from its SHA-256 in the manifest", name)


def _same(archive: zipfile.ZipFile, entry: Entry) -> bool:
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(entry.name) as stream:
            while size <= entry.size and (piece := stream.read(_CHUNK)):
                digest.update(piece)
                size += len(piece)
    except _BROKEN:
        return False
    return (digest.hexdigest(), size) == (entry.sha256, entry.size)


def _listed(archive: zipfile.ZipFile) -> dict[str, Entry]:
    """Every file that the manifest names. Raises ValueError when it is no manifest."""
    with archive.open(MANIFEST) as stream:
        data = stream.read(_MAX_MANIFEST + 1)
    if len(data) > _MAX_MANIFEST:
        raise ValueError(f"{MANIFEST} is larger than {_MAX_MANIFEST} bytes")
    try:
        return _entries(json.loads(data))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{MANIFEST} is not of the form this version reads") from error


def _entries(manifest: Any) -> dict[str, Entry]:
    if manifest["version"] != VERSION:
        raise ValueError(f"{MANIFEST} is of another version")
    files = [*manifest["lists"], *(file for paper in manifest["papers"] for file in paper["files"])]
    entries = {entry.name: entry for entry in map(_entry, files)}
    if len(entries) != len(files):
        raise ValueError(f"{MANIFEST} names a file twice")
    return entries


def _entry(file: Any) -> Entry:
    match file:
        case {"name": str(name), "sha256": str(sha256), "size": int(size)}:
            return Entry(name, sha256, size)
        case _:
            raise TypeError("no file of a manifest")


def _problem(code: str, message: str, place: str) -> Problem:
    return Problem(f"pack.{code}", message, show(place), Severity.FATAL)
