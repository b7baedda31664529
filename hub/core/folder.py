"""A folder of blobs, `ab/abcd...`, mode 0440: written temp + fsync + rename, and never again."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from hub.core.blobs import YOUNG, Stored, changed, gone, not_as_said
from hub.core.disk import sync, sync_folder
from hub.core.files import File
from hub.failpoints import hit

_CHUNK = 1 << 20
_OWNER = "instance"  # names the hub whose folder it is


class Folder:
    """The blobs of one hub, on a disk of this machine or a share that several machines have."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def scratch(self) -> Path:
        """The folder itself: a file that is made there becomes a blob by its name alone."""
        return self.root

    def claim(self, owner: str) -> str:
        """Name the hub whose bytes these are, once for ever; returns whose they are."""
        path = self.root / _OWNER
        if not path.exists():
            descriptor, name = tempfile.mkstemp(dir=self.root, prefix=".new-")
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(owner + "\n")
                stream.flush()
                os.fchmod(stream.fileno(), 0o440)
                sync(stream.fileno())
            try:
                os.link(name, path)  # unlike a rename it never replaces what another process put there meanwhile
            except FileExistsError:
                pass
            finally:
                Path(name).unlink()
            sync_folder(self.root)
        return path.read_text(encoding="ascii").strip()

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
                raise not_as_said(part)
            self._seal(stream, part.sha256)
        return part.sha256

    def put_all(self, things: Sequence[bytes | File]) -> list[str]:
        """Keep all of these, one after the other; returns their SHA-256, in order."""
        return [self.put(thing) if isinstance(thing, bytes) else self.put_part(thing) for thing in things]

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
            raise gone(sha256) from error
        if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
            stream.close()
            raise changed(sha256)
        stream.seek(0)
        return stream

    def check(self, sha256: str) -> None:
        """Read the stored bytes. Raises CorruptError when they are gone or changed."""
        self.open(sha256).close()

    def remove(self, names: Sequence[str]) -> None:
        """Remove blobs that no row names any more; one that is gone already is no error."""
        for sha256 in names:
            path = self.path(sha256)
            if path.exists():
                path.unlink(missing_ok=True)
                sync_folder(path.parent)

    def listed(self) -> Iterator[Stored]:
        """All blobs there are; one that is removed meanwhile is none."""
        for path in self.root.glob("??/*"):
            if not path.name.startswith(".") and (found := _stored(path)):
                yield found

    def __contains__(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def found(self, sha256: str) -> Stored | None:
        """It as the disk lists it, right now."""
        return _stored(self.path(sha256))

    def __iter__(self) -> Iterator[str]:
        return (found.sha256 for found in self.listed())

    def path(self, sha256: str) -> Path:
        """Where a blob lies."""
        return self.root / sha256[:2] / sha256

    def sweep(self, older_than: float) -> None:
        """Remove what killed writers left behind: temporary files last touched before `older_than` (POSIX time)."""
        for pattern in ("??/.new-*", ".new-*"):
            for path in self.root.glob(pattern):
                with suppress(FileNotFoundError):  # its writer, alive and well, has just given it its name
                    if path.stat().st_mtime < older_than:
                        path.unlink()

    def _kept(self, sha256: str, size: int) -> bool:
        found = self.found(sha256)
        if found is None or found.size != size:
            return False
        if time.time() - found.modified > YOUNG:  # wanted again, so that nobody takes it for left behind
            os.utime(self.path(sha256))
        return True

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
        sync(stream.fileno())
        os.fchmod(stream.fileno(), 0o440)
        hit("ingest.blob_synced")
        Path(stream.name).rename(target)
        sync_folder(target.parent)


def _stored(path: Path) -> Stored | None:
    """A blob as the disk has it; None when it is not there."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return Stored(path.name, found.st_size, found.st_mtime)
