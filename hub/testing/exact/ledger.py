"""The ledger: a JSON line for everything that happened, written before anyone is answered, and read at a new start."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

Line = dict[str, Any]

_IDS = uuid.UUID("6f0b1a52-9d0c-4b57-8f43-5a1f6a3f3c11")


def read_lines(path: Path) -> list[Line]:
    """The lines of a ledger, also of a server that still runs; a half-written last line is left out."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


class Ledger:
    """Lines with a `kind`: `opened`, `request`, `stored`, `chain`, `token`, `closed`, `clock`. Append only.

    A line is with the operating system when `write` returns: it outlives this process, not a power cut.
    """

    def __init__(self, lines: Sequence[Line], file: BinaryIO | None, seed: int) -> None:
        self.lines = list(lines)
        self._file = file
        self._seed = seed

    @classmethod
    @contextmanager
    def opened(cls, path: Path | None, seed: int) -> Iterator[Ledger]:
        """A ledger that goes on where its file ends; without a path it lives in memory."""
        if path is None:
            yield cls([], None, seed)
            return
        lines = read_lines(path)
        with path.open("ab") as file:
            file.truncate(_whole(path))
            yield cls(lines, file, seed)

    def write(self, kind: str, **what: Any) -> None:
        """Add a line."""
        line = {"kind": kind, **what}
        if self._file:
            self._file.write(json.dumps(line).encode() + b"\n")
            self._file.flush()
        self.lines.append(line)

    def of(self, kind: str) -> list[Line]:
        """All lines of a kind."""
        return [line for line in self.lines if line["kind"] == kind]

    def new_id(self, purpose: str) -> str:
        """A GUID that the seed and the place in the ledger decide, so that a run can be repeated."""
        return str(uuid.uuid5(_IDS, f"{self._seed}/{len(self.lines)}/{purpose}"))


def _whole(path: Path) -> int:
    """How many bytes end with a whole line."""
    return path.read_bytes().rfind(b"\n") + 1
