"""The one thread of a process that writes: settle, mark, claim, in one transaction a cycle.

So a group of deliveries costs one fsync, the uncertain window is only what was really on the wire, and the threads
that carry never hold a transaction. A thread posts a message and waits; the pump answers when the commit is durable.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from hub.core.claim import Claim
from hub.core.courier import Courier, Parts
from hub.core.insist import Insist
from hub.core.messages import Answer, Ended, Message, WantsMark, sorted_out
from hub.core.pace import Pace
from hub.core.slots import Slots
from hub.core.store import outbox, workers
from hub.core.store.claiming import Ask
from hub.core.store.claiming import claim as claim_rows
from hub.core.store.engine import Database, Tx
from hub.core.store.settle import settle
from hub.core.verdict import stopped
from hub.core.watch import Watch
from hub.errors import DiskError, NotSent
from hub.failpoints import hit

_LINGER = 0.005  # seconds to wait for more outcomes before a commit
_BUSY_WAIT = 0.25  # seconds to wait for a message while nothing may be claimed
_SWEEP = 60.0


@dataclass(slots=True)
class _Held:
    """A claim this process holds; `until` is its lease on the monotonic clock."""

    claim: Claim
    until: float
    started: float | None = None  # on the monotonic clock
    marked: bool = False


class Pump:
    """Owns the write side of the database in a running process, and the threads that carry."""

    def __init__(self, db: Database, courier: Courier, worker: str, pace: Pace) -> None:
        self.db = db
        self.courier = courier
        self.worker = worker
        self.pace = pace
        self.stopping = threading.Event()
        self.insist = Insist()
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._held: dict[int, _Held] = {}
        self.slots = Slots(courier.calls, self._carry)
        self._renew_at = 0.0
        self._sweep_at = 0.0
        self._doubt = False  # whether the last transaction may have been committed, unanswered
        self._failed: DiskError | None = None  # seen by a thread; the process must stop
        self._watch = Watch(db, pace.only)
        self.claimed: int | None = None  # by the last turn; None: it did not try
        self.done = 0  # steps that ended, since the start

    # -- asked by other threads -----------------------------------------------------------------------------------

    def _mark(self, claim: Claim, parts: Parts) -> bool:
        message = WantsMark(claim, parts)
        self._inbox.put(message)
        if not message.granted.get():
            return False
        held = self._held.get(claim.id)
        if held is None or held.claim is not claim or time.monotonic() >= held.until:
            raise NotSent("lease_short", "this process stalled just before sending", unwell=False)
        return True

    def _carry(self, claim: Claim) -> None:
        held = self._held.get(claim.id)
        if self.stopping.is_set() or held is None or held.claim is not claim:
            return  # handed back, or lost, before it was started
        held.started = time.monotonic()
        try:
            settlement = self.courier.carry(claim, self._mark)
        except DiskError as error:
            self._failed, settlement = error, None
        self._inbox.put(Ended(claim, settlement))

    # -- the pump's own thread ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Register this worker and start the threads."""
        self.insist(partial(workers.register, self.db, self.worker))
        self.slots.start(self.pace.slots)

    def turn(self) -> int:
        """One turn: wait for something to do, then one transaction. Returns how many deliveries are out."""
        messages = [*self._gather(self._patience()), *self.slots.hung()]
        if self._failed is not None:
            raise self._failed
        due = not messages and self.due()
        self.claimed = None
        if messages or due or time.monotonic() >= self._renew_at:
            self._cycle(messages, claim=due)
        return len(self._held)

    def drain(self, patience: Callable[[], float]) -> None:
        """Stop claiming, hand back what was not started, finish what was within `patience()`, hand back the rest."""
        self.stopping.set()
        self.insist.ending = True
        self.insist(partial(self._give_up, [held.claim for held in list(self._held.values()) if not held.started]))
        began = time.monotonic()
        while self._held and time.monotonic() < began + patience():
            messages = [*self._gather(0.1), *self.slots.hung()]
            if messages or time.monotonic() >= self._renew_at:
                self._cycle(messages, claim=False)
        self.insist(self._abandon)
        self.slots.end()
        self._watch.close()

    def _abandon(self) -> None:
        """What did not finish: the marked may have arrived and is traced or decided later, the rest is handed back."""
        left = list(self._held.values())
        unclear = [stopped(held.claim) for held in left if held.marked or held.claim.begun]
        with self.db.write() as tx:
            settle(tx, self.worker, unclear)
            workers.stop(tx, self.worker)
        self._give_up([held.claim for held in left])

    def _give_up(self, claims: Sequence[Claim]) -> None:
        with self.db.write() as tx:
            outbox.hand_back(tx, self.worker, claims)
        for claim in claims:
            self._held.pop(claim.id, None)

    def _free(self) -> int:
        return 0 if self.stopping.is_set() or not self.pace.room() else 2 * self.pace.slots - len(self._held)

    def due(self) -> bool:
        """Whether a claim would find something. Looked at without taking the write lock."""
        return self._free() > 0 and self.insist(self._watch.due)

    def _patience(self) -> float:
        """How long to wait for a message: not at all when there may be work, a little when deliveries are out."""
        if not self._inbox.empty():
            return 0.0
        if not self._held:
            return self.insist(partial(self._watch.wait, self._inbox.empty)) if self._free() else _BUSY_WAIT
        return 0.0 if self.due() else min(self._watch.pause(), max(0.0, self._renew_at - time.monotonic()))

    def _gather(self, patience: float) -> list[Message]:
        """The messages there are; after the first one, more for up to 5 ms while threads are at work."""
        messages: list[Message] = []
        at_work = min(len(self._held), self.pace.slots)
        deadline = time.monotonic() + patience
        while True:
            left = deadline - time.monotonic()
            try:
                messages.append(self._inbox.get(timeout=left) if left > 0 else self._inbox.get_nowait())
            except queue.Empty:
                return messages
            if len(messages) == 1:
                deadline = time.monotonic() + _LINGER
            if len(messages) >= at_work:
                deadline = 0.0

    def _cycle(self, messages: Sequence[Message], *, claim: bool) -> None:
        """One transaction. When the database fails, nothing was answered: the same messages are tried again."""
        for answer in self.insist(partial(self._transact, messages, claim=claim)):
            answer()

    def _transact(self, messages: Sequence[Message], *, claim: bool) -> list[Answer]:
        """Settle, mark, renew, claim; returns what to tell whom once it is committed."""
        ended, marks = sorted_out(messages)
        lease_from = time.monotonic()
        doubt, self._doubt = self._doubt, True
        with self.db.write() as tx:
            if doubt:
                outbox.disown(tx, self.worker, self._held)
            settle(tx, self.worker, [message.settlement for message in ended if message.settlement])
            granted = outbox.mark(tx, self.worker, [(message.claim, message.parts) for message in marks])
            kept = self._renewed(tx, ended)
            free = self._free() + len(ended)
            claims = claim_rows(tx, self._ask(free, ended)) if (claim or self._settled(ended)) and free > 0 else None
            hit("settle.before_commit")
        self._doubt = False
        hit("settle.committed")
        self.done += len(ended)
        for message in ended:
            message.log()
        self._forget(ended, kept, lease_from)
        self._note_marks(granted)
        self._take(claims, lease_from)
        return [message.answer(message.claim.lease in granted) for message in marks]

    def _note_marks(self, granted: Iterable[tuple[int, int]]) -> None:
        for delivery_id, _ in granted:
            if delivery_id in self._held:
                self._held[delivery_id].marked = True

    def _settled(self, ended: Sequence[Ended]) -> bool:
        """A slot came free, so there may be more to claim where it was."""
        return bool(ended) and not self.stopping.is_set()

    def _ask(self, budget: int, ended: Sequence[Ended]) -> Ask:
        over = {message.claim.id for message in ended}
        out = (held for held in self._held.values() if held.claim.id not in over)
        return self.pace.ask(self.worker, budget, [(held.claim.destination_id, held.started) for held in out])

    def _renewed(self, tx: Tx, ended: Sequence[Ended]) -> set[int] | None:
        """Each third of the lease: renew what is out; None when it was not yet time."""
        if time.monotonic() < self._renew_at:
            return None
        over = {message.claim.id for message in ended}
        out = [held.claim for held in self._held.values() if held.claim.id not in over]
        workers.seen(tx, self.worker)
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + _SWEEP
            outbox.sweep(tx)
        return outbox.renew(tx, self.worker, out, self.pace.lease_ms)

    def _forget(self, ended: Sequence[Ended], kept: set[int] | None, lease_from: float) -> None:
        """Let go of what is settled or lost; note the new lease of what was renewed."""
        for message in ended:
            held = self._held.get(message.claim.id)
            if held is not None and held.claim is message.claim:
                del self._held[message.claim.id]
        if kept is None:
            return
        self._renew_at = lease_from + self.pace.lease_ms / 3000
        for held in list(self._held.values()):
            if held.claim.id in kept:
                held.until = lease_from + self.pace.lease_ms / 1000
            else:
                del self._held[held.claim.id]

    def _take(self, claims: Sequence[Claim] | None, lease_from: float) -> None:
        if claims is None:
            return
        self.claimed = len(claims)
        if claims:
            hit("claim.committed")
        for claim in claims:
            self._held[claim.id] = _Held(claim, lease_from + self.pace.lease_ms / 1000)
            self.slots.give(claim)
