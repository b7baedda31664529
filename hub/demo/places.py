"""Where papers go in the demo, by name, and the folders of one demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.demo import papers

OFFICE, OWNER, ARCHIVE = "office", "owner", "archive"
BOOKS, PACKAGE = "books", "package"  # of the sister firms: Exact, CodaBox
PORTAL = "portal"  # the office's own account
ADDRESSES: Mapping[str, str] = {OFFICE: "papers@office.example", OWNER: "owner@fietsatelier.example"}
INVITED = "an@office.example"  # who has the account


@dataclass(frozen=True, slots=True)
class Stage:
    """The folders of one demo."""

    root: Path

    @property
    def home(self) -> Path:
        """The hub's own home."""
        return self.root / "home"

    @property
    def papers(self) -> Path:
        """The files to import."""
        return self.root / "papers"

    @property
    def archive(self) -> Path:
        """The folder that is a destination."""
        return self.root / "archive"

    @property
    def mails(self) -> Path:
        """What the mail server took, a file for each message."""
        return self.root / "mails"

    @property
    def mail_log(self) -> Path:
        """What the mail server saw, a line for each message."""
        return self.root / "mail-server.jsonl"

    @property
    def exact_ledger(self) -> Path:
        """What was booked at Exact, in its own words."""
        return self.root / "exact.jsonl"

    @property
    def codabox_log(self) -> Path:
        """What CodaBox took, in its own words."""
        return self.root / "codabox.jsonl"

    @property
    def pack(self) -> Path:
        """The quarter's papers in one file."""
        return self.root / f"{papers.PERIOD}.zip"
