"""What must be true after kills, judged by what the far sides have and not by what the hub says. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from bench.relay import Letter


def doubles(letters: Sequence[Letter]) -> int:
    """How many letters came once more than they should."""
    return len(letters) - len({(letter.paper, letter.to) for letter in letters})


def lost_answers(letters: Sequence[Letter]) -> int:
    """How many letters arrived while their sender was never told."""
    return sum(not letter.answered for letter in letters)


def broken_by_mail(papers: Collection[str], letters: Sequence[Letter]) -> Iterator[str]:
    """Nothing lost, nothing invented or damaged, one Message-ID and one content per paper and address."""
    arrived = {letter.paper for letter in letters}
    yield from counted("papers never arrived by mail", set(papers) - arrived)
    yield from counted("letters carry something that was never imported", arrived - set(papers))
    yield from counted("papers came under several Message-IDs", several(letters, "paper", "message_id"))
    yield from counted("Message-IDs stand on several papers", several(letters, "message_id", "paper"))
    yield from counted("Message-IDs came with several contents", several(letters, "message_id", "sha256"))
    yield from counted("letters were under way twice at once", _overlapping(letters))


def broken_by_folder(papers: Collection[str], files: Counter[str]) -> Iterator[str]:
    """Each paper lies in the folder once, and nothing else does."""
    yield from counted("papers are not in the folder", set(papers) - set(files))
    yield from counted("files in the folder are no paper that was imported", set(files) - set(papers))
    yield from counted("papers lie in the folder more than once", [one for one, n in files.items() if n > 1])


def broken_by_ledger(rows: Sequence[Mapping[str, str]], letters: Sequence[Letter], mail: str) -> Iterator[str]:
    """What the hub calls delivered is what the relay has, by the key; and nothing is left behind."""
    left = Counter(f"{row['state']} {row['reason']}".strip() for row in rows if row["state"] != "delivered")
    yield from (f"{count} deliveries are {state}" for state, count in sorted(left.items()))
    keys = {row["key"] for row in rows if row["destination"] == mail}
    yield from counted("keys are known to one side only", keys ^ {letter.key for letter in letters})


def counted(what: str, found: Collection[object]) -> Iterator[str]:
    if found:
        yield f"{len(found)} {what}"


def several(letters: Sequence[Letter], one: str, other: str) -> list[object]:
    """Values of a field (at an address) that go with more than one value of another field."""
    seen: dict[object, set[object]] = defaultdict(set)
    for letter in letters:
        seen[letter.to, getattr(letter, one)].add(getattr(letter, other))
    return [value for value, others in seen.items() if len(others) > 1]


def _overlapping(letters: Sequence[Letter]) -> list[Letter]:
    """Letters that began before the one of the same Message-ID had ended."""
    in_order = sorted(letters, key=lambda letter: (letter.message_id, letter.started))
    return [b for a, b in pairwise(in_order) if a.message_id == b.message_id and b.started < a.ended]
