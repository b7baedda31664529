"""The message as exact bytes: pure, so that the same paper, key and time always give the same message.

ASCII in short lines, so that every relay passes it on unchanged: text as quoted-printable, files as base64.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP

from hub import Document, Notice, Pack, safe_name, show
from hub_email import wording
from hub_email.address import Mailbox
from hub_email.attachments import Attachments

# What a file is called on the way; all else is bytes, so that no mail program shows it by itself.
_TYPES: Mapping[str, str] = {
    "application/pdf": "pdf",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/zip": "zip",
}

_NOTICE = 10_000  # characters


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom, to whom, under which key and when: what a message has besides its content."""

    sender: Mailbox
    to: str
    key: str
    date: datetime


def paper_message(envelope: Envelope, document: Document, attachments: Attachments) -> bytes:
    """The message that carries one paper."""
    message = _message(envelope, wording.paper_subject(document))
    if attachments.missing:
        message["X-Hub-Problems"] = ", ".join(attachments.missing)
    message.set_content(wording.paper_text(document, attachments.missing), cte="quoted-printable")
    return _finished(message, attachments, envelope.key)


def pack_message(envelope: Envelope, pack: Pack) -> bytes:
    """The message that carries the ZIP of a period. Raises Held when it is too large."""
    message = _message(envelope, wording.pack_subject(pack))
    message.set_content(wording.pack_text(pack), cte="quoted-printable")
    name = safe_name(f"{pack.company}_{pack.period}.zip")
    return _finished(message, Attachments.of({name: pack.file}), envelope.key)


def notice_message(envelope: Envelope, notice: Notice) -> bytes:
    """A short message of the hub itself: plain text, nothing attached."""
    message = _message(envelope, show(notice.subject))
    message.set_content(show(notice.text, limit=_NOTICE, lines=True), cte="quoted-printable")
    return message.as_bytes()


def message_id(data: bytes) -> str:
    """The Message-ID of a finished message."""
    head = data[: data.find(b"\r\n\r\n")]  # without the copies that the parser makes of a large body
    return str(BytesHeaderParser(policy=SMTP).parsebytes(head)["Message-ID"])


def _message(envelope: Envelope, subject: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = f"<{envelope.key}@{envelope.sender.domain}>"
    message["Date"] = envelope.date
    message["From"] = Address(envelope.sender.name, addr_spec=envelope.sender.address)
    message["To"] = Address(addr_spec=envelope.to)
    message["Subject"] = subject
    message["Auto-Submitted"] = "auto-generated"
    return message


def _finished(message: EmailMessage, attachments: Attachments, key: str) -> bytes:
    for name, file in attachments.files.items():
        subtype = _TYPES.get(file.media_type, "octet-stream")
        message.add_attachment(file.read(), maintype="application", subtype=subtype, filename=name)
    # Always the same; no content holds it, for `=_` occurs neither in quoted-printable nor in base64.
    message.set_boundary(f"=_{key}")
    return message.as_bytes()
