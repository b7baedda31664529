"""What goes with a message: the files a destination wants, or what there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from hub import Document, File, FileRole, Held, safe_name
from hub_email.settings import Format

Export = Callable[[str], File]

MAX_ATTACHED = 36 * 2**20  # bytes; in base64 that makes a message of 50 MiB, more than most relays take

_WANTED: Mapping[Format, tuple[str, ...]] = {
    Format.ORIGINAL: ("original",),
    Format.UBL: ("ubl",),
    Format.PDF: ("pdf",),
    Format.BOTH: ("ubl", "pdf"),
}


@dataclass(frozen=True, slots=True)
class Attachments:
    """Files by the names they get, and the codes of what is wanted but not there (`no_pdf`, `no_ubl`)."""

    files: Mapping[str, File]
    missing: tuple[str, ...] = ()

    @classmethod
    def of(cls, files: Mapping[str, File], missing: tuple[str, ...] = ()) -> Attachments:
        """Attachments that fit into a message; raises Held when they are too large."""
        size = sum(file.size for file in files.values())
        if size > MAX_ATTACHED:
            raise Held("too_large", f"{size} bytes to attach; one message holds at most {MAX_ATTACHED}")
        return cls(files, missing)


def choose(document: Document, wanted: Format, export: Export) -> Attachments:
    """The wanted files; when none is there, the original. Raises Held when there is nothing, or too much."""
    found = {part: _find(part, document, export) for part in _WANTED[wanted]}
    missing = tuple(f"no_{part}" for part, file in found.items() if file is None)
    files = [file for file in found.values() if file] or _original(document)
    if not files:
        raise Held(missing[0], "this paper has no file that could be sent")
    return Attachments.of(_by_name(files), missing)


def _by_name(files: Iterable[File]) -> dict[str, File]:
    """Safe names, no two alike, on systems that ignore case as well."""
    named: dict[str, File] = {}
    for file in files:
        name = safe_name(file.name)
        taken = {other.casefold() for other in named}
        named[f"{file.sha256[:8]}_{name}" if name.casefold() in taken else name] = file
    return named


def _find(part: str, document: Document, export: Export) -> File | None:
    match part:
        case "ubl":
            return _ubl(export)
        case "pdf":
            return _pdf(document)
        case _:
            return document.file(FileRole.ORIGINAL)


def _ubl(export: Export) -> File | None:
    try:
        return export("ubl")
    except Held:  # this paper cannot be written as UBL
        return None


def _pdf(document: Document) -> File | None:
    original = document.file(FileRole.ORIGINAL)
    if original and original.media_type == "application/pdf":
        return document.file(FileRole.PDF) or original
    return document.file(FileRole.PDF)


def _original(document: Document) -> list[File]:
    original = document.file(FileRole.ORIGINAL)
    return [original] if original else []
