"""The hash chain of the audit log, pure: what an entry's hash covers, and what a walk over a chain finds wrong.

Each process writes one chain of its own, so that workers never wait for each other. The first entry of a chain names
the heads of all chains that moved since they were last named: cut or drop one, and its naming no longer fits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from json.encoder import encode_basestring_ascii as quoted

from hub.errors import Problem

GENESIS = "0" * 64

Fields = tuple[str, int, int, str, str, str, str, str]  # of an `Entry`, without its hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log. `at` is in milliseconds since 1970, `detail` canonical JSON, `object` like `delivery:7`."""

    chain: str
    seq: int
    at: int
    actor: str
    action: str
    object: str
    detail: str
    prev_hash: str
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain."""

    chain: str
    seq: int
    hash: str


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)


def canonical(value: Mapping[str, object]) -> str:
    """JSON in one and only one form."""
    return _CANONICAL.encode(value)


def digest(fields: Fields) -> str:
    """The hash of an entry: SHA-256 over every other field of it, in order, as a JSON list without spaces.

    Written out by hand, since it is made for every delivery.
    """
    chain, seq, at, *texts = fields
    text = f"[{quoted(chain)},{seq},{at},{','.join(map(quoted, texts))}]"
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(entry: Entry) -> Entry:
    """The entry with its hash."""
    fields = (entry.chain, entry.seq, entry.at, entry.actor, entry.action, entry.object, entry.detail, entry.prev_hash)
    return replace(entry, hash=digest(fields))


def walk(entries: Iterable[Entry], head: Head) -> Iterator[Problem]:
    """What is wrong with one chain, its entries in order of `seq`, against its recorded head."""
    last = Head(head.chain, 0, GENESIS)
    for entry in entries:
        place = f"audit:{entry.chain}:{entry.seq}"
        if entry.seq != last.seq + 1:
            yield Problem("audit.gap", f"entry {last.seq + 1} is missing from the audit log", place)
        elif entry.prev_hash != last.hash:
            yield Problem("audit.order", "the entry does not follow the one before it", place)
        if sealed(entry).hash != entry.hash:
            yield Problem("audit.changed", "the entry was changed after it was written", place)
        last = Head(entry.chain, entry.seq, entry.hash)
    if (last.seq, last.hash) != (head.seq, head.hash):
        yield Problem("audit.cut", f"the log ends at entry {last.seq}, it was {head.seq}", f"audit:{head.chain}")
