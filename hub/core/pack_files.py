"""Which files of a paper go into a pack, and where each of them lies. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from hub.core.document import Document, Kind
from hub.core.files import File, FileRole
from hub.core.pack_index import Format
from hub.core.words import Names, safe_name
from hub.errors import Held

Export = Callable[[Document, str], File]

_FOLDERS: Mapping[Kind, str] = {
    Kind.SALES_INVOICE: "sales/invoices",
    Kind.SALES_CREDIT_NOTE: "sales/credit_notes",
    Kind.PURCHASE_INVOICE: "purchase/invoices",
    Kind.PURCHASE_CREDIT_NOTE: "purchase/credit_notes",
    Kind.QUOTATION: "quotations",
    Kind.RECEIPT: "receipts",
    Kind.OTHER: "other",
}
# By type and not by name: the name came from outside. What is none of these ends in `.bin`.
_ENDINGS: Mapping[str, str] = {
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/pdf": ".pdf",
    "application/json": ".json",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "text/csv": ".csv",
    "text/plain": ".txt",
}
# A stem leaves room for a mark, `_attachments` and an ending within the 150 bytes of a component.
_MAX_STEM = 120
_MAX_ATTACHMENT = 130
_MAX_PATH = 500


@dataclass(frozen=True, slots=True)
class PackPaper:
    """A paper for a pack. `booked_by` is the destination that books it: then the paper lies in copies/."""

    document: Document
    booked_by: str = ""

    @property
    def kind(self) -> Kind:
        """The kind of the paper; every accepted paper has one."""
        if self.document.kind is None:
            raise LookupError("a paper without a kind")
        return self.document.kind

    @property
    def order(self) -> tuple[str, date, str, str]:
        """Papers come in this order: text by code point, as SQLite's BINARY and PostgreSQL's "C" compare."""
        return self.kind, self.document.period_date, self.document.number, self.document.sha256


class Places:
    """Where each file of a pack lies: a paper's files share a stem, and no two places differ by case only."""

    def __init__(self) -> None:
        self._stems = Names()
        self._paths = Names()

    def of(self, paper: PackPaper, files: Iterable[File]) -> Iterator[str]:
        """The path in the ZIP of each of these files of a paper."""
        folder = f"{'copies/' if paper.booked_by else ''}{_FOLDERS[paper.kind]}"
        stem = self._stem(paper.document)
        for file in files:
            path = f"{folder}/{stem}{_rest(file)}"
            yield self._paths.take(path, file.sha256[:8], limit=_MAX_PATH)

    def _stem(self, document: Document) -> str:
        # The day of arrival is no fact of the paper: it may decide the period, but no name shows it.
        day = document.issue_date.isoformat() if document.issue_date else "undated"
        stem = safe_name(f"{day}_{document.number}" if document.number else day, limit=_MAX_STEM)
        return self._stems.take(stem, document.sha256[:8], limit=_MAX_STEM)


def _rest(file: File) -> str:
    if file.role is FileRole.ATTACHMENT:
        return f"_attachments/{safe_name(file.name, limit=_MAX_ATTACHMENT)}"
    return _ENDINGS.get(file.media_type.partition(";")[0].strip().lower(), ".bin")


def chosen(document: Document, formats: Collection[Format], export: Export | None) -> tuple[list[File], list[Format]]:
    """The files of a paper in these formats, each content once, and the formats that it does not have."""
    files: list[File] = []
    missing: list[Format] = []
    for wanted in sorted({*formats} - {Format.CSV}):
        found = _in_format(document, wanted, export)
        files += found
        missing += [] if found else [wanted]
    if Format.PDF in formats:
        files += _of_role(document, FileRole.ATTACHMENT)
    return list({file.sha256: file for file in reversed(files)}.values())[::-1], missing


def _in_format(document: Document, wanted: Format, export: Export | None) -> list[File]:
    match wanted:
        case Format.ORIGINAL:
            return [document.original]
        case Format.PDF:
            return _pdfs(document)
        case _:
            return _exported(document, wanted, export)


def _pdfs(document: Document) -> list[File]:
    """The picture for people: a PDF beside the original, or the original itself when it is one."""
    beside = _of_role(document, FileRole.PDF)
    original = document.original
    return beside or ([original] if original.media_type == "application/pdf" else [])


def _exported(document: Document, wanted: Format, export: Export | None) -> list[File]:
    """In a format that some plugin writes; none when it says that this paper cannot be written so."""
    if export is None:
        raise ValueError(f"a pack with {wanted} needs a way to export")
    try:
        return [export(document, wanted.value)]
    except Held:
        return []


def _of_role(document: Document, role: FileRole) -> list[File]:
    return sorted((file for file in document.files if file.role is role), key=lambda file: (file.name, file.sha256))
