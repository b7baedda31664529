"""Values in a filter of OData, as Exact reads them: what comes from a paper cannot leave its quotes. Pure."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from hub import Held


def text(value: str) -> str:
    """A text. Raises Held for one with characters that cannot be seen."""
    if not value.isprintable():
        raise Held("unseen_characters", "a number or name of the paper has characters that cannot be seen")
    return "'" + value.replace("'", "''") + "'"


def guid(value: str) -> str:
    """An id; raises ValueError for what is none."""
    return f"guid'{UUID(value)}'"


def any_of(field: str, values: list[str]) -> str:
    """One field with one of several texts."""
    return " or ".join(f"{field} eq {text(value)}" for value in values)


def day(value: date) -> str:
    """A date, without a zone: Exact's dates have none."""
    return f"datetime'{value.isoformat()}'"
