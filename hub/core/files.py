"""Bytes with a name: a file of a paper, and the artifact that leaves the house."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO


class FileRole(StrEnum):
    """What a file is to its paper: the bytes as they came, the picture for people, or something beside it."""

    ORIGINAL = "original"
    PDF = "pdf"
    ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class File:
    """Bytes with a name. `opener` gives a fresh binary stream at each call, from memory or from the blob store."""

    name: str
    media_type: str
    size: int
    sha256: str
    opener: Callable[[], BinaryIO] = field(repr=False, compare=False)
    role: FileRole = FileRole.ORIGINAL

    @classmethod
    def of(cls, name: str, media_type: str, data: bytes, role: FileRole = FileRole.ORIGINAL) -> File:
        """A file that lives in memory."""
        digest = hashlib.sha256(data).hexdigest()
        return cls(name, media_type, len(data), digest, lambda: io.BytesIO(data), role)

    def open(self) -> BinaryIO:
        """A binary stream; the caller closes it. Raises CorruptError when stored bytes are gone."""
        return self.opener()

    def read(self) -> bytes:
        """All bytes at once."""
        with self.open() as stream:
            return stream.read()


@dataclass(frozen=True, slots=True)
class Artifact:
    """What will leave the house: one or more named parts, in order."""

    parts: tuple[File, ...]

    @property
    def sha256(self) -> str:
        """The part's hash; with several parts that of the lines `name TAB sha256`."""
        if len(self.parts) == 1:
            return self.parts[0].sha256
        lines = "".join(f"{part.name}\t{part.sha256}\n" for part in self.parts)
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of all parts together."""
        return sum(part.size for part in self.parts)
