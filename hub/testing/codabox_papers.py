"""The papers that a pretended CodaBox was given and took: read from the wire, and on disk before anyone is answered."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import BinaryIO

from hub.errors import Unreadable
from hub.xml import Element, names, parse, text_of

_KINDS = {"Invoice": "sales_invoice", "CreditNote": "sales_credit_note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One upload as its server reads it. `problem` says what is wrong with it, empty when nothing is."""

    key: str = ""
    name: str = ""
    sha256: str = ""
    kind: str = ""
    number: str = ""
    date: str = ""
    supplier: str = ""  # ten digits
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A line of the ledger. `client` is the enterprise number that sent it, `at` RFC 3339."""

    id: str
    at: str
    client: str
    key: str
    name: str
    sha256: str
    kind: str
    number: str
    date: str
    state: str
    reason: str = ""

    @classmethod
    def of(cls, client: str, paper: Paper, state: str) -> Taken:
        """The line of a paper that is taken now."""
        return cls(
            id=uuid.uuid4().hex,
            at=datetime.now(UTC).isoformat(),
            client=client,
            key=paper.key,
            name=paper.name,
            sha256=paper.sha256,
            kind=paper.kind,
            number=paper.number,
            date=paper.date,
            state=state,
        )


def read_upload(content_type: str, body: bytes, key: str) -> Paper:
    """The one part `file` of a multipart body, an invoice or credit note in UBL."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(_class=EmailMessage, policy=HTTP).parsebytes(head + body)
    parts = list(message.iter_parts()) if message.is_multipart() else []
    if len(parts) != 1 or parts[0].get_param("name", header="content-disposition") != "file":
        return Paper(key=key, problem="One part named file is expected.")
    data = parts[0].get_payload(decode=True)
    return _read(bytes(data) if isinstance(data, bytes) else b"", parts[0].get_filename() or "", key)


def _read(data: bytes, name: str, key: str) -> Paper:
    digest = hashlib.sha256(data).hexdigest()
    try:
        root = parse(data)
    except Unreadable as error:
        return Paper(key=key, name=name, sha256=digest, problem=error.message)
    kind = _KINDS.get(names(root)[1], "")
    return Paper(
        key=key,
        name=name,
        sha256=digest,
        kind=kind,
        number=_text(root, "ID"),
        date=_text(root, "IssueDate"),
        supplier=_supplier(root),
        problem="" if kind else "Only invoices and credit notes are accepted.",
    )


def _text(root: Element, name: str) -> str:
    return next((text_of(child) for child in root if names(child)[1] == name), "")


def _supplier(root: Element) -> str:
    """The digits of the supplier's own number."""
    for party in root.iter("{*}AccountingSupplierParty"):
        for number in party.iter("{*}CompanyID"):
            return "".join(char for char in text_of(number) if char.isdigit())
    return ""


def read_taken(path: Path) -> list[Taken]:
    """The ledger of a server that writes it to this file, running or not."""
    return [Taken(**json.loads(line)) for line in path.read_bytes().splitlines()]


class TakenLog:
    """Where the ledger is written: a file of JSON lines, or nowhere."""

    def __init__(self, file: BinaryIO | None = None) -> None:
        self._file = file

    @classmethod
    @contextmanager
    def opened(cls, path: Path | None) -> Iterator[TakenLog]:
        """A ledger that is closed at the end."""
        if path is None:
            yield cls()
            return
        with path.open("ab") as file:
            yield cls(file)

    def write(self, taken: Taken) -> None:
        """Add a line; durable when this returns."""
        if self._file:
            self._file.write(json.dumps(asdict(taken)).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
