"""The files inside a UBL paper: strictly decoded, judged by content; one PDF is the picture of the paper."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from hub import File, FileRole, Problem, media_type, safe_name
from hub.xml import Element, place_of
from hub_ubl_export.node import EMBEDDED, Node, unreadable

_PDF = "application/pdf"
_ZIP = "application/zip"
_TEXT = "text/plain"
_OCTETS = "application/octet-stream"
_ENDINGS = {_PDF: ".pdf", "image/png": ".png", "image/jpeg": ".jpg", _ZIP: ".zip", _TEXT: ".txt"}
_VISUAL = frozenset({"commercialinvoice", "creditnote"})  # how UBL.BE describes the paper's picture

_MOST = 1000  # files in one paper; the same cap as for a ZIP

# The declared types that are believed, each with what its content must look like. All others are ignored.
_BELIEVED = {
    _PDF: _PDF,
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "text/csv": _TEXT,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _ZIP,
    "application/vnd.oasis.opendocument.spreadsheet": _ZIP,
}
# Content that can act when opened. It travels, but never under a type that would open it.
_ACTIVE = frozenset(
    {
        "application/x-dosexec",
        "application/x-executable",
        "application/x-mach-binary",
        "text/x-shellscript",
        "text/html",
        "image/svg+xml",
    }
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """One embedded file, with what its reference says about it and what is wrong with it."""

    file: File
    id: str
    description: str
    problems: tuple[Problem, ...] = ()


def attachments(root: Element, number: str) -> tuple[tuple[File, ...], tuple[Problem, ...]]:
    """Every file that decodes, the paper's picture as `pdf`; and what is wrong with the files.

    Raises Unreadable when there are more than 1000.
    """
    elements = list(islice(root.iter(EMBEDDED), _MOST + 1))
    if len(elements) > _MOST:
        raise unreadable("attachment.too_many", f"there are more than {_MOST} files in this paper")
    found = [_attachment(element) for element in elements]
    picture = _picture([one for one in found if one.file.media_type == _PDF], number)
    files = (_with_role(one, picture) for one in found if one.file.size)
    return tuple(files), tuple(problem for one in found for problem in one.problems)


def decoded(element: Element) -> bytes:
    """The bytes of an embedded object; none at all when its base64 is wrong, never a shorter file."""
    try:
        text = (element.text or "").encode("ascii").translate(None, b" \t\r\n")
        return base64.b64decode(text, validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return b""


def _attachment(element: Element) -> Attachment:
    data = decoded(element)
    reference = _reference(element)
    declared = (element.get("mimeCode") or "").strip().lower()
    judged, reason = _judge(declared, data)
    name = _name(element, reference, judged)
    place = place_of(element) if reason else ""
    code = "attachment.type" if data else "attachment.base64"
    return Attachment(
        file=File.of(name, judged, data, FileRole.ATTACHMENT),
        id=reference.text("cbc:ID"),
        description=reference.first_text("cbc:DocumentDescription", "cbc:DocumentType"),
        problems=(Problem(code, f"the attachment {name} {reason}", place),) if reason else (),
    )


def _reference(element: Element) -> Node:
    """The document reference around `cac:Attachment`, or whatever stands there."""
    return Node(next(iter(list(element.iterancestors())[1:2]), None))


def _judge(declared: str, data: bytes) -> tuple[str, str]:
    """The media type to go by, and a reason when something is wrong with the file."""
    content = media_type(data)
    if not data:
        return _OCTETS, "is empty or no valid base64; it is left out"
    if content in _ACTIVE:
        return _OCTETS, f"is {content} by content; it is kept as plain bytes"
    if content == _ZIP and _is_encrypted(data):
        return _ZIP, "is an encrypted archive, which nobody can look into"
    if _BELIEVED.get(declared, content) != content:
        return content, f"says it is {declared}, but is {content} by content"
    return declared if declared in _BELIEVED else content, ""


def _is_encrypted(archive: bytes) -> bool:
    """The lowest flag of a ZIP's first entry (APPNOTE 4.4.4)."""
    return int.from_bytes(archive[6:8], "little") & 1 == 1


def _name(element: Element, reference: Node, judged: str) -> str:
    """The declared file name as one safe component, else one made of the reference's id."""
    declared = (element.get("filename") or "").strip()
    made = f"{reference.text('cbc:ID') or 'attachment'}{_ENDINGS.get(judged, '')}"
    return safe_name(declared or made, fallback="attachment")


def _picture(pdfs: Sequence[Attachment], number: str) -> Attachment | None:
    """The PDF that shows the paper: described as such, else named like its number, else the first."""
    wanted = _plain(number)
    described = (one for one in pdfs if _plain(one.description) in _VISUAL)
    named = (one for one in pdfs if wanted and wanted in f"{_plain(one.file.name)} {_plain(one.id)}")
    return next((one for choice in (described, named, pdfs) for one in choice), None)


def _plain(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


def _with_role(attachment: Attachment, picture: Attachment | None) -> File:
    return replace(attachment.file, role=FileRole.PDF) if attachment is picture else attachment.file
