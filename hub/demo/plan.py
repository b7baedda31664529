"""What is meant to happen in the demo: which messages get into trouble and how all ends; else the demo has failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.core.delivery import State
from hub.demo.evidence import Entry, Evidence
from hub.demo.papers import BUILDING, FROM_WHOLESALER, QUOTATION, TO_NORWAY, TO_SWEDEN
from hub.demo.places import ARCHIVE, BOOKS, OFFICE, OWNER, PACKAGE, PORTAL
from hub.demo.stage import key_of
from hub.testing.faults import Fault
from hub.testing.smtp_log import Fate


@dataclass(frozen=True, slots=True)
class Mishap:
    """What the mail server does to a paper's first message for a destination."""

    destination: str
    number: str
    fault: Fault

    def hits(self, entry: Entry) -> bool:
        """Whether this is the delivery."""
        return (entry.destination, entry.number) == (self.destination, self.number)


_MISHAPS = (
    Mishap(OFFICE, BUILDING, Fault.GREYLIST),
    Mishap(OFFICE, FROM_WHOLESALER, Fault.GREYLIST),
    Mishap(OWNER, QUOTATION, Fault.GREYLIST),
    Mishap(OWNER, TO_NORWAY, Fault.DROP),
    Mishap(OFFICE, TO_SWEDEN, Fault.LOSE_ANSWER),
)
_FATES: Mapping[Fault, Fate] = {
    Fault.GREYLIST: Fate.REFUSED,
    Fault.DROP: Fate.DROPPED,
    Fault.LOSE_ANSWER: Fate.ANSWER_LOST,
}
_IMPORTED = {"accepted": 24, "conflict": 1, "duplicate": 1, "parked": 1}
_ENDS: Mapping[str, Mapping[State, int]] = {
    OFFICE: {State.DELIVERED: 15, State.UNCERTAIN: 1, State.HELD: 1},
    OWNER: {State.DELIVERED: 10, State.HELD: 1},
    ARCHIVE: {State.DELIVERED: 17, State.HELD: 1},
    PORTAL: {State.DELIVERED: 17, State.HELD: 1},
    BOOKS: {State.DELIVERED: 5},
    PACKAGE: {State.DELIVERED: 2},
}


def mishaps(entries: Sequence[Entry]) -> Mapping[str, Fault]:
    """The fault of each message that is to have one, by delivery key."""
    return {entry.key: mishap.fault for mishap in _MISHAPS for entry in entries if mishap.hits(entry)}


def surprises(imported: Mapping[str, int], evidence: Evidence) -> Iterator[str]:
    """A sentence for each thing that did not go as planned."""
    if imported != _IMPORTED:
        yield f"the import ended otherwise than planned: {dict(imported)}"
    for key, fault in mishaps(evidence.entries).items():
        fates = [mail.outcome for mail in evidence.mails if key_of(mail.message_id) == key]
        if fates[:1] != [_FATES[fault]]:
            yield f"the mail server did not do as planned with a message: {fates} instead of {_FATES[fault]}"
    for destination, planned in _ENDS.items():
        ended = Counter(entry.state for entry in evidence.at(destination))
        if ended != planned:
            states = ", ".join(f"{count} {state}" for state, count in sorted(ended.items()))
            yield f"{destination} ended otherwise than planned: {states}"
