"""What travels between the pump and the threads: a claimed delivery, and how its step ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.core.delivery import Outcome, Receipt, State, Turn
from hub.core.meter import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One delivery leased to this process. `begun`: an earlier attempt may have put bytes on the wire."""

    id: int
    destination_id: int
    revision: int  # of the destination's settings
    fence: int
    tries: int
    attempts: int
    begun: bool
    lost: bool  # its last worker died or stalled: the attempt `lost` was just written
    company_id: int
    kind: str | None  # of the document; None for a pack
    document_id: int | None
    pack_id: int | None
    key: str
    generation: int
    created_at: int
    prepared: Sequence[Mapping[str, Any]] | None
    steps: Mapping[str, str] | None

    @property
    def lease(self) -> tuple[int, int]:
        """Which lease it is: of two claims of one delivery only the later one is good."""
        return self.id, self.fence


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How one step of a claim ended, ready to be written.

    `state` is what the delivery becomes; `due_in` (ms from now) is when it is looked at again, None waits for a
    person; `begun` is the mark afterwards. `unwell` True counts against the destination, False for it, None for
    neither; `rest` (ms) is the far side's own wish to be left alone.
    """

    claim: Claim
    outcome: Outcome | None  # None: no attempt was made, only a rule applied
    state: State
    code: str = ""
    detail: str = ""
    due_in: int | None = None
    begun: bool = False
    burns_try: bool = True
    receipt: Receipt | None = None
    started_at: int = 0
    sent_sha256: str = ""
    unwell: bool | None = None
    rest: int | None = None
    usage: Usage | None = None  # of the far side's limits
    block: Block | None = None
    prepared: Sequence[Mapping[str, Any]] | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Block:
    """Nothing can be delivered at this destination until somebody mends it."""

    reason: str
    detail: str
    turn: Turn
    connection: bool  # it is the connection's login, so every destination on it waits
