"""What the codes of this plugin mean to whoever runs the hub."""

from __future__ import annotations

from collections.abc import Mapping

from hub import Meaning, Turn

_ADDRESS = "hub destination edit {place} --set url=URL"

MEANINGS: Mapping[str, Meaning] = {
    "gone": Meaning("the receiver wants no more events: ask whoever runs it", command="hub destination pause {place}"),
    "http.3*": Meaning("the receiver has moved: give its new address", command=_ADDRESS),
    "http.4*": Meaning("the receiver refuses the event"),
    "http.404": Meaning("the receiver has nothing at this address", command=_ADDRESS),
    "http.405": Meaning("the receiver takes no events at this address", command=_ADDRESS),
    "http.408": Meaning("the receiver was too slow to read it", Turn.REMOTE),
    "http.425": Meaning("the receiver says not yet", Turn.REMOTE),
    "http.429": Meaning("the receiver says not so fast", Turn.REMOTE),
    "http.5*": Meaning("the receiver failed, and may have kept the event before", Turn.REMOTE),
    "http.503": Meaning("the receiver says not now", Turn.REMOTE),
    "http.*": Meaning("the receiver answered what is no answer to an event", Turn.REMOTE, _ADDRESS),
    "signature": Meaning(
        "the receiver does not believe the signature: another secret, or a clock that is off",
        command="hub destination edit {place} --secret secret=@FILE",
    ),
}
