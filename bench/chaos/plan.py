"""How much chaos is tried, and what goes wrong at the far sides. All of it follows from the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum

# The far side's clock at Exact: a token lives 30 s, a minute of limits lasts 3 s, and what was sent and is not in the
# books is settled after 10.5 s. That is longer than a process stands still here, as 210 s are longer than one does.
TIME_SCALE = 20

_MAIL = "lose_answer=0.05 drop=0.04 greylist=0.04 delay=5..60"
_EXACT = (
    "lose_answer=0.05@POST lose_request=0.03 slow=0.03@:1.5 server_error=0.03@POST server_error+=0.03@POST "
    "unavailable=0.03 too_many=0.03 maintenance=0.02@GET lose_tokens=#3,9"
)


class Blow(Enum):
    """What happens to a delivering process (an import, of which one in a few is killed, too)."""

    KILL = "kill"
    STALL = "stall"
    TERM = "term"
    KILL_IMPORT = "kill import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is tried. `lease` and `pause` (from, to, between two blows) in seconds; `database` is its address.

    `kills` and `stalls` strike delivering processes; told to stop, and killed imports, come on top.
    """

    papers: int = 1000
    kills: int = 20
    stalls: int = 10
    terms: int = 4
    killed_imports: int = 4
    seed: int = 1
    lease: int = 5
    pause: tuple[float, float] = (0.2, 3.0)
    slots: int = 4
    processes: int = 2
    database: str = ""

    @property
    def chance(self) -> random.Random:
        """A new row of numbers, always the same for a seed."""
        return random.Random(self.seed)  # noqa: S311 - a plan that can be repeated, no secret

    @property
    def blows(self) -> list[Blow]:
        """All that strikes, in an order that the seed decides."""
        blows = [Blow.KILL] * self.kills + [Blow.STALL] * self.stalls
        blows += [Blow.TERM] * self.terms + [Blow.KILL_IMPORT] * self.killed_imports
        self.chance.shuffle(blows)
        return blows

    @property
    def mail_faults(self) -> str:
        """For the relay; each strikes a message on its first try."""
        return f"{_MAIL} seed={self.seed}"

    @property
    def exact_faults(self) -> str:
        """For Exact; each strikes a request on its first try."""
        return _EXACT
