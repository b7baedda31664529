"""The export of a period: which papers go into the pack, writing it, and its proof beside it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy.engine import Connection, Row

from hub.core.blobs import Blobs
from hub.core.disk import write_file
from hub.core.document import Kind
from hub.core.pack_files import Export
from hub.core.pack_index import LeftOut, Scope
from hub.core.packs import Contents, PackPaper, PackResult, write_pack
from hub.core.store import documents, packs
from hub.core.store.engine import Database
from hub.core.store.packs import Made
from hub.failpoints import hit

DEFAULT_KINDS = frozenset(Kind) - {Kind.QUOTATION}  # information only: in a pack when asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person wants exported. `target` is where it goes, as typed: `only_new` looks at earlier ones there."""

    company_id: int
    scope: Scope
    target: str
    only_new: bool = False
    not_booked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A pack that was made."""

    pack_id: int
    result: PackResult
    document_of: dict[str, int] = field(repr=False)  # sha256 -> document id, of the papers left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """Makes packs of one home."""

    db: Database
    blobs: Blobs
    export: Export

    def to_file(self, request: Request, path: Path) -> Exported:
        """Write the pack to a file, whole or not at all, and its proof to `FILE.proof.json`."""
        exported = self._made(request, lambda write: write_file(path, write))
        proof = self._proof(request, exported)
        write_file(path.with_name(path.name + ".proof.json"), lambda stream: stream.write(proof))
        return exported

    def to_blob(self, request: Request) -> Exported:
        """Write the pack into the blob store, for a delivery."""

        def keep(write: Any) -> PackResult:
            with tempfile.TemporaryDirectory(dir=self.blobs.scratch) as folder:
                path = Path(folder) / "pack.zip"
                result: PackResult = write_file(path, write)
                self.blobs.put_path(path, result.sha256)
            hit("pack.stored")
            return result

        return self._made(request, keep)

    def _made(self, request: Request, keep: Any) -> Exported:
        with self.db.read() as conn:
            choice = _choose(conn, request)
            contents = Contents(
                scope=request.scope,
                papers=_papers(conn, self.blobs, choice),
                left_out=[left for left, _ in choice.left_out],
                export=self.export,
            )

            def write(stream: BinaryIO) -> PackResult:
                return write_pack(contents, stream)

            result: PackResult = keep(write)
        dropped = {left.sha256 for left in result.left_out}
        inside = [row.id for row in choice.chosen if row.sha256 not in dropped]
        made = Made(
            company_id=request.company_id,
            scope=request.scope,
            result=result,
            target=request.target,
            document_ids=inside,
        )
        with self.db.write() as tx:
            pack_id = packs.add(tx, made)
            hit("pack.before_commit")
        hit("pack.committed")
        known = {row.sha256: row.id for row in choice.chosen} | {left.sha256: found for left, found in choice.left_out}
        return Exported(pack_id=pack_id, result=result, document_of=known)

    def _proof(self, request: Request, exported: Exported) -> bytes:
        """What lets anybody show later that the log was not cut: the heads of the audit chains at this moment."""
        with self.db.read() as conn:
            heads = packs.audit_heads(conn)
            row = packs.one(conn, exported.pack_id)
        proof = {
            "company": request.scope.company,
            "period": request.scope.period.name,
            "sha256": exported.result.sha256,
            "size": exported.result.size,
            "documents": exported.result.documents,
            "made_at_ms": row.created_at,
            "audit_heads": heads,
        }
        return (json.dumps(proof, indent=2, sort_keys=True) + "\n").encode()


@dataclass(frozen=True, slots=True)
class _Choice:
    """The papers of a period: those that go in, with who books them, and those that do not."""

    chosen: Sequence[Row[Any]]
    left_out: Sequence[tuple[LeftOut, int]]
    booked_by: dict[int, str]


def _choose(conn: Connection, request: Request) -> _Choice:
    period = request.scope.period
    booked_by = packs.booked(conn, request.company_id, period)
    before = packs.packed_before(conn, request.company_id, request.target) if request.only_new else frozenset()
    chosen: list[Row[Any]] = []
    left_out: list[tuple[LeftOut, int]] = []
    for row in packs.of_period(conn, request.company_id, period):
        why = _why_not(row, request, booked_by.get(row.id, ""), before)
        if why:
            left_out.append((LeftOut(Kind(row.kind), row.number, row.issue_date, row.sha256, why), row.id))
        else:
            chosen.append(row)
    return _Choice(chosen, left_out, booked_by)


def _why_not(row: Row[Any], request: Request, booked_by: str, before: frozenset[int]) -> str:
    if row.kind not in request.scope.kinds:
        return "kind"
    if row.state == "held":
        return f"held:{row.reason}"
    if request.not_booked and booked_by:
        return f"booked_by:{booked_by}"
    return "exported_before" if row.id in before else ""


def _papers(conn: Connection, blobs: Blobs, choice: _Choice) -> Iterator[PackPaper]:
    for row in choice.chosen:
        yield PackPaper(documents.load(conn, blobs, row.id), choice.booked_by.get(row.id, ""))
