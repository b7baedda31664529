"""Values in a filter of OData, as Exact reads them: what comes from a paper cannot leave its quotes. Pure."""

from __future__ import annotations

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
