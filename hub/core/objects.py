"""Blobs in an object store (S3, Google, Azure): `PREFIX/ab/abcd...`, durable when the store answers the PUT.

A PUT of the same bytes under their own hash may be repeated, so the client repeats what got no answer. What comes back
is hashed before the first byte is given; bytes that are wrong once are fetched once more, since a line can damage them.
"""

from __future__ import annotations

import hashlib
import io
import re
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError

from hub.core.blobs import YOUNG, Stored, changed, gone, not_as_said
from hub.core.files import File
from hub.core.hand import SMALL, Hand, Spool
from hub.errors import OutOfReach, UsageError
from hub.failpoints import hit

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_OWNER = "instance"  # names the hub whose bytes these are
_PIECE = 8 << 20  # of an upload in parts; four of them are under way at once
_PAGE = 1000
_UPLOADS = 8  # at once, of one import
_LATELY = 600.0  # seconds in which what was seen there need not be looked for again


class Objects:
    """The blobs of one hub in a bucket. `scratch` is a folder of this machine."""

    def __init__(self, store: ObjectStore, scratch: Path) -> None:
        self._store = store
        self._scratch = scratch
        self._hand = Hand()
        self._seen: OrderedDict[str, float] = OrderedDict()

    @property
    def scratch(self) -> Path:
        """A folder of this machine for files that are still being made."""
        self._scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._scratch

    def claim(self, owner: str) -> str:
        """Name the hub whose bytes these are, once for ever; returns whose they are. Raises UsageError."""
        try:
            with _told():
                try:
                    self._store.put(_OWNER, owner.encode("ascii"), mode="create")
                except AlreadyExistsError:
                    return bytes(self._store.get(_OWNER).bytes()).decode("ascii", "replace").strip()
                return owner
        except OutOfReach as error:
            if error.code == _UNREACHABLE:
                raise
            raise UsageError(error.message, code=error.code, action=error.action) from error

    def put(self, data: bytes) -> str:
        """Keep these bytes; returns their SHA-256 when the store has them."""
        sha256 = hashlib.sha256(data).hexdigest()
        return self.put_part(File(sha256, "", len(data), sha256, lambda: io.BytesIO(data)))

    def put_part(self, part: File) -> str:
        """Keep a file's bytes; returns their SHA-256. Raises CorruptError when they are not what it says."""
        if self._there(part.sha256, part.size):
            return part.sha256
        with part.open() as source:
            spool, sha256 = self._gathered(iter(lambda: source.read(SMALL), b""))
        if (sha256, spool.size) != (part.sha256, part.size):
            raise not_as_said(part)
        with spool.open() as stream:
            self._send(sha256, stream, spool.size)
        self._hand.keep(sha256, spool)
        return sha256

    def put_all(self, things: Sequence[bytes | File]) -> list[str]:
        """Keep all of these, several at a time: most of an upload is waiting. Returns their SHA-256, in order."""
        with ThreadPoolExecutor(_UPLOADS, "upload") as threads:
            return list(threads.map(self._put_either, things))

    def _put_either(self, thing: bytes | File) -> str:
        return self.put(thing) if isinstance(thing, bytes) else self.put_part(thing)

    def put_path(self, path: Path, sha256: str) -> None:
        """Keep a finished file; `sha256` is known to be its hash."""
        size = path.stat().st_size
        if not self._there(sha256, size):
            with path.open("rb") as stream:
                self._send(sha256, stream, size)

    def open(self, sha256: str) -> BinaryIO:
        """A stream over the bytes, hashed before the first one is given. Raises CorruptError."""
        return self._hand.get(sha256, lambda: self._fetched(sha256)).open()

    def check(self, sha256: str) -> None:
        """Read what the store has. Raises CorruptError when it is gone or changed."""
        self._hand.drop(sha256)
        self._fetched(sha256)

    def remove(self, names: Sequence[str]) -> None:
        """Remove blobs that no row names any more; one that is gone already is no error."""
        for at in range(0, len(names), _PAGE):
            with _told(), suppress(FileNotFoundError):  # some say so of one among many; the rest went
                self._store.delete([_key(sha256) for sha256 in names[at : at + _PAGE]])
        for sha256 in names:
            self._seen.pop(sha256, None)
            self._hand.drop(sha256)

    def listed(self) -> Iterator[Stored]:
        """All blobs there are, by pages."""
        with _told():
            for page in self._store.list(chunk_size=_PAGE):
                for found in page:
                    folder, _, name = found["path"].rpartition("/")
                    if folder == name[:2] and len(name) == len(hashlib.sha256().hexdigest()):
                        yield Stored(name, found["size"], found["last_modified"].timestamp())

    def found(self, sha256: str) -> Stored | None:
        """It as the store lists it, right now."""
        with _told():
            try:
                found = self._store.head(_key(sha256))
            except FileNotFoundError:
                self._seen.pop(sha256, None)
                return None
        return Stored(sha256, found["size"], found["last_modified"].timestamp())

    def __iter__(self) -> Iterator[str]:
        return (found.sha256 for found in self.listed())

    def sweep(self, older_than: float) -> None:
        """Nothing: what a killed upload left is never seen, and a rule of the bucket removes it."""

    def __contains__(self, sha256: str) -> bool:
        return self.found(sha256) is not None

    def _there(self, sha256: str, size: int) -> bool:
        """Whether it need not be sent. A small one that is not known is simply sent: asking costs as much."""
        if time.monotonic() - self._seen.get(sha256, -_LATELY) < _LATELY:
            return True
        found = self.found(sha256) if size > SMALL else None
        return found is not None and found.size == size and time.time() - found.modified < YOUNG

    def _send(self, sha256: str, stream: BinaryIO, size: int) -> None:
        parts = size > _PIECE
        with _told():
            self._store.put(_key(sha256), stream, use_multipart=parts, chunk_size=_PIECE, max_concurrency=4)
        hit("ingest.blob_synced")
        self._note(sha256)

    def _note(self, sha256: str) -> None:
        """It is there, as somebody has just seen."""
        self._seen[sha256] = time.monotonic()
        while len(self._seen) > _PAGE:
            self._seen.popitem(last=False)

    def _fetched(self, sha256: str) -> Spool:
        for _ in range(2):
            spool, found = self._got(sha256)
            if found == sha256:
                self._note(sha256)
                return spool
        raise changed(sha256)

    def _got(self, sha256: str) -> tuple[Spool, str]:
        with _told():
            try:
                return self._gathered(map(bytes, self._store.get(_key(sha256)).stream(min_chunk_size=SMALL)))
            except FileNotFoundError as error:
                if _NO_BUCKET.search(str(error)):
                    raise
                raise gone(sha256) from error

    def _gathered(self, pieces: Iterator[bytes]) -> tuple[Spool, str]:
        """All pieces, and their hash."""
        seen, spool = hashlib.sha256(), Spool(self.scratch)
        for piece in pieces:
            seen.update(piece)
            spool.write(piece)
        return spool, seen.hexdigest()


_UNREACHABLE, _REFUSED, _NO_PLACE = "blobs_unreachable", "blobs_refused", "blobs_missing"
_NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|bucket does not exist")
_WHAT_TO_DO: dict[str, str] = {
    _UNREACHABLE: "try again; look whether it runs and can be reached from here",
    _REFUSED: "mend the credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...), or what they may do there",
    _NO_PLACE: "make the bucket, or mend HUB_BLOBS",
}


@contextmanager
def _told() -> Iterator[None]:
    """Turn the client's errors into ours: OutOfReach with code, sentence and what to do."""
    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise _failed(_REFUSED, error) from error
    except (FileNotFoundError, BaseError, TimeoutError) as error:
        raise _failed(_NO_PLACE if _NO_BUCKET.search(str(error)) else _UNREACHABLE, error) from error


def _failed(code: str, error: Exception) -> OutOfReach:
    """The error in a sentence: which request, where, and what the store said. No path and no query: keys are dull, and
    a query may hold a signature.
    """
    text = str(error).partition("\n\nDebug source")[0].replace("\n", " ")
    asked = re.search(r"Error performing (\w+) (\w+://[^/\s]+)", text)
    said = re.search(r"<Code>(\w+)</Code>", text)
    words = said[1] if said else _SECRET.sub("", text.rpartition(" - ")[2]).strip()[:300]
    what = f"{asked[1]} at {asked[2]}" if asked else "a request"
    return OutOfReach(f"the object store failed {what}: {words}", code=code, action=_WHAT_TO_DO[code])


_SECRET = re.compile(r"\?\S*")


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"
