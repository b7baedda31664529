"""What a test may do to the far side from outside, below /_control: look, spoil, put the clock forward, arrange."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.testing.exact.books import Books
from hub.testing.exact.clock import Clock
from hub.testing.exact.entities import Entities
from hub.testing.exact.faults import Rules
from hub.testing.exact.ledger import Ledger
from hub.testing.exact.schema import RESOURCES
from hub.testing.exact.wire import Answer, Request, json_answer

PREFIX = "/_control/"


@dataclass(frozen=True, slots=True)
class Control:
    """Answers the control addresses; no token is asked for, no limit counts."""

    ledger: Ledger
    entities: Entities
    rules: Rules
    clock: Clock

    def answer(self, request: Request) -> Answer:
        """Carry out one request: 200 with JSON, 204, or 400 with what is wrong with it."""
        ways: Mapping[str, Callable[[Request], Answer]] = {
            "GET ledger": self._ledger,
            "GET books": self._books,
            "POST faults": self._add_faults,
            "DELETE faults": self._clear_faults,
            "POST clock": self._advance,
            "POST periods": self._close,
            "POST entities": self._arrange,
        }
        way = ways.get(f"{request.method} {request.path.removeprefix(PREFIX)}")
        if way is None:
            return json_answer(404, {"error": f"there is no {request.method} {request.path}"})
        try:
            return way(request)
        except (ValueError, KeyError, TypeError) as wrong:
            return json_answer(400, {"error": repr(wrong)})

    def _ledger(self, request: Request) -> Answer:
        """`?after=N` leaves out the first N lines."""
        return json_answer(200, self.ledger.lines[int(request.query.get("after", "0")) :])

    def _books(self, _request: Request) -> Answer:
        """The same as `Books`, for those who are not Python."""
        books = Books(tuple(self.ledger.lines))
        names = ("entries", "accounts", "contacts", "documents", "attachments", "requests", "tokens")
        shown = {name: [_plain(one) for one in getattr(books, name)] for name in names}
        return Answer(200, json.dumps(shown, default=str).encode(), {"Content-Type": "application/json"})

    def _add_faults(self, request: Request) -> Answer:
        self.rules.add(json.loads(request.body)["rules"])
        return Answer(204)

    def _clear_faults(self, _request: Request) -> Answer:
        self.rules.clear()
        return Answer(204)

    def _advance(self, request: Request) -> Answer:
        asked = json.loads(request.body)
        seconds, quietly = float(asked["advance"]), bool(asked.get("quietly"))
        self.clock.advance(seconds, quietly=quietly)
        self.ledger.write("clock", advance=seconds, quietly=quietly)
        return Answer(204)

    def _close(self, request: Request) -> Answer:
        asked = json.loads(request.body)
        self.entities.close(int(asked["division"]), str(asked["period"]))
        return Answer(204)

    def _arrange(self, request: Request) -> Answer:
        """Store a row as it is, over the one with its key if there is one: what a person did on the screen."""
        asked = json.loads(request.body)
        division, path, row = int(asked["division"]), str(asked["resource"]), dict(asked["row"])
        key, known = RESOURCES[path].key, RESOURCES[path].properties
        if not row.keys() <= known.keys():
            raise ValueError(f"{path} has no {', '.join(row.keys() - known.keys())}")
        row.setdefault(key, self.ledger.new_id("row"))
        old = self.entities.shelf(division, path).get(row[key]) or dict.fromkeys(known)
        self.entities.put(division, path, old | row)
        return json_answer(200, {key: row[key]})


def _plain(one: Any) -> Any:
    return dataclasses.asdict(one) if dataclasses.is_dataclass(one) and not isinstance(one, type) else one
