"""What the ledger says beside what the far sides have: their own logs and books, and the files in the folder."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.app import Hub
from hub.core.delivery import Outcome, State
from hub.core.store import views
from hub.demo.places import ADDRESSES, ARCHIVE, BOOKS, INVITED, PACKAGE, PORTAL, Stage
from hub.demo.stage import key_of
from hub.testing.codabox_papers import Taken, read_taken
from hub.testing.exact import Books
from hub.testing.exact import Entry as Booked
from hub.testing.smtp_log import Transaction, read_log


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger: a delivery, with what its attempts came to. `files` are path and SHA-256 in a folder."""

    id: int
    document: int
    kind: str
    number: str
    party: str
    destination: str
    state: State
    key: str
    outcomes: tuple[Outcome, ...] = ()
    sent_sha256: str = ""
    said: str = ""  # what the last attempt was told, in words
    reference: str = ""  # of the receipt
    files: Mapping[Path, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The paper, whom it is about and where it goes, for people."""
        return f"{self.kind.replace('_', ' ')} {self.number} ({self.party}) at {self.destination}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Both sides at one moment.

    `mails` are all tries that the mail server saw, `files` what lies in the folder, `booked` Exact's entries,
    `customers` their names by account, `uploads` what CodaBox took, `seen` the numbers that the office's pages show
    and who books each; None where nobody looked.
    """

    entries: Sequence[Entry]
    mails: Sequence[Transaction]
    files: Mapping[Path, str]
    booked: Sequence[Booked] = ()
    customers: Mapping[str, str] = field(default_factory=dict)
    uploads: Sequence[Taken] = ()
    seen: Mapping[str, str] | None = None

    def at(self, destination: str) -> Sequence[Entry]:
        """The deliveries to one destination."""
        return [entry for entry in self.entries if entry.destination == destination]

    def stored(self, key: str) -> Sequence[Transaction]:
        """The messages of one delivery that the mail server has."""
        return [mail for mail in self.mails if mail.stored and key_of(mail.message_id) == key]

    def there(self, destination: str) -> int:
        """How many messages or files the far side itself has."""
        kept = {ARCHIVE: self.files, PORTAL: self.seen or (), BOOKS: self.booked, PACKAGE: self.uploads}
        if destination in kept:
            return len(kept[destination])
        return sum(mail.stored and mail.to == (ADDRESSES[destination],) for mail in self.mails)


def gather(hub: Hub, stage: Stage) -> Evidence:
    """Read the ledger, the far sides' own logs and the folder."""
    books = Books.read(stage.exact_ledger)
    with hub.db.read() as conn:
        records = [(record, list(views.attempts(conn, record["id"]))) for record in views.deliveries(conn)]
    return Evidence(
        entries=[_entry(record, attempts) for record, attempts in records],
        mails=read_log(stage.mail_log),
        files={path: _sha256(path) for path in sorted(stage.archive.rglob("*")) if path.is_file()},
        booked=books.entries,
        customers={row["ID"]: row["Name"] for row in books.accounts},
        uploads=read_taken(stage.codabox_log),
    )


def _entry(record: Mapping[str, Any], attempts: Sequence[Mapping[str, Any]]) -> Entry:
    last = attempts[-1] if attempts else {"sent_sha256": "", "detail": ""}
    names = ("id", "document", "kind", "number", "party", "destination", "key")
    return Entry(
        **{name: record[name] for name in names},
        state=State(record["state"]),
        outcomes=tuple(Outcome(attempt["outcome"]) for attempt in attempts),
        sent_sha256=last["sent_sha256"],
        said=last["detail"],
        reference=record["receipt"]["reference"] if record["receipt"] else "",
        files=_files(record["receipt"]) if record["destination"] == ARCHIVE else {},
    )


def _files(receipt: Mapping[str, Any] | None) -> Mapping[Path, str]:
    """A folder's receipt names the first file in full, and each file by its name with its hash."""
    if receipt is None:
        return {}
    return {Path(receipt["reference"]).parent / name: sha256 for name, sha256 in receipt["detail"].items()}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def differences(evidence: Evidence) -> Iterator[str]:
    """Where ledger and far sides do not tell the same, a sentence for each.

    That an unconfirmed message arrived is none: the ledger does not claim to know.
    """
    for destination in ADDRESSES:
        for entry in evidence.at(destination):
            yield from _mail_differs(entry, evidence.stored(entry.key))
    known = {entry.key for entry in evidence.entries}
    for mail in evidence.mails:
        if mail.stored and key_of(mail.message_id) not in known and mail.to != (INVITED,):
            yield f"the mail server has a message that is not in the ledger: {mail.message_id}"
    yield from _folder_differs(evidence)
    yield from _books_differ(evidence)
    yield from _uploads_differ(evidence)
    yield from _pages_differ(evidence)


def _pages_differ(evidence: Evidence) -> Iterator[str]:
    """The office sees what the ledger calls delivered there."""
    for entry in evidence.at(PORTAL):
        if evidence.seen is not None and entry.state is State.DELIVERED and entry.number not in evidence.seen:
            yield f"{entry.title}: delivered, says the ledger; the office's pages do not show it"


def _books_differ(evidence: Evidence) -> Iterator[str]:
    """Each delivered paper is one entry, the one that the receipt names."""
    numbers = {entry.number for entry in evidence.at(BOOKS) if entry.state is State.DELIVERED}
    for entry in evidence.at(BOOKS):
        booked = [str(one.number) for one in evidence.booked if one.your_ref == entry.number]
        if entry.state is State.DELIVERED and booked != [entry.reference]:
            yield f"{entry.title}: delivered as entry {entry.reference}, says the ledger; Exact has {booked}"
    for one in evidence.booked:
        if one.your_ref not in numbers:
            yield f"Exact has booked {one.your_ref}, which the ledger does not call delivered"


def _uploads_differ(evidence: Evidence) -> Iterator[str]:
    """Each delivered paper was taken once, with the bytes that were sent."""
    for entry in evidence.at(PACKAGE):
        taken = [one.sha256 for one in evidence.uploads if one.key == entry.key]
        if entry.state is State.DELIVERED and taken != [entry.sent_sha256]:
            yield f"{entry.title}: delivered, says the ledger; CodaBox has it {len(taken)} times, or other bytes"
    known = {entry.key for entry in evidence.at(PACKAGE)}
    for one in evidence.uploads:
        if one.key not in known:
            yield f"CodaBox has {one.number}, which is not in the ledger"


def _mail_differs(entry: Entry, stored: Sequence[Transaction]) -> Iterator[str]:
    if entry.state is State.DELIVERED:
        if len(stored) != 1:
            yield f"{entry.title}: delivered, says the ledger; the mail server has it {len(stored)} times"
        elif stored[0].sha256 != entry.sent_sha256:
            yield f"{entry.title}: the mail server has other bytes than the ledger says were sent"
        elif stored[0].to != (ADDRESSES[entry.destination],):
            yield f"{entry.title}: it arrived at {', '.join(stored[0].to)}"
    elif entry.state is not State.UNCERTAIN and stored:
        yield f"{entry.title}: {entry.state}, says the ledger; the mail server has it"


def _folder_differs(evidence: Evidence) -> Iterator[str]:
    owners: defaultdict[Path, list[Entry]] = defaultdict(list)
    for entry in evidence.at(ARCHIVE):
        if entry.state is State.DELIVERED and not entry.files:
            yield f"{entry.title}: delivered, says the ledger, without naming a file"
        for path, sha256 in entry.files.items():
            owners[path].append(entry)
            if evidence.files.get(path) != sha256:
                yield f"{entry.title}: the folder does not have {path.name} as the ledger says"
    for path in evidence.files:
        if len(owners[path]) != 1:
            yield f"the folder has {path.name}, for which the ledger names {len(owners[path])} deliveries"
