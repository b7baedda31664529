"""Workers, crashes and people in any order, against a model that only remembers what may have arrived."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub import Absent, Held, NotSent, Problem, Receipt, Rejected, Uncertain
from hub.app import Hub
from hub.config import Config
from hub.core import acts
from hub.core.claim import Claim, Settlement
from hub.core.delivery import State
from hub.core.store import companies, outbox
from hub.core.store.settle import settle
from hub.core.verdict import Trip, answered, judge
from hub.core.verify import verify
from hub.errors import TemporaryError, UsageError
from tests.integration.far import Far
from tests.integration.ledger import COMPANY, add_place, change, claim_as, let_leases_end, row, take_in

WORKERS = st.sampled_from(["w1", "w2"])
ANSWERS: dict[str, Any] = {
    "receipt": Receipt("r"),
    "not sent": NotSent("connect"),
    "rejected": Rejected([Problem("BR-01", "wrong")]),
    "held": Held("look"),
    "uncertain": Uncertain("cut"),
    "crash": RuntimeError("boom"),
}


class Outbox(RuleBasedStateMachine):
    """`out` are all claims that workers ever had; `maybe` are the deliveries whose bytes may be at the far side."""

    @initialize()
    def furnish(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.hub = Hub.init(Config(home=Path(self.folder.name) / "home"))
        self.hub.host.add("far", Far(can_trace=True))
        with self.hub.db.write() as tx:
            companies.add(tx, COMPANY, "Voorbeeld NV")
        add_place(self.hub)
        self.papers = 0
        self.out: list[tuple[str, Claim]] = []
        self.marked: set[tuple[int, int]] = set()
        self.maybe: set[int] = set()

    def teardown(self) -> None:
        self.hub.close()
        self.folder.cleanup()

    @precondition(lambda self: self.papers < 4)
    @rule()
    def accept(self) -> None:
        self.papers += 1
        take_in(self.hub, f"F{self.papers}")

    @rule(worker=WORKERS, budget=st.integers(1, 3))
    def claim(self, worker: str, budget: int) -> None:
        change(self.hub, "UPDATE destination SET window_size = 9, opened_at = NULL, fails_in_row = 0, state = 'active'")
        change(self.hub, "UPDATE outbox SET due_at = 1 WHERE due_at IS NOT NULL AND worker IS NULL")
        for one in claim_as(self.hub, worker, budget):
            assert one.begun == (one.id in self.maybe), "what may have arrived must be traced, and only that"
            self.out.append((worker, one))

    @rule()
    def stall(self) -> None:
        let_leases_end(self.hub)

    @precondition(lambda self: self.out)
    @rule(pick=st.integers(0, 99))
    def mark(self, pick: int) -> None:
        worker, claim = self.out[pick % len(self.out)]
        if claim.begun:
            return  # it is traced, not sent
        runs = self._holds(worker, claim) and row(self.hub, claim.id).due_at > 1
        with self.hub.db.write() as tx:
            granted = outbox.mark(tx, worker, [(claim, [])])
        assert bool(granted) == runs
        if granted:
            self.marked.add(claim.lease)
            self.maybe.add(claim.id)

    @precondition(lambda self: self.out)
    @rule(pick=st.integers(0, 99), answer=st.sampled_from(list(ANSWERS)))
    def end(self, pick: int, answer: str) -> None:
        worker, claim = self.out[pick % len(self.out)]
        marked = claim.lease in self.marked
        if claim.begun or (answer == "receipt" and not marked):
            return
        trip = Trip(claim=claim, started_at=1, marked=marked, can_trace=True)
        said = ANSWERS[answer]
        self._settle(worker, answered(trip, said) if answer == "receipt" else judge(trip, said))

    @precondition(lambda self: self.out)
    @rule(pick=st.integers(0, 99), found=st.sampled_from(["there", "absent", "no answer"]))
    def trace(self, pick: int, found: str) -> None:
        worker, claim = self.out[pick % len(self.out)]
        if not claim.begun:
            return
        trip = Trip(claim=claim, started_at=1, marked=True, tracing=True, can_trace=True)
        answers = {"there": answered(trip, Receipt("r")), "absent": answered(trip, Absent("no"))}
        self._settle(worker, answers.get(found) or judge(trip, NotSent("connect")))

    def _settle(self, worker: str, ended: Settlement) -> None:
        claim, mine = ended.claim, self._holds(worker, ended.claim)
        with self.hub.db.write() as tx:
            settle(tx, worker, [ended])
        self.out.remove((worker, claim))
        if mine and not ended.begun:
            self.maybe.discard(claim.id)

    @rule(worker=WORKERS)
    def hand_back(self, worker: str) -> None:
        with self.hub.db.write() as tx:
            outbox.hand_back(tx, worker, [claim for name, claim in self.out if name == worker])

    @precondition(lambda self: self.papers)
    @rule(pick=st.integers(0, 99), act=st.sampled_from(["retry", "resend"]))
    def decide(self, pick: int, act: str) -> None:
        delivery_id = 1 + pick % self.papers
        with suppress(UsageError, TemporaryError), self.hub.db.write() as tx:
            if act == "retry":
                acts.retry(tx, delivery_id)
            else:
                acts.resolve(tx, delivery_id, arrived=False)
                self.maybe.discard(delivery_id)

    @invariant()
    def the_ledger_adds_up(self) -> None:
        assert verify(self.hub.db, self.hub.blobs, 0.0).problems == ()
        for delivery_id in range(1, self.papers + 1):
            found = row(self.hub, delivery_id)
            waits = not State(found.state).finished
            assert waits == (found.begun is not None)
            assert not waits or bool(found.begun) == (delivery_id in self.maybe)

    def _holds(self, worker: str, claim: Claim) -> bool:
        """Nobody took it from this worker."""
        found = row(self.hub, claim.id)
        return (found.worker, found.fence) == (worker, claim.fence)


Outbox.TestCase.settings = settings(
    max_examples=15, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestOutbox = Outbox.TestCase
