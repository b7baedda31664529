"""Workers, crashes, stalls and people in any order, against a model of one page, on both databases."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hub import Absent, Held, NotSent, Problem, Receipt, Rejected, Uncertain
from hub.app import Hub, places
from hub.config import Config
from hub.core import acts
from hub.core.claim import Claim, Settlement
from hub.core.store import companies, outbox
from hub.core.store.settle import settle
from hub.core.verdict import Trip, answered, judge, stopped
from hub.core.verify import verify
from hub.errors import TemporaryError, UsageError
from hub.testing.postgres import Postgres
from tests.integration.far import Far
from tests.integration.ledger import COMPANY, add_place, change, claim_as, let_leases_end, row, take_in
from tests.integration.outbox_model import Model

WORKERS = st.sampled_from(["w1", "w2"])
ANSWERS: dict[str, Any] = {
    "receipt": Receipt("r"),
    "not sent": NotSent("connect"),
    "rejected": Rejected([Problem("BR-01", "wrong")]),
    "held": Held("look"),
    "uncertain": Uncertain("cut"),
    "crash": RuntimeError("boom"),
}
ACTS = ("retry", "cancel", "approve", "arrived", "resend")
CALM = "UPDATE destination SET window_size = 9, opened_at = NULL, fails_in_row = 0, rest_until = NULL"


class Outbox(RuleBasedStateMachine):
    """`out` are all claims that workers ever had, also those that they lost; `model` is what must be true."""

    def __init__(self, **config: Any) -> None:
        super().__init__()
        self.config = config

    @initialize(approvals=st.sampled_from([0, 0, 2]))
    def furnish(self, approvals: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.hub = Hub.init(Config(home=Path(self.folder.name) / "home", **self.config))
        self.hub.host.add("far", Far(can_trace=True))
        with self.hub.db.write() as tx:
            companies.add(tx, COMPANY, "Voorbeeld NV")
        add_place(self.hub, approve=f"first:{approvals}")
        self.model = Model(approvals)
        self.out: list[tuple[str, Claim]] = []
        self.granted: set[tuple[int, int]] = set()

    def teardown(self) -> None:
        self.hub.close()
        self.folder.cleanup()

    @property
    def papers(self) -> int:
        return len(self.model.known)

    @precondition(lambda self: self.papers < 4)
    @rule()
    def accept(self) -> None:
        one = self.papers + 1
        take_in(self.hub, f"F{one}")
        self.model.accept(one)

    @rule(worker=WORKERS, budget=st.integers(1, 3))
    def claim(self, worker: str, budget: int) -> None:
        change(self.hub, CALM)
        change(self.hub, "UPDATE outbox SET due_at = 1 WHERE due_at IS NOT NULL AND worker IS NULL")
        for one in claim_as(self.hub, worker, budget):
            self.model.claimed(one)
            self.out.append((worker, one))
        self._note_those_held_for_their_crashes()

    def _note_those_held_for_their_crashes(self) -> None:
        for one, known in self.model.known.items():
            found = row(self.hub, one)
            if found.reason == "crashed" and known.holder and not known.live:
                known.put(found.state, "crashed", maybe=known.maybe)

    @rule()
    def stall(self) -> None:
        let_leases_end(self.hub)
        self.model.stalled()

    @precondition(lambda self: self.out)
    @rule(pick=st.integers(0, 99))
    def mark(self, pick: int) -> None:
        worker, claim = self.out[pick % len(self.out)]
        if claim.begun:
            return  # it is traced, not sent
        with self.hub.db.write() as tx:
            granted = outbox.mark(tx, worker, [(claim, [])])
        assert bool(granted) == self.model.may_mark(claim)
        if granted:
            self.granted.add(claim.lease)
            self.model.marked(claim)

    @precondition(lambda self: self.out)
    @rule(pick=st.integers(0, 99), answer=st.sampled_from(list(ANSWERS)))
    def end(self, pick: int, answer: str) -> None:
        worker, claim = self.out[pick % len(self.out)]
        marked = claim.lease in self.granted
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

    @precondition(lambda self: self.out)
    @rule(pick=st.integers(0, 99))
    def told_to_stop(self, pick: int) -> None:
        worker, claim = self.out[pick % len(self.out)]
        if claim.begun or claim.lease in self.granted:
            self._settle(worker, stopped(claim))

    def _settle(self, worker: str, ended: Settlement) -> None:
        with self.hub.db.write() as tx:
            settle(tx, worker, [ended])
        self.out.remove((worker, ended.claim))
        self.model.settled(ended)

    @rule(worker=WORKERS)
    def hand_back(self, worker: str) -> None:
        mine = [claim for name, claim in self.out if name == worker]
        with self.hub.db.write() as tx:
            outbox.hand_back(tx, worker, mine)
        for claim in mine:
            self.model.handed_back(claim)

    @precondition(lambda self: self.papers)
    @rule(pick=st.integers(0, 99), act=st.sampled_from(ACTS))
    def act(self, pick: int, act: str) -> None:
        one = 1 + pick % self.papers
        done = True
        try:
            with self.hub.db.write() as tx:
                if act in {"arrived", "resend"}:
                    acts.resolve(tx, one, arrived=act == "arrived")
                else:
                    {"retry": acts.retry, "cancel": acts.cancel, "approve": acts.approve}[act](tx, one)
        except (UsageError, TemporaryError):
            done = False
        assert done == self.model.may(act, one), (act, self.model.known[one])
        if done:
            self.model.do(act, one)

    @precondition(lambda self: self.papers)
    @rule(pick=st.integers(0, 99))
    def hold_or_release(self, pick: int) -> None:
        one = 1 + pick % self.papers  # a paper's id is its only delivery's
        with self.hub.db.write() as tx:
            if one in self.model.held_papers:
                acts.release_document(tx, one)
            else:
                acts.hold_document(tx, one)
        if one in self.model.held_papers:
            self.model.release(one)
        else:
            self.model.hold(one)

    @rule()
    def pause_or_resume(self) -> None:
        (places.resume if self.model.paused else places.pause)(self.hub, "far")
        self.model.paused = not self.model.paused

    @invariant()
    def the_ledger_is_what_the_model_says(self) -> None:
        assert verify(self.hub.db, self.hub.blobs, 0.0).problems == ()
        for one, known in self.model.known.items():
            found = row(self.hub, one)
            assert found.state == known.state, (one, known)
            assert known.state.finished == (found.begun is None)
            assert known.state.finished or bool(found.begun) == known.maybe
            assert found.worker is None or known.holder is not None


SOME = settings(max_examples=15, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
Outbox.TestCase.settings = SOME
TestOutbox = Outbox.TestCase


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server."""
    with Postgres() as server:
        yield server


@pytest.mark.filterwarnings("ignore:XDG_RUNTIME_DIR")  # the server's package looks where nothing is kept
def test_the_same_on_postgresql(postgres: Postgres, tmp_path: Path) -> None:
    template = postgres.made()
    Hub.init(Config(home=tmp_path / "home", database_url=postgres.url(template))).close()
    key = (tmp_path / "home" / "key").read_text()

    class OnPostgres(Outbox):
        """Each example in a database of its own."""

        def __init__(self) -> None:
            super().__init__(database_url=postgres.url(postgres.made(template)), key=key)

    run_state_machine_as_test(OnPostgres, settings=settings(SOME, max_examples=6))
