"""The deterministic ZIP of a period, streamed: the same papers give the same bytes, and memory stays flat.

Nothing comes from a clock, a locale or a file system: fixed dates, modes and levels, papers in one order, one
name for each. The sink need not seek, so that a file and a download get the same bytes. Text is deflated at
level 6. What is compressed already goes in at level 0, for PDFs of invoices shrink by 2 to 6 percent at ten
times the price; that is deflate too, for a reader that cannot seek finds no end of an entry merely stored.
"""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from hub.core.files import File
from hub.core.pack_files import Export, PackPaper, Places, chosen
from hub.core.pack_index import MANIFEST, Entry, Format, LeftOut, Listing, Packed, Scope
from hub.core.words import show
from hub.errors import CorruptError
from hub.failpoints import hit

__all__ = ["Contents", "Format", "LeftOut", "PackPaper", "PackResult", "Scope", "write_pack"]

_CHUNK = 1 << 18
_LEVEL = 6
_COMPRESSED = frozenset({"application/pdf", "application/zip", "image/jpeg", "image/png"})
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day that a ZIP knows
_MODE = (stat.S_IFREG | 0o644) << 16
_UNIX = 3


class Sink(Protocol):
    """Where a pack goes: a file, a socket, a digest. It need not seek."""

    def write(self, data: bytes, /) -> object:
        """Take all of these bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What goes into a pack. `papers` come in the order that `PackPaper.order` gives.

    `left_out` are papers of the period that its maker left out; the pack itself adds papers that have no file
    in any wanted format. `export` gives a paper in another format (`ubl`) or raises Held when it cannot.
    """

    scope: Scope
    papers: Iterable[PackPaper]
    left_out: Iterable[LeftOut] = ()
    export: Export | None = None


@dataclass(frozen=True, slots=True)
class PackResult:
    """The finished pack: hash and size of the ZIP, how many papers are in it, and which are not and why."""

    sha256: str
    size: int
    documents: int
    left_out: tuple[LeftOut, ...]


def write_pack(contents: Contents, sink: Sink) -> PackResult:
    """Write the ZIP. Raises CorruptError when stored bytes are damaged; what was written then is no ZIP.

    Raises ValueError when papers come out of order or are of another company: that is a fault of the caller.
    """
    pipe = _Pipe(sink)
    with zipfile.ZipFile(pipe, "w") as archive:
        try:
            packer = _Packer(archive, contents)
            for paper in contents.papers:
                packer.add(paper)
            packer.finish()
        except BaseException:
            pipe.cut()
            raise
    listing = packer.listing
    return PackResult(pipe.digest.hexdigest(), pipe.size, len(listing), tuple(listing.left_out))


class _Pipe:
    """Counts and hashes what passes, and cannot seek."""

    def __init__(self, sink: Sink) -> None:
        self.digest = hashlib.sha256()
        self.size = 0
        self._sink: Sink | None = sink

    def write(self, data: bytes) -> int:
        if self._sink is not None:
            self._sink.write(data)
            self.digest.update(data)
            self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """The sink belongs to the caller."""

    def cut(self) -> None:
        """Let nothing more pass: zipfile ends its archive after a failure too, and half would look whole."""
        self._sink = None


class _Packer:
    """Puts paper after paper into an archive and notes them in the lists."""

    def __init__(self, archive: zipfile.ZipFile, contents: Contents) -> None:
        self.listing = Listing(contents.scope, contents.left_out)
        self._archive = archive
        self._scope = contents.scope
        self._export = contents.export
        self._places = Places()
        self._last: PackPaper | None = None

    def add(self, paper: PackPaper) -> None:
        """Copy a paper's files, each checked against its hash."""
        self._check(paper)
        files, missing = chosen(paper.document, self._scope.formats, self._export)
        if missing and not files:
            self.listing.leave_out(_left_out(paper, f"no_{missing[0]}"))
            return
        places = self._places.of(paper, files)
        entries = [self._copy(file, place) for file, place in zip(files, places, strict=True)]
        self.listing.add(Packed(paper.document, paper.booked_by, entries, missing))
        hit("pack.paper")

    def finish(self) -> None:
        """Write the lists, the manifest last of all, and sort the directory, so that a listing is by name."""
        lists = []
        if Format.CSV in self._scope.formats:
            lists.append(self._write("index.csv", self.listing.index()))
        if self.listing.left_out:
            lists.append(self._write("left_out.csv", self.listing.left_out_lines()))
        self._write(MANIFEST, self.listing.manifest(lists))
        self._archive.filelist.sort(key=lambda info: info.filename)

    def _check(self, paper: PackPaper) -> None:
        if paper.document.company != self._scope.company:
            raise ValueError("a pack holds the papers of one company")
        if self._last is not None and paper.order <= self._last.order:
            raise ValueError("the papers of a pack come in order, each once")
        self._last = paper

    def _copy(self, file: File, place: str) -> Entry:
        level = 0 if file.media_type in _COMPRESSED else _LEVEL
        entry = self._put(_info(place, level, file.size), _pieces(file))
        if (entry.sha256, entry.size) != (file.sha256, file.size):
            raise CorruptError(
                f"the stored bytes of '{show(file.name)}' differ from their SHA-256",
                action="run `hub verify`, restore a backup, or ask the sender for the paper again",
            )
        return entry

    def _write(self, name: str, pieces: Iterable[str]) -> Entry:
        return self._put(_info(name, _LEVEL), (piece.encode() for piece in pieces))

    def _put(self, info: zipfile.ZipInfo, pieces: Iterable[bytes]) -> Entry:
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w") as out:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                out.write(piece)
        return Entry(info.filename, digest.hexdigest(), size)


def _left_out(paper: PackPaper, reason: str) -> LeftOut:
    document = paper.document
    return LeftOut(paper.kind, document.number, document.issue_date, document.sha256, reason)


def _info(name: str, level: int, size: int = 0) -> zipfile.ZipInfo:
    """The entry's head; `size` only decides whether 64 bits are needed for it."""
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system = _UNIX
    info.external_attr = _MODE
    info.compress_type = zipfile.ZIP_DEFLATED
    info._compresslevel = level  # type: ignore[attr-defined]  # public from Python 3.13 on, as compress_level
    info.file_size = size
    return info


def _pieces(file: File) -> Iterator[bytes]:
    with file.open() as stream:
        while piece := stream.read(_CHUNK):
            yield piece
