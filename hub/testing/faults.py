"""What goes wrong at a far side, decided by its seed and the message alone, so that a run can be repeated."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What can happen to a message after its last byte."""

    GREYLIST = "greylist"  # 451, 429: come back later; not kept
    REJECT = "reject"  # 554, 422: refused for good; not kept
    FAIL = "fail"  # 451, 500: a fault of its own; not kept
    DROP = "drop"  # not kept, and the line is cut without an answer
    LOSE_ANSWER = "lose_answer"  # kept, and the line is cut without an answer
    HANG = "hang"  # kept, and the line stays open without an answer


@dataclass(frozen=True, slots=True)
class Try:
    """One message on its way in; `number` counts all, `of_message` those of its Message-ID, both from 1."""

    number: int
    of_message: int
    message_id: str


@dataclass(frozen=True, slots=True)
class When:
    """Which tries a fault hits: a share of the messages on their first try, the nth of the server, or all."""

    share: float = 0.0
    nth: frozenset[int] = frozenset()
    always: bool = False

    @classmethod
    def parse(cls, text: str) -> When:
        """Read `0.25`, `#3,17` or `always`; raises ValueError."""
        if text == "always":
            return cls(always=True)
        if text.startswith("#"):
            return cls(nth=frozenset(int(number) for number in text[1:].split(",")))
        return cls(share=float(text))

    def hits(self, attempt: Try, lot: float) -> bool:
        """`lot` is the message's own number from 0 to 1."""
        drawn = attempt.of_message == 1 and lot < self.share
        return self.always or attempt.number in self.nth or drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """All that goes wrong at one server.

    `replies` are fixed answers to commands (EHLO, AUTH, MAIL, RCPT, DATA, NOOP) and, as `END`, to the final
    dot; `delay_ms`, from .. to, is waited before the answer to the final dot.
    """

    faults: Mapping[Fault, When] = field(default_factory=dict)
    replies: Mapping[str, str] = field(default_factory=dict)
    delay_ms: tuple[float, float] = (0.0, 0.0)
    seed: int = 0

    @classmethod
    def parse(cls, text: str) -> Faults:
        """Read `lose_answer=0.1 greylist=#3 delay=5..50 seed=7 RCPT='550 no'`; or raise ValueError."""
        words = dict(word.split("=", 1) for word in shlex.split(text))
        delay, seed = words.pop("delay", "0..0"), words.pop("seed", "0")
        low, _, high = delay.partition("..")
        return cls(
            faults={Fault(word): When.parse(value) for word, value in words.items() if not word.isupper()},
            replies={word: value for word, value in words.items() if word.isupper()},
            delay_ms=(float(low), float(high or low)),
            seed=int(seed),
        )

    def fault_of(self, attempt: Try) -> Fault | None:
        """The fault that hits this try, if any; of several the first in the table."""
        for fault, when in self.faults.items():
            if when.hits(attempt, self._lot(fault, attempt.message_id)):
                return fault
        return None

    def delay(self, attempt: Try) -> float:
        """How long the answer takes, in seconds."""
        low, high = self.delay_ms
        return (low + (high - low) * self._lot("delay", f"{attempt.number}")) / 1000

    def _lot(self, purpose: str, name: str) -> float:
        digest = hashlib.sha256(f"{self.seed}\n{purpose}\n{name}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64
