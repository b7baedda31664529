"""Secrets at rest: encrypted with the home's key (Fernet: AES-128-CBC with HMAC-SHA-256), one row each.

The key lies in `HOME/key` (0600), apart from `HOME/data`, so that a backup of the data alone opens nothing.
"""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from hub.core import disk
from hub.errors import UsageError

_KEY_BYTES = 32


class Seal:
    """The home's key at work: closes and opens values."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, values: Mapping[str, str]) -> dict[str, bytes]:
        """Encrypt values by name."""
        return {name: self._fernet.encrypt(value.encode()) for name, value in values.items()}

    def open(self, sealed: Mapping[str, bytes]) -> dict[str, str]:
        """Decrypt values by name. Raises UsageError when they were sealed with another key."""
        try:
            return {name: self._fernet.decrypt(value).decode() for name, value in sealed.items()}
        except InvalidToken as error:
            raise UsageError(
                "the stored secrets were encrypted with another key",
                code="wrong_key",
                action="put back this home's own key file, or set HUB_KEY to it, or enter the secrets again",
            ) from error


def parse_key(text: str) -> bytes:
    """The 32 bytes of a key written in base64. Raises UsageError."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise UsageError(
            "the key is not 32 bytes in base64", code="bad_key", action="make one: openssl rand -base64 32"
        )
    return key


def make_key(path: Path) -> None:
    """Write a new random key, readable by us alone; an existing one is left as it is.

    It has its name only once it is whole: neither a crash nor somebody who looks meanwhile finds half a key.
    """
    if path.exists():
        return
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)) + b"\n")
            stream.flush()
            disk.sync(stream.fileno())
        with suppress(FileExistsError):  # somebody else made one meanwhile, which is as good
            path.hardlink_to(part)
        disk.sync_folder(path.parent)
    finally:
        part.unlink()


def read_key(path: Path) -> bytes:
    """The key of a home. Refuses one that others could read."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise UsageError(
            f"the key file {path} is missing", code="no_key", action="put it back, or set HUB_KEY"
        ) from error
    if mode & 0o077:
        raise UsageError(
            f"the key file {path} can be read by others", code="key_exposed", action=f"run: chmod 600 {path}"
        )
    return parse_key(path.read_text(encoding="ascii", errors="replace"))
