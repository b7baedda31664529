"""One division as those see it who write into it: find what is referred to, number, stamp and store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hub.testing.exact.clock import Clock
from hub.testing.exact.entities import Entities, Shelf
from hub.testing.exact.ledger import Ledger
from hub.testing.exact.seeds import USER_ID
from hub.testing.exact.texts import say
from hub.testing.exact.wire import Refused

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Administration:
    """A division, with the language of the user who writes."""

    division: int
    entities: Entities
    ledger: Ledger
    clock: Clock
    language: str = "nl"

    def get(self, path: str, key: Any) -> Row | None:
        """The row with this key, or None."""
        return None if key is None else self.shelf(path).get(key)

    def named(self, path: str, code: Any) -> Row | None:
        """The row with this code, or None."""
        return None if code is None else self.shelf(path).one("Code", code)

    def shelf(self, path: str) -> Shelf:
        """All rows of a resource."""
        return self.entities.shelf(self.division, path)

    def is_closed(self, period: str) -> bool:
        """Whether nothing may be booked in a period such as `2026-01`."""
        return (self.division, period) in self.entities.closed

    def new(self, key: str = "ID") -> Row:
        """What each new row has."""
        stamp = self.clock.stamp()
        ident = self.ledger.new_id("row")
        return {key: ident, "Division": self.division, "Creator": USER_ID, "Created": stamp, "Modified": stamp}

    def problems(self) -> Problems:
        """A list for what is wrong with a row."""
        return Problems(self.language)


@dataclass(slots=True)
class Problems:
    """What is wrong with one row; told all at once, as status 500 (reference 3.1)."""

    language: str
    told: list[str] = field(default_factory=list)

    def add(self, sentence: str, noun: str = "") -> None:
        """Note a sentence; the same one only once."""
        text = say(self.language, sentence, noun)
        if text not in self.told:
            self.told.append(text)

    def need(self, row: Row, **nouns: str) -> None:
        """Note each of these properties that is missing or blank."""
        for name, noun in nouns.items():
            if row.get(name) in (None, "", []):
                self.add("mandatory", noun)

    def settle(self) -> None:
        """Refuse the row when anything was noted."""
        if self.told:
            raise Refused(500, "\r\n".join(self.told))
