"""The places where bytes are kept, as the tests see them: with a back door, and as often as there are processes."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from hub.app import Hub
from hub.app.blobs import blobs_of
from hub.config import Config
from hub.core.blobs import Blobs
from hub.core.folder import Folder
from hub.testing.s3 import S3


class Place(Protocol):
    """A place for bytes behind the hub's back."""

    def opened(self) -> Blobs:
        """It as a process that just started sees it."""

    def change(self, sha256: str, data: bytes | None) -> None:
        """Let other bytes lie under this hash; None: none at all."""


class OnDisk:
    """A folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(mode=0o700)

    def opened(self) -> Folder:
        return Folder(self.root)

    def change(self, sha256: str, data: bytes | None) -> None:
        path = Folder(self.root).path(sha256)
        path.unlink()
        if data is not None:
            path.write_bytes(data)


class InBucket:
    """A prefix in a bucket of a real server."""

    def __init__(self, server: S3, home: Path) -> None:
        self.server = server
        self.home = home
        self.name = f"{server.bucket()}/some/prefix"

    def opened(self) -> Blobs:
        return blobs_of(Config(home=self.home, blobs=f"s3://{self.name}"))

    def change(self, sha256: str, data: bytes | None) -> None:
        method = "DELETE" if data is None else "PUT"
        self.server.ask(method, f"/{self.name}/{sha256[:2]}/{sha256}", data)


def folder(hub: Hub) -> Folder:
    """The folder of a home that keeps its bytes in one."""
    assert isinstance(hub.blobs, Folder)
    return hub.blobs


def read(blobs: Blobs, sha256: str) -> bytes:
    """All bytes of a blob."""
    with blobs.open(sha256) as stream:
        return stream.read()
