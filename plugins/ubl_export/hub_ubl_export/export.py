"""One paper as UBL: its own bytes, taken out of an envelope when there is one around them."""

from __future__ import annotations

from hub import Document, File, Held, Unreadable, media_type, safe_name
from hub_ubl_export.envelopes import opened
from hub_ubl_export.read import ubl_name

_XML = "application/xml"


def ubl(document: Document) -> File:
    """The UBL of a paper that came as UBL; raises Held (`no_ubl`) for any other."""
    data = document.original.read()
    if media_type(data) != _XML:
        raise Held("no_ubl", f"{document.number or 'the paper'} came as {media_type(data)}, not as UBL")
    try:
        root, data = opened(data)
        ubl_name(root)
    except Unreadable as error:
        raise Held("no_ubl", error.message) from error
    return File.of(safe_name(f"{document.number or 'document'}.xml"), _XML, data)
