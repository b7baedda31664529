"""Room on the disk: what is sent must be written down afterwards, so nothing is sent when that could fail."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import structlog

from hub.core.disk import no_space

_LOG = structlog.get_logger("hub.room")


class Room:
    """The space that is kept free on the disks of a hub, so that what happens can always be written down.

    Papers are taken in while twice the reserve is free, so that it is not them who stop what is to be sent.
    """

    def __init__(self, folders: Iterable[Path], reserve: int) -> None:
        self._folders = tuple(folders)
        self._reserve = reserve
        self._short = False

    def to_send(self) -> bool:
        """Whether the result of a sending can surely be written down. Told in the log when that changes."""
        short = bool(self._lacking(self._reserve))
        if short is not self._short:
            self._short = short
            _LOG.warning("no space left: nothing is sent" if short else "there is space again", reserve=self._reserve)
        return not short

    def take_in(self, size: int) -> None:
        """Raise TemporaryError (`no_space`) unless `size` bytes can be kept without touching the reserve."""
        if message := self._lacking(2 * self._reserve + size):
            raise no_space(message)

    def _lacking(self, need: int) -> str:
        for folder in self._folders:
            free = shutil.disk_usage(folder).free
            if free < need:
                return f"{folder} has {free / 1e6:.1f} MB free, and {need / 1e6:.1f} MB are needed"
        return ""
