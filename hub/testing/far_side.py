"""What a contract suite must be able to see and arrange at a far side, and its tables of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hub.errors import DeliveryError


class FarSide(Protocol):
    """The far side as the suite sees it; `lose_answer` and `refuse` hold until the end of the test."""

    def arrived(self) -> Sequence[str]:
        """One text for each paper (or pack) that lies there now, in any order."""

    def lose_answer(self) -> None:
        """Take the next paper, then break the line before the answer. Needed with `loses_answers`."""

    def refuse(self, how: str) -> None:
        """Be in the state that a `Refusal` names. Needed with `refusals`."""


@dataclass(frozen=True, slots=True)
class BadSetting:
    """A field with a value that must be refused by name; `of` is `settings` or `connection`."""

    field: str
    value: Any
    of: str = "settings"

    def __str__(self) -> str:
        return f"{self.of}-{self.field}-{self.value!r}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A way for the far side to refuse, and the error that must come of it."""

    name: str
    error: type[DeliveryError]

    def __str__(self) -> str:
        return self.name
