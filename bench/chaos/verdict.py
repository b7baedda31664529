"""What the far sides' own logs say after a chaos run, against what was promised. Pure but for what it is given."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import Any

from bench import ledgers
from bench.chaos.office import Ending
from bench.chaos.plan import Blow
from bench.chaos.storm import Struck, telling
from bench.furnish import books_of
from bench.ledgers import Sold
from bench.promises import counted, several
from bench.relay import Letter
from hub.testing.exact import Books
from hub.testing.samples import ubl

DOUBLES_A_CRASH = 2
_DRAINED_WITHIN = 20.0  # seconds above the lease
_TELLING = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything the verdict is drawn from. `rows`: `outbox list`; `files`: by division, each content's SHA-256."""

    papers: Sequence[Sold]
    letters: Sequence[Letter]
    files: Mapping[int, Counter[str]]
    books: Books
    rows: Sequence[Mapping[str, Any]]
    struck: Sequence[Struck]
    endings: Sequence[Ending]
    drained: float
    lease: int
    problems: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures of a run, the promises that it broke, the bounds of a good trial that it missed, and
    overlaps that no sender can avoid.
    """

    figures: Mapping[str, float]
    broken: Sequence[str]
    missed: Sequence[str] = field(default=())
    excused: Sequence[str] = field(default=())


def judged(seen: Seen) -> Verdict:
    """Read the logs."""
    wanted = {sha256(ubl(one.paper)).hexdigest(): one.division for one in seen.papers}
    overlaps = list(overlapping(seen.letters))
    frozen = [pair for pair in overlaps if _was_frozen(pair, seen)]
    crashes = sum(one.blow in {Blow.KILL, Blow.STALL} for one in seen.struck)
    unanswered = sum(not letter.answered for letter in seen.letters)
    doubles = len(seen.letters) - len({letter.message_id for letter in seen.letters})
    figures = {
        "papers": len(seen.papers),
        "letters": len(seen.letters),
        "doubled_letters": doubles,
        "lost_answers": unanswered,
        "crashes": crashes,
        "doubles_a_crash": round(max(0, doubles - unanswered) / max(1, crashes), 2),
        "overlaps_frozen": len(frozen),
        "entries": len(seen.books.entries),
        "drained_s": round(seen.drained, 1),
        "slowest_stop_s": round(max((one.seconds for one in seen.endings), default=0.0), 1),
        "telling": round(telling(seen.struck), 2),
    }
    broken = [
        *by_mail(wanted, seen.letters),
        *counted("letters of one key were under way twice at once", [pair for pair in overlaps if pair not in frozen]),
        *by_folder(wanted, seen.files),
        *(f"Exact: {what}" for what in ledgers.broken(seen.papers, seen.books)),
        *_ledger(seen),
        *_doubles(doubles - unanswered, crashes),
        *_endings(seen),
        *(f"hub verify: {problem}" for problem in seen.problems),
    ]
    return Verdict(figures, broken, list(_missed(seen)), [_told(pair) for pair in frozen])


def overlapping(letters: Sequence[Letter]) -> Iterator[tuple[Letter, Letter]]:
    """Pairs of one Message-ID of which the second began before the first had ended."""
    in_order = sorted(letters, key=lambda letter: (letter.message_id, letter.started))
    yield from ((a, b) for a, b in pairwise(in_order) if a.message_id == b.message_id and b.started < a.ended)


def _was_frozen(pair: tuple[Letter, Letter], seen: Seen) -> bool:
    """The first of them was on the wire when a process was stopped, and until that went on past its lease."""
    first, second = pair
    return any(
        first.started <= one.at and second.started >= one.at + seen.lease / 2 and first.ended >= one.until - 0.5
        for one in seen.struck
        if one.blow is Blow.STALL
    )


def _told(pair: tuple[Letter, Letter]) -> str:
    first, second = pair
    late = second.started - first.started
    return f"{first.message_id} sent again {late:.1f} s after it stood still on the wire"


def by_mail(wanted: Mapping[str, int], letters: Sequence[Letter]) -> Iterator[str]:
    numbers = books_of()
    right = {(paper, f"{numbers[division]}@kantoor.example") for paper, division in wanted.items()}
    there = {(letter.paper, letter.to) for letter in letters}
    yield from counted("papers never arrived by mail", right - there)
    yield from counted("letters carry what was never imported, or went to somebody else", there - right)
    yield from counted("papers came under several Message-IDs", several(letters, "paper", "message_id"))
    yield from counted("Message-IDs stand on several papers", several(letters, "message_id", "paper"))
    yield from counted("Message-IDs came with several contents", several(letters, "message_id", "sha256"))


def by_folder(wanted: Mapping[str, int], files: Mapping[int, Counter[str]]) -> Iterator[str]:
    right = {(division, paper) for paper, division in wanted.items()}
    there = {(division, paper) for division, found in files.items() for paper in found}
    yield from counted("papers are not in their folder", right - there)
    yield from counted("files in the folders are no paper that was imported", there - right)
    twice = [paper for found in files.values() for paper, times in found.items() if times > 1]
    yield from counted("papers lie in a folder more than once", twice)


def _ledger(seen: Seen) -> Iterator[str]:
    """The hub's own word is the far sides': everything delivered, one key for each, the same keys at the relay."""
    left = Counter(f"{row['state']} {row['reason']}".strip() for row in seen.rows if row["state"] != "delivered")
    yield from (f"{count} deliveries are {state}" for state, count in sorted(left.items()))
    if len(seen.rows) != 3 * len(seen.papers):
        yield f"the ledger has {len(seen.rows)} deliveries, not {3 * len(seen.papers)}"
    keys: dict[tuple[Any, Any], set[Any]] = defaultdict(set)
    for row in seen.rows:
        keys[row["document"], row["destination"]].add(row["key"])
    yield from counted("papers have several keys at one destination", [one for one, k in keys.items() if len(k) > 1])
    mailed = {row["key"] for row in seen.rows if str(row["destination"]).startswith("mail-")}
    yield from counted("keys are known to one side only", mailed ^ {letter.key for letter in seen.letters})


def _doubles(beyond_lost_answers: int, crashes: int) -> Iterator[str]:
    if beyond_lost_answers > DOUBLES_A_CRASH * crashes:
        yield f"{beyond_lost_answers} letters were doubled by {crashes} crashes"


def _missed(seen: Seen) -> Iterator[str]:
    if seen.drained > seen.lease + _DRAINED_WITHIN:
        yield f"drained only {seen.drained:.1f} s after the calm"
    if (share := telling(seen.struck)) < _TELLING:
        yield f"only {share:.0%} of the kills and stalls fell while something had begun"


def _endings(seen: Seen) -> Iterator[str]:
    for ending in seen.endings:
        if not ending.good:
            yield f"a process told to stop ended with {ending.code} after {ending.seconds:.1f} s"
