"""What leaves the house, for eyes: the parts of a delivery as they were, or would be, prepared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import partial
from typing import Any

from sqlalchemy.engine import Row

from hub.app.home import Hub
from hub.core.clock import from_ms
from hub.core.delivery import Delivery, Pack
from hub.core.document import Document
from hub.core.files import File
from hub.core.store import board, documents, packs
from hub.plugins.carrier import Binding

_MAX_TEXT = 200_000  # characters of a part that are shown
_TEXTS = ("text/", "application/xml", "application/json")
_MESSAGE = "message/rfc822"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: its name, and its content as far as that is text."""

    name: str
    media_type: str
    size: int
    sha256: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The parts in order. `fresh`: nothing was prepared yet, this is what would go now."""

    id: int
    fresh: bool
    parts: tuple[Part, ...]


def preview(hub: Hub, delivery_id: int) -> Preview:
    """The exact bytes of a delivery; prepared now, without keeping them, when no attempt has done so.

    Raises NotFoundError, and what preparing raises: any HubError.
    """
    with hub.db.read() as conn:
        row = board.standing(conn, delivery_id)
    files = _kept(hub, row) if row.prepared else _prepared(hub, row)
    return Preview(id=delivery_id, fresh=not row.prepared, parts=tuple(map(_part, files)))


def _kept(hub: Hub, row: Row[Any]) -> Iterator[File]:
    for part in row.prepared:
        yield File(**part, opener=partial(hub.blobs.open, part["sha256"]))


def _prepared(hub: Hub, row: Row[Any]) -> Iterator[File]:
    carrier = hub.carrier(row.destination_id)
    with hub.db.read() as conn:
        subject: Document | Pack
        if row.document_id is not None:
            subject = documents.load(conn, hub.blobs, row.document_id)
        else:
            subject = packs.load(conn, hub.blobs, row.pack_id)
    return iter(carrier.prepare(subject, _delivery(row, carrier.binding, subject)).parts)


def _delivery(row: Row[Any], binding: Binding, subject: Document | Pack) -> Delivery:
    """What the plugin would be told at the next attempt."""
    return Delivery(
        id=row.id,
        key=row.key,
        generation=row.generation,
        destination=binding.name,
        company=binding.company,
        company_name=binding.company_name,
        role=binding.role,
        kind=subject.kind if isinstance(subject, Document) else None,
        attempt=(row.attempts or 0) + 1,
        created_at=from_ms(row.created_at),
    )


def _part(file: File) -> Part:
    return Part(name=file.name, media_type=file.media_type, size=file.size, sha256=file.sha256, text=_text(file))


def _text(file: File) -> str:
    """The content in words; empty for what is a picture or an archive. Raises CorruptError when bytes are gone."""
    text = ""
    if file.media_type == _MESSAGE:
        text = "\n".join(_message(BytesParser(policy=policy.default).parsebytes(file.read())))
    elif file.media_type.startswith(_TEXTS):
        text = file.read().decode("utf-8", errors="replace")
    return text[:_MAX_TEXT].replace("\r\n", "\n")


def _message(message: EmailMessage) -> Iterator[str]:
    """A mail as its reader sees it: who, what, the text, and the files by name."""
    for name in ("From", "To", "Date", "Subject"):
        yield f"{name}: {message.get(name, '')}"
    body = message.get_body(("plain",))
    yield ""
    yield body.get_content().strip() if body is not None else ""
    yield ""
    for attached in message.iter_attachments():
        content = attached.get_content()
        yield f"[{attached.get_filename('')}, {attached.get_content_type()}, {len(content)} bytes]"
