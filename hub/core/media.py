"""What bytes are, judged by the bytes themselves: never by a file's name or what its giver declares."""

from __future__ import annotations

import codecs
import re

OCTETS = "application/octet-stream"
PDF = "application/pdf"
XML = "application/xml"
ZIP = "application/zip"
HTML = "text/html"
TEXT = "text/plain"

# The first bytes that decide; facts of the formats themselves.
_SIGNATURES = (
    (b"%PDF-", PDF),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"MZ", "application/x-dosexec"),
    (b"\x7fELF", "application/x-executable"),
    (b"\xca\xfe\xba\xbe", "application/x-mach-binary"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (b"#!", "text/x-shellscript"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x1f\x8b", "application/gzip"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
)
PROGRAMS = frozenset(
    {
        "application/x-dosexec",
        "application/x-executable",
        "application/x-mach-binary",
        "text/x-shellscript",
    }
)

_HEAD = 1024  # a PDF may begin up to here (ISO 32000, implementation note 13)
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\0", b"\0<")
_HTML = re.compile(rb"(?:<!--.*?-->|\s)*+<(?:!doctype\s+html|html|head|body|script)\b", re.IGNORECASE | re.DOTALL)
_SVG = re.compile(rb"(?:<\?.*?\?>|<!--.*?-->|<!doctype[^>]*>|\s)*+<(?:\w+:)?svg\b", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(rb"\s*<[A-Za-z_:!?\x80-\xff]")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")


def media_type(data: bytes) -> str:
    """The media type of `data`; `application/octet-stream` when nothing tells. Reads the first KiB only."""
    head = data[:_HEAD]
    for signature, media in _SIGNATURES:
        if head.startswith(signature):
            return media
    return _markup(_narrow(head)) or (PDF if b"%PDF-" in head else _text(head))


def _narrow(head: bytes) -> bytes:
    """UTF-16 as bytes in which ASCII stands for itself; good enough to recognise, not to read."""
    if head.startswith(_WIDE):
        return head.replace(b"\0", b"").lstrip(b"\xff\xfe")
    return head.removeprefix(codecs.BOM_UTF8)


def _markup(head: bytes) -> str:
    if _HTML.match(head):
        return HTML
    if _SVG.match(head):
        return "image/svg+xml"
    return XML if _MARKUP.match(head) else ""


def _text(head: bytes) -> str:
    return TEXT if head.strip() and not _CONTROL.search(head) else OCTETS
