"""Bytes by their SHA-256, on disk: written temp + fsync + rename before any row names them, checked at every read."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from hub.core.disk import sync_folder
from hub.core.files import File
from hub.errors import CorruptError
from hub.failpoints import hit

_CHUNK = 1 << 20


class Blobs:
    """A folder of blobs, `ab/abcd...`, mode 0440, never rewritten."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes) -> str:
        """Keep these bytes; returns their SHA-256 when they are safe on disk."""
        sha256 = hashlib.sha256(data).hexdigest()
        if not self._kept(sha256, len(data)):
            with self._new(sha256) as stream:
                stream.write(data)
                self._seal(stream, sha256)
        return sha256

    def put_part(self, part: File) -> str:
        """Keep a file's bytes, in pieces; returns their SHA-256. Raises CorruptError when they are not what it says."""
        if self._kept(part.sha256, part.size):
            return part.sha256
        seen = hashlib.sha256()
        with part.open() as source, self._new(part.sha256) as stream:
            while piece := source.read(_CHUNK):
                seen.update(piece)
                stream.write(piece)
            if seen.hexdigest() != part.sha256 or stream.tell() != part.size:
                Path(stream.name).unlink()
                raise CorruptError(
                    f"{part.name} is not what its SHA-256 says", action="report this to the plugin's makers"
                )
            self._seal(stream, part.sha256)
        return part.sha256

    def put_path(self, path: Path, sha256: str) -> None:
        """Make a finished, synced file on the same disk a blob, by renaming it; `sha256` is known to be its hash."""
        target = self.path(sha256)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.chmod(0o440)
            path.rename(target)
            sync_folder(target.parent)
            sync_folder(self.root)

    def open(self, sha256: str) -> BinaryIO:
        """A stream over the bytes, hashed before the first one is given. Raises CorruptError."""
        try:
            stream = self.path(sha256).open("rb")
        except FileNotFoundError as error:
            raise CorruptError(f"the stored bytes {sha256[:12]} are gone", action=_REPAIR) from error
        if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
            stream.close()
            raise CorruptError(f"the stored bytes {sha256[:12]} were changed on disk", action=_REPAIR)
        stream.seek(0)
        return stream

    def remove(self, sha256: str) -> None:
        """Remove a blob that no row names any more; one that is gone already is no error."""
        path = self.path(sha256)
        if path.exists():
            path.unlink(missing_ok=True)
            sync_folder(path.parent)

    def __contains__(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def __iter__(self) -> Iterator[str]:
        """The names of all blobs there are."""
        for path in self.root.glob("??/*"):
            if not path.name.startswith("."):
                yield path.name

    def path(self, sha256: str) -> Path:
        """Where a blob lies."""
        return self.root / sha256[:2] / sha256

    def sweep(self, older_than: float) -> None:
        """Remove what killed writers left behind: temporary files last touched before `older_than` (POSIX time)."""
        for path in self.root.glob("??/.new-*"):
            if path.stat().st_mtime < older_than:
                path.unlink(missing_ok=True)

    def _kept(self, sha256: str, size: int) -> bool:
        try:
            return self.path(sha256).stat().st_size == size
        except FileNotFoundError:
            return False

    def _new(self, sha256: str) -> BinaryIO:
        folder = self.path(sha256).parent
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync_folder(self.root)
        return tempfile.NamedTemporaryFile(dir=folder, prefix=".new-", delete=False)  # type: ignore[return-value]

    def _seal(self, stream: BinaryIO, sha256: str) -> None:
        """Make the temporary file the blob: synced, read-only, renamed, and the rename synced."""
        target = self.path(sha256)
        stream.flush()
        os.fsync(stream.fileno())
        os.fchmod(stream.fileno(), 0o440)
        hit("ingest.blob_synced")
        Path(stream.name).rename(target)
        sync_folder(target.parent)


_REPAIR = "run `hub verify`, restore this file from a backup, or ask the sender for the paper again"
