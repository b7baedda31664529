"""Once is once: a durable note of each number before its upload, and of the last year that was sent.

CodaBox takes an invoice one time; a new delivery of the same number (another generation, another destination row) is
held here before any call. ASSUMPTION: that a year is closed by the first paper of a later one (one vendor says so).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from hub import Document, File, Held, Kept, Vault
from hub_codabox.paper import issue_date
from hub_codabox.settings import Client

_SENT, _REJECTED = "sent", "rejected"


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper on its way: by number, by the key of its delivery, and by its bytes."""

    name: str
    year: int
    key: str
    sha256: str

    @classmethod
    def of(cls, document: Document, part: File, key: str) -> Entry:
        """The entry of a document whose UBL is `part`."""
        told = f"{document.company}\n{document.kind}\n{document.number}"
        name = f"paper_{hashlib.sha256(told.encode()).hexdigest()[:32]}"
        return cls(name, issue_date(document).year, key, part.sha256)


@dataclass(frozen=True, slots=True)
class Register:
    """The notes of one enterprise number."""

    vault: Vault
    client: Client

    def look(self, entry: Entry) -> Kept | None:
        """The note that is there, when the paper may go. Raises Held (`year_closed`, `already_sent`, `same_bytes`)."""
        closed = self._last_year()
        if self.client.year_lock and entry.year < closed:
            said = f"a paper of {closed} was sent, which closes {entry.year} (setting year_lock)"
            raise Held("year_closed", said)
        kept = self.vault.get(entry.name)
        if kept:
            _compare(json.loads(kept.value), entry)
        return kept

    def enter(self, entry: Entry) -> None:
        """Note that this paper is about to be sent; durable when this returns. Raises Held as `look` does."""
        kept = self.look(entry)
        note = {"key": entry.key, "sha256": entry.sha256, "state": _SENT, "closed": self._closed_before(kept)}
        if not self.vault.put(entry.name, json.dumps(note), if_generation=kept.generation if kept else 0):
            raise Held("already_sent", "another delivery of this number is on its way at this moment")
        if entry.year > self._last_year():
            self.vault.put(self._year, str(entry.year))

    def withdraw(self, entry: Entry) -> None:
        """CodaBox did not take it: the number and the year are as before."""
        self._reopen_year(entry)
        self.vault.forget(entry.name)

    def reject(self, entry: Entry) -> None:
        """CodaBox refused these bytes for good: only other bytes may go under this number."""
        self._reopen_year(entry)
        self.vault.put(entry.name, json.dumps({"key": entry.key, "sha256": entry.sha256, "state": _REJECTED}))

    @property
    def _year(self) -> str:
        return f"year_{self.client.enterprise_number}"

    def _last_year(self) -> int:
        kept = self.vault.get(self._year)
        return int(kept.value) if kept else 0

    def _closed_before(self, kept: Kept | None) -> int:
        """The last year before the first try of this paper, to go back to."""
        said = json.loads(kept.value) if kept else {}
        return int(said.get("closed", self._last_year()))

    def _reopen_year(self, entry: Entry) -> None:
        before = self._closed_before(self.vault.get(entry.name))
        if self._last_year() == entry.year > before:
            self.vault.put(self._year, str(before))


def _compare(note: dict[str, Any], entry: Entry) -> None:
    if note["state"] == _REJECTED and note["sha256"] == entry.sha256:
        raise Held("same_bytes", "CodaBox refused exactly these bytes before; mend the paper, then import it")
    if note["state"] == _SENT and note["key"] != entry.key:
        said = "this number was sent before, or may have been; CodaBox takes a number once and no correction"
        raise Held("already_sent", said)
