"""What the outbox must do, in a model of one page: it knows no lease times, no SQL and no wire."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.core.claim import Claim, Settlement
from hub.core.delivery import State

Lease = tuple[int, int]
OPEN = frozenset({State.QUEUED, State.UNCERTAIN})


@dataclass(slots=True)
class Known:
    """One delivery. `maybe`: its bytes may be at the far side; `holder`: the lease that is good, while it is `live`."""

    state: State = State.QUEUED
    reason: str = ""
    maybe: bool = False
    holder: Lease | None = None
    live: bool = False
    ever_marked: bool = False

    @property
    def shown(self) -> State:
        """What people see."""
        if self.holder and self.live:
            return State.SENDING
        return State.UNCERTAIN if self.maybe and not self.state.finished else self.state

    def put(self, state: State, reason: str = "", *, maybe: bool = False) -> None:
        """In a state that no worker may write over: whoever held it does so no more."""
        self.state, self.reason, self.maybe, self.holder = state, reason, maybe, None


@dataclass(slots=True)
class Model:
    """All deliveries by id, at one destination, which wants the first `approvals` papers approved."""

    approvals: int
    known: dict[int, Known] = field(default_factory=dict)
    held_papers: set[int] = field(default_factory=set)
    paused: bool = False

    def accept(self, one: int) -> None:
        """A paper came in."""
        self.known[one] = Known(State.HELD, "approval") if self.approvals else Known()

    def claimed(self, claim: Claim) -> None:
        """A worker has it; whether it must be traced is what the model says."""
        known = self.known[claim.id]
        assert not self.paused, "nothing is claimed at a paused destination"
        assert known.state in OPEN, "what waits for a person is left alone"
        assert not (known.holder and known.live), "two never have the same delivery"
        assert claim.begun == known.maybe, "what may have arrived must be traced, and only that"
        known.holder, known.live = claim.lease, True

    def stalled(self) -> None:
        """Every lease runs out."""
        for known in self.known.values():
            known.live = False

    def may_mark(self, claim: Claim) -> bool:
        """Whether bytes may leave under this claim."""
        known = self.known[claim.id]
        return known.holder == claim.lease and known.live

    def marked(self, claim: Claim) -> None:
        """From now on it may be at the far side."""
        self.known[claim.id].maybe = True

    def settled(self, ended: Settlement) -> None:
        """Only who holds it says what it becomes; a late receipt is proof all the same."""
        known = self.known[ended.claim.id]
        if known.holder == ended.claim.lease:
            known.put(ended.state, ended.code, maybe=ended.begun)
        elif ended.state is State.DELIVERED and not known.state.finished:
            known.put(State.DELIVERED)

    def handed_back(self, claim: Claim) -> None:
        """Given up by its worker: the mark stays."""
        known = self.known[claim.id]
        if known.holder == claim.lease:
            known.holder = None

    def may(self, act: str, one: int) -> bool:
        """Whether a person may do this now."""
        known = self.known[one]
        shown, approval = known.shown, known.reason == "approval"
        if act == "approve":
            return shown is State.HELD and approval
        if act == "retry":
            return shown in {State.QUEUED, State.HELD} and not (shown is State.HELD and approval)
        if act == "cancel":
            return shown in {State.QUEUED, State.HELD, State.UNCERTAIN}
        return shown is State.UNCERTAIN

    def do(self, act: str, one: int) -> None:
        """A person did it."""
        known = self.known[one]
        if act == "cancel":
            known.put(State.CANCELLED, "by_hand")
        elif act == "arrived":
            known.put(State.DELIVERED, "by_hand")
        else:
            known.put(State.QUEUED)
        if act == "approve":
            self._approved()

    def _approved(self) -> None:
        self.approvals -= 1
        if self.approvals <= 0:
            self.approvals = 0
            for known in self.known.values():
                if known.shown is State.HELD and known.reason == "approval":
                    known.put(State.QUEUED)

    def hold(self, one: int) -> None:
        """The paper goes nowhere further; what is being sent, or may have arrived, is not stopped."""
        known = self.known[one]
        self.held_papers.add(one)
        if known.shown is State.QUEUED or (known.shown is State.HELD and known.reason == "approval"):
            known.put(State.HELD, "document_held")

    def release(self, one: int) -> None:
        """It may go on, by way of the approval where that is still wanted."""
        known = self.known[one]
        self.held_papers.discard(one)
        if known.state is State.HELD and known.reason == "document_held":
            known.put(*((State.HELD, "approval") if self.approvals else (State.QUEUED, "")))
