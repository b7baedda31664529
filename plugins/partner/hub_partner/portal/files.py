"""Bytes on their way out: always as an attachment, under a name that harms nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from fastapi.responses import StreamingResponse

from hub import File, safe_name

_CHUNK = 1 << 18
# What a browser may be told a download is; all else is bytes. None of it is ever shown in the page.
_TYPES = frozenset({"application/pdf", "application/xml", "application/zip"})


def download(file: File) -> StreamingResponse:
    """A file, checked against its SHA-256 before the first byte leaves. Raises CorruptError."""
    name = safe_name(file.name)
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    headers = {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "content-length": str(file.size),
        "etag": f'"{file.sha256}"',
        "x-content-sha256": file.sha256,
    }
    kind = file.media_type if file.media_type in _TYPES else "application/octet-stream"
    return StreamingResponse(_pieces(file.open()), headers=headers, media_type=kind)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while piece := stream.read(_CHUNK):
            yield piece
