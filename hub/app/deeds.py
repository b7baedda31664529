"""What a person does by hand to deliveries and documents: one act to many, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.app.home import Hub
from hub.core import acts
from hub.core.store.engine import Tx
from hub.errors import HubError


class Act(StrEnum):
    """The acts: on deliveries, and the last two on documents."""

    APPROVE = "approve"
    RETRY = "retry"
    ARRIVED = "arrived"
    RESEND = "resend"
    CANCEL = "cancel"
    HOLD = "hold"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Done:
    """How many were done, and why each of the others could not be."""

    count: int
    failures: tuple[HubError, ...]


_ACTS: Mapping[Act, Callable[[Tx, int], None]] = {
    Act.APPROVE: acts.approve,
    Act.RETRY: acts.retry,
    Act.ARRIVED: lambda tx, delivery_id: acts.resolve(tx, delivery_id, arrived=True),
    Act.RESEND: lambda tx, delivery_id: acts.resolve(tx, delivery_id, arrived=False),
    Act.CANCEL: acts.cancel,
    Act.HOLD: acts.hold_document,
    Act.RELEASE: acts.release_document,
}


def do(hub: Hub, act: Act, ids: Sequence[int]) -> Done:
    """Do the act to each; what cannot be done is told and stops no other."""
    failures = tuple(_failures(hub, _ACTS[act], ids))
    return Done(len(ids) - len(failures), failures)


def _failures(hub: Hub, act: Callable[[Tx, int], None], ids: Sequence[int]) -> Iterator[HubError]:
    for one in ids:
        try:
            with hub.db.write() as tx:
                act(tx, one)
        except HubError as error:
            yield error
