"""A plugin apart, as a destination with `isolation=process` wants it: its hooks run in processes of their own.

Such a process does one call at a time, is killed when that overruns, and goes by itself when nobody asks it for a
while or when it is worn. It reads papers, bytes, secrets and steps from the store as we do; only names go back and
forth. Before it begins a call it says so: one that ended without a word never began.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from hub.core.blobs import Blobs
from hub.core.calls import Limit
from hub.core.claim import Claim
from hub.core.delivery import Absent, Delivery, OnUncertain, Pack, Receipt
from hub.core.document import Document
from hub.core.files import Artifact
from hub.errors import DeliveryError, NotSent, PluginDied, PluginError, PluginHung
from hub.plugins import wire
from hub.plugins.answers import breach, named
from hub.plugins.carrier import Binding, seconds_for
from hub.plugins.process import Process
from hub.plugins.types import Deadlines
from hub.plugins.wire import Message

_START = 50.0  # seconds until a process must be ready
_SPARE = 10.0  # seconds that the engine waits longer for a call than we do
_LAST = 1.0  # seconds from the end of its words to its own
_MOST_DEATHS = 3  # with one paper

Subject = Document | Pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the plugin says of itself, as far as the engine asks."""

    can_trace: bool
    trace_after: float
    login_shared: bool
    deadlines: Deadlines

    @classmethod
    def heard(cls, message: Message) -> Facts:
        """As the process says them."""
        return cls(**{**message, "deadlines": Deadlines(**message["deadlines"])})


class Apart:
    """The processes of one destination's plugin: as many as there are calls at a time, kept for the next ones."""

    def __init__(self, plugin: str, command: Sequence[str], opening: Message) -> None:
        self.plugin = plugin
        self._command = command
        self._opening = opening
        self._idle: deque[Process] = deque()
        self._facts: Facts | None = None
        self._over = False

    @property
    def facts(self) -> Facts:
        """What the plugin says of itself. Raises what a destination that cannot be opened raises."""
        if self._facts is None:
            self._keep(self._started())
        assert self._facts is not None  # noqa: S101 - it was just said
        return self._facts

    def ask(self, request: Message, hook: str, seconds: float) -> Message:
        """Have one call done. Raises NotSent when it did not begin, PluginHung and PluginDied when it did not end."""
        process = self._begun(request, hook)
        answer = self._heard(process, hook, seconds)
        self._keep(process)
        return answer

    def end(self) -> None:
        """End the processes: those at work, when they have answered."""
        self._over = True
        with suppress(IndexError):
            while True:
                self._idle.pop().end()

    def _keep(self, process: Process) -> None:
        self._idle.append(process)
        if self._over:
            self.end()

    def _begun(self, request: Message, hook: str) -> Process:
        """A process that has begun the call."""
        while True:
            process, fresh = self._one()
            process.tell(request)
            try:
                word = self._heard(process, hook, _START)
            except PluginDied as error:
                if fresh:
                    raise NotSent("plugin_start", error.message) from None
                continue  # it went while it was idle
            if "error" in word:
                self._keep(process)
                raise wire.heard(word["error"])
            return process

    def _one(self) -> tuple[Process, bool]:
        """A process for a call, and whether it was only now started."""
        try:
            return self._idle.pop(), False
        except IndexError:  # several threads take from it
            return self._started(), True

    def _heard(self, process: Process, hook: str, seconds: float) -> Message:
        """The next message of a process; one without is ended."""
        try:
            return process.hear(seconds)
        except TimeoutError:
            process.end()
            raise PluginHung(self.plugin, hook, seconds) from None
        except EOFError:
            how = process.end(_LAST) or "without a word"
            raise PluginDied(self.plugin, f"its process ended in {hook} ({how})") from None
        except ValueError as error:
            process.end()
            raise PluginError(self.plugin, f"its process answered {hook} with rubbish ({error})") from None

    def _started(self) -> Process:
        """A new process, ready."""
        try:
            process = Process(self._command, self._opening)
            ready = self._heard(process, "its start", _START)
        except (OSError, PluginError) as error:
            raise NotSent("plugin_start", named(error)) from None
        if "error" in ready:
            process.end()
            raise wire.heard(ready["error"])
        self._facts = Facts.heard(ready)
        return process


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """For whom a call is made: the worker and its claim, and how often before its process died with this paper."""

    worker: str
    claim: Claim
    deaths: Callable[[], int]


class ApartCarrier:
    """Fulfils `hub.core.courier.Carrier` for one claim, by a process of the plugin."""

    def __init__(self, apart: Apart, binding: Binding, blobs: Blobs, asking: Asking) -> None:
        self._apart = apart
        self._binding = binding
        self._blobs = blobs
        self._asking = asking
        self._facts = apart.facts

    @property
    def can_trace(self) -> bool:
        """Whether the far side can be asked."""
        return self._facts.can_trace

    @property
    def trace_after(self) -> float:
        """Seconds the far side may still be writing after a lost answer."""
        return self._facts.trace_after

    @property
    def login_shared(self) -> bool:
        """Whether a login that is missing stops every destination on the connection."""
        return self._facts.login_shared

    @property
    def on_uncertain(self) -> OnUncertain:
        """The destination's rule where nobody can be asked."""
        return self._binding.on_uncertain

    def limit(self, hook: str, subject: Subject) -> Limit:
        """How long the engine waits: longer than we do, so that a process is killed rather than a thread lost."""
        seconds = seconds_for(self._facts.deadlines, hook, subject)
        return Limit(self._apart.plugin, hook, seconds + 2 * _START + _SPARE)

    def delivery(self, claim: Claim) -> Delivery:
        """What the plugin may know of this delivery."""
        return self._binding.delivery(claim)

    def prepare(self, subject: Subject, delivery: Delivery) -> Artifact:  # noqa: ARG002 - the protocol's shape
        """The exact bytes that will leave."""
        artifact: Artifact = self._call("prepare", subject, Artifact)
        return artifact

    def deliver(self, prepared: Artifact, subject: Subject, delivery: Delivery) -> Receipt:  # noqa: ARG002 - as above
        """Hand over once."""
        receipt: Receipt = self._call("deliver", subject, Receipt, prepared)
        return receipt

    def trace(self, prepared: Artifact, subject: Subject, delivery: Delivery) -> Receipt | Absent:  # noqa: ARG002 - as above
        """Ask the far side what it knows of this delivery."""
        answer: Receipt | Absent = self._call("trace", subject, Receipt | Absent, prepared)
        return answer

    def _call(self, hook: str, subject: Subject, wanted: Any, prepared: Artifact | None = None) -> Any:
        parts = None if prepared is None else wire.parts_said(prepared)
        claim = asdict(self._asking.claim)
        request = {"hook": hook, "worker": self._asking.worker, "claim": claim, "parts": parts}
        try:
            message = self._apart.ask(request, hook, seconds_for(self._facts.deadlines, hook, subject))
        except PluginDied as error:
            error.hopeless = self._asking.deaths() >= _MOST_DEATHS - 1
            raise
        return self._answer(hook, message, wanted)

    def _answer(self, hook: str, message: Message, wanted: Any) -> Any:
        """The answer, judged again: it comes from where the plugin's code runs. Raises the error that was said."""
        try:
            error = wire.heard(message["error"]) if "error" in message else None
            answer = None if error else wire.answer_heard(message, self._blobs)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as fault:
            raise PluginError(self._apart.plugin, f"its process answered {hook} with rubbish") from fault
        if isinstance(error, DeliveryError) and (wrong := breach(error)):
            raise PluginError(self._apart.plugin, f"{hook} raised what is none: {wrong}")
        if error is not None:
            raise error
        if not isinstance(answer, wanted) or (wrong := breach(answer)):
            raise PluginError(self._apart.plugin, f"its process answered {hook} with rubbish")
        return answer
