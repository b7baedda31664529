"""Bytes by their SHA-256: what the core asks of the place that keeps them, a folder or an object store.

Bytes are durable there before any row names them, never change under their name, and are hashed at every read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from hub.core.files import File
from hub.errors import CorruptError

REPAIR = "run `hub verify`, restore this file from a backup, or ask the sender for the paper again"
YOUNG = 12 * 3600.0  # seconds; a blob that is wanted again when it is older is made young (see `orphans`)


@dataclass(frozen=True, slots=True)
class Stored:
    """A blob as its place lists it. `modified` is when it was last written (POSIX time, by the place's own clock)."""

    sha256: str
    size: int
    modified: float


class Blobs(Protocol):
    """A place for bytes. Raises OSError or OutOfReach when it cannot be used right now."""

    @property
    def scratch(self) -> Path:
        """A folder of this machine for files that are still being made; `put_path` takes them from there."""

    def claim(self, owner: str) -> str:
        """Name the hub whose bytes these are, once for ever; returns whose they are.

        Raises UsageError when the place refuses us or is not there.
        """

    def put(self, data: bytes) -> str:
        """Keep these bytes; returns their SHA-256 when they are durable."""

    def put_part(self, part: File) -> str:
        """Keep a file's bytes, in pieces; returns their SHA-256. Raises CorruptError when they are not what it says."""

    def put_all(self, things: Sequence[bytes | File]) -> list[str]:
        """Keep all of these; returns their SHA-256, in order, when every one is durable."""

    def put_path(self, path: Path, sha256: str) -> None:
        """Keep a finished, synced file below `scratch`, which may be gone afterwards; `sha256` is its known hash."""

    def open(self, sha256: str) -> BinaryIO:
        """A stream over the bytes, hashed before the first one is given. Raises CorruptError."""

    def check(self, sha256: str) -> None:
        """Read the stored bytes themselves, whatever is at hand. Raises CorruptError when they are gone or changed."""

    def remove(self, names: Sequence[str]) -> None:
        """Remove blobs that no row names any more; one that is gone already is no error."""

    def listed(self) -> Iterator[Stored]:
        """All blobs there are."""

    def found(self, sha256: str) -> Stored | None:
        """It as its place lists it, right now."""

    def __iter__(self) -> Iterator[str]:
        """The names of all blobs there are."""

    def sweep(self, older_than: float) -> None:
        """Remove what killed writers left behind half done, last touched before `older_than` (POSIX time)."""

    def __contains__(self, sha256: str) -> bool:
        """Whether it is there, right now."""


def gone(sha256: str) -> CorruptError:
    """The bytes are not there."""
    return CorruptError(f"the stored bytes {sha256[:12]} are gone", action=REPAIR)


def changed(sha256: str) -> CorruptError:
    """The bytes are others than were stored."""
    return CorruptError(f"the stored bytes {sha256[:12]} are not what was stored", action=REPAIR)


def not_as_said(part: File) -> CorruptError:
    """A file's bytes are not those that its hash and size promise."""
    return CorruptError(f"{part.name} is not what its SHA-256 says", action="report this to the plugin's makers")
