"""What threads post to the pump, and how each of them is answered once the transaction is durable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

import structlog

from hub.core.claim import Claim, Settlement
from hub.core.courier import Parts
from hub.core.delivery import State

Answer = Callable[[], None]

_LOG = structlog.get_logger("hub.pump")


@dataclass(slots=True)
class WantsMark:
    """A thread has prepared a delivery and asks to make the mark durable."""

    claim: Claim
    parts: Parts
    granted: SimpleQueue[bool] = field(default_factory=SimpleQueue)  # a Future costs ten times as much

    def answer(self, granted: bool) -> Answer:
        """Tell the thread whether it may send."""
        return lambda: self.granted.put(granted)


@dataclass(slots=True)
class Ended:
    """A step is over. None: the lease was lost before anything was sent."""

    claim: Claim
    settlement: Settlement | None

    def log(self) -> None:
        """A line once it is durable; what arrived only at debug level."""
        settlement = self.settlement
        if settlement is None:
            return
        log = _LOG.debug if settlement.state is State.DELIVERED else _LOG.info
        log(
            f"delivery {settlement.state}",
            delivery=self.claim.id,
            destination=self.claim.destination_id,
            code=settlement.code,
            detail=settlement.detail,
        )


Message = WantsMark | Ended


def sorted_out(messages: Sequence[Message]) -> tuple[list[Ended], list[WantsMark]]:
    """The messages by what they are."""
    ended = [message for message in messages if isinstance(message, Ended)]
    return ended, [message for message in messages if isinstance(message, WantsMark)]
