"""What a person can do about a delivery that waits, by the command that does it: the dashboard has a key for each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from hub.core import meanings

FIRST = "hub outbox why {first}"


class Mend(StrEnum):
    """What a person can do about it, in one word."""

    NOTHING = ""
    APPROVE = "approve"
    RETRY = "retry"
    RESOLVE = "resolve"
    CANCEL = "cancel"
    RELEASE = "release"  # the document
    AGAIN = "again"  # a new generation
    RUN = "run"
    DESTINATION = "destination"  # mend the place, not the paper
    FIRST = "first"  # look at the paper that goes before it
    OTHER = "other"  # elsewhere, by a command of its own


def mend_of(command: str) -> Mend:
    """What a command of a meaning does, by its template."""
    if command.startswith(("hub destination", "hub connection")):
        return Mend.DESTINATION
    return _MENDS.get(command, Mend.OTHER)


_MENDS: Mapping[str, Mend] = {
    FIRST: Mend.FIRST,
    "": Mend.NOTHING,
    "hub outbox approve {id}": Mend.APPROVE,
    "hub run": Mend.RUN,
    meanings.RETRY: Mend.RETRY,
    meanings.RESOLVE: Mend.RESOLVE,
    meanings.CANCEL: Mend.CANCEL,
    meanings.RELEASE: Mend.RELEASE,
    meanings.AGAIN: Mend.AGAIN,
}
