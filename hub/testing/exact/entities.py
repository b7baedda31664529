"""What lies in each division: rows by resource and key, with an index on the fields that are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hub.testing.exact.filters import Condition, comparable
from hub.testing.exact.ledger import Ledger
from hub.testing.exact.schema import RESOURCES, Resource

Row = dict[str, Any]


class Shelf:
    """The rows of one resource in one division, in the order they came."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.rows: dict[str, Row] = {}
        self._index: dict[str, dict[Any, dict[str, None]]] = {name: {} for name in resource.indexed}

    def put(self, row: Row) -> None:
        """Add a row, or put it in the place of the one with its key."""
        key = str(row[self.resource.key]).lower()
        old = self.rows.get(key)
        for name, places in self._index.items():
            if old is not None:
                places.get(self._value(name, old), {}).pop(key, None)
            places.setdefault(self._value(name, row), {})[key] = None
        self.rows[key] = row

    def get(self, key: Any) -> Row | None:
        """The row with this key."""
        return self.rows.get(str(key).lower())

    def find(self, condition: Condition | None = None) -> list[Row]:
        """All rows for which the condition holds."""
        if condition is None:
            return list(self.rows.values())
        return [row for row in self._candidates(condition) if condition.holds(row)]

    def one(self, name: str, value: Any) -> Row | None:
        """The first row with this value of a string field, blanks around it not counted."""
        wanted = str(value).strip()
        return next((row for row in self.rows.values() if str(row.get(name) or "").strip() == wanted), None)

    def having(self, name: str, value: Any) -> list[Row]:
        """All rows with this value of an indexed field."""
        wanted = comparable(self.resource.properties[name].kind, value)
        return [self.rows[key] for key in self._index[name].get(wanted, ())]

    def _candidates(self, condition: Condition) -> Iterable[Row]:
        """The rows with the rarest of the values that the condition fixes; all rows when it fixes none."""
        places = [
            [key for value in condition.fixed[name] for key in self._index[name].get(value, ())]
            for name in condition.fixed.keys() & self._index.keys()
        ]
        keys = min(places, key=len) if places else self.rows
        return [self.rows[key] for key in keys]

    def _value(self, name: str, row: Row) -> Any:
        return comparable(self.resource.properties[name].kind, row.get(name))


class Entities:
    """All shelves of all divisions; one thread at a time."""

    def __init__(self, ledger: Ledger, content: Mapping[int, Mapping[str, Iterable[Row]]]) -> None:
        self.closed: set[tuple[int, str]] = set()
        self._ledger = ledger
        self._shelves: dict[tuple[int, str], Shelf] = {}
        for division, resources in content.items():
            for path, rows in resources.items():
                for row in rows:
                    self.shelf(division, path).put(row)
        self._restore()

    def shelf(self, division: int, path: str) -> Shelf:
        """The shelf for `crm/Accounts` in a division."""
        return self._shelves.setdefault((division, path), Shelf(RESOURCES[path]))

    def put(self, division: int, path: str, row: Row) -> None:
        """Store a row: in the ledger first."""
        self._ledger.write("stored", division=division, resource=path, row=row)
        self.shelf(division, path).put(row)

    def close(self, division: int, period: str) -> None:
        """Close a period such as `2026-01` for booking."""
        self._ledger.write("closed", division=division, period=period)
        self.closed.add((division, period))

    def _restore(self) -> None:
        for line in self._ledger.of("stored"):
            self.shelf(line["division"], line["resource"]).put(line["row"])
        self.closed.update((line["division"], line["period"]) for line in self._ledger.of("closed"))
