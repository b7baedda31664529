"""Papers inside other papers: UBL's AttachedDocument and the SBDH envelope of Peppol, opened."""

from __future__ import annotations

import re

from hub import media_type
from hub.xml import Element, names, parse, serialise
from hub_ubl_export.attachments import decoded
from hub_ubl_export.node import EMBEDDED, UBL, Node, unreadable

MAX_DEPTH = 2

_ATTACHED = (f"{UBL}AttachedDocument-2", "AttachedDocument")
_SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
_ENVELOPE = (_SBDH, "StandardBusinessDocument")
_HEADER = (_SBDH, "StandardBusinessDocumentHeader")
# The text in an envelope is characters already, so an encoding that its declaration names is void.
_DECLARATION = re.compile(r"\A<\?xml\s[^>]*\?>")
_BINARY = ("http://peppol.eu/xsd/ticc/envelope/1.0", "BinaryContent")


def opened(data: bytes) -> tuple[Element, bytes]:
    """The root of the paper itself and its bytes; raises Unreadable when an envelope cannot be opened."""
    root = parse(data)
    for _ in range(MAX_DEPTH):
        if not _is_envelope(root):
            return root, data
        root, data = _inside(root)
    if _is_envelope(root):
        raise unreadable("envelope.depth", f"more than {MAX_DEPTH} envelopes around each other")
    return root, data


def _is_envelope(root: Element) -> bool:
    return names(root) in {_ATTACHED, _ENVELOPE}


def _inside(root: Element) -> tuple[Element, bytes]:
    return _attached(root) if names(root) == _ATTACHED else _payload(root)


def _attached(root: Element) -> tuple[Element, bytes]:
    """Base64 in the attachment, or the text of the paper (CDATA) as description of an external reference."""
    external = Node(root).at("cac:Attachment", "cac:ExternalReference")
    written = _DECLARATION.sub("", external.text("cbc:Description")).encode()
    candidates = (*(decoded(element) for element in root.iter(EMBEDDED)), written)
    data = next((one for one in candidates if media_type(one) == "application/xml"), None)
    if data is None:
        raise unreadable("envelope.empty", "an AttachedDocument without an XML paper that can be taken out of it")
    return parse(data), data


def _payload(envelope: Element) -> tuple[Element, bytes]:
    found = [child for child in envelope if names(child) != _HEADER]
    if len(found) != 1:
        raise unreadable("envelope.empty", f"an SBDH envelope with {len(found)} papers in it; it must hold one")
    if names(found[0]) == _BINARY:
        data = decoded(found[0])
        return parse(data), data
    return found[0], serialise(found[0])
