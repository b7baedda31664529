"""What all pages of one dashboard share: the open home, what may be done, and the mark of the last change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the first paint does not wait for the store to be imported
    from hub.app import Hub


@dataclass(slots=True)
class Session:
    """The open home. `mark` moves when something was written; a page that read at another mark reads again."""

    hub: Hub
    read_only: bool
    mark: int | None = None

    def look(self) -> int | None:
        """The mark now; without one (PostgreSQL) each look counts as a change. One thread asks."""
        version = self.hub.db.data_version()
        return (self.mark or 0) + 1 if version is None else version


@dataclass(frozen=True, slots=True)
class Target:
    """What to open: `view` is a kind of page, `key` its id or name, `where` a filter."""

    view: str
    key: int | str = 0
    where: str = ""
