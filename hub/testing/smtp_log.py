"""What a test relay saw: a line for each message whose last byte came, on disk before anyone is answered."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO


class Fate(StrEnum):
    """What became of one message."""

    ACCEPTED = "accepted"  # kept and answered with 250
    ANSWER_LOST = "answer_lost"  # kept, and nobody was told
    REFUSED = "refused"
    DROPPED = "dropped"  # the line was cut before anything was kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One line of the log. `time` is RFC 3339; `started` (DATA) and `ended` (answer) are Unix seconds."""

    time: str
    message_id: str
    sender: str
    to: tuple[str, ...]
    sha256: str
    size: int
    started: float
    ended: float
    outcome: Fate

    @property
    def stored(self) -> bool:
        """The message arrived, whether its sender knows or not."""
        return self.outcome in {Fate.ACCEPTED, Fate.ANSWER_LOST}


def read_log(path: Path) -> list[Transaction]:
    """The log of a relay, also of one that still runs; a half-written last line is left out."""
    rows = (json.loads(line) for line in path.read_bytes().split(b"\n")[:-1])
    return [Transaction(**row | {"to": tuple(row["to"]), "outcome": Fate(row["outcome"])}) for row in rows]


class SmtpLog:
    """Where a relay writes: a file of JSON lines, a folder of messages, or neither."""

    def __init__(self, file: BinaryIO | None, folder: Path | None) -> None:
        self._file = file
        self._folder = folder

    @classmethod
    @contextmanager
    def opened(cls, path: Path | None, folder: Path | None) -> Iterator[SmtpLog]:
        """A log that is closed at the end; both places are optional."""
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        if path is None:
            yield cls(None, folder)
            return
        with path.open("ab") as file:
            yield cls(file, folder)

    def write(self, seen: Transaction, content: bytes) -> None:
        """Keep a message that was stored, then tell of it; durable when this returns."""
        if self._folder and seen.stored:
            _keep(self._folder, seen, content)
        if self._file:
            self._file.write(json.dumps(asdict(seen)).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())


def _keep(folder: Path, seen: Transaction, content: bytes) -> None:
    """One file a message, sorted by time; a reader of the folder never sees half of one."""
    name = f"{seen.ended:017.6f}-{seen.sha256[:16]}.eml"
    half = folder / f".{name}"
    half.write_bytes(content)
    half.rename(folder / name)
