"""What waits for a person after the demo's run: what it is, why, whose turn it is, and the commands that settle it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hub.app import Hub
from hub.core.delivery import State, Turn
from hub.core.store import incoming, views
from hub.demo.evidence import Entry, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing for a person. `commands` go without the word `hub`; `advice` leads to them."""

    what: str
    why: str
    advice: str
    commands: tuple[str, ...]
    turn: Turn = Turn.YOU


def waiting(hub: Hub, evidence: Evidence) -> list[Waiting]:
    """Everything that the hub will not settle by itself, most urgent first."""
    with hub.db.read() as conn:
        held = [record for record in views.documents(conn) if record["state"] == "held"]
        to_sort = incoming.waiting(conn)
    unconfirmed = (entry for entry in evidence.entries if entry.state is State.UNCERTAIN)
    return [
        *(_unconfirmed(entry, evidence) for entry in unconfirmed),
        *_rejected(evidence),
        *map(_held, held),
        *map(_to_sort, to_sort),
    ]


def _unconfirmed(entry: Entry, evidence: Evidence) -> Waiting:
    arrived = bool(evidence.stored(entry.key))
    seen = "did arrive" if arrived else "did not arrive"
    return Waiting(
        what=f"unconfirmed: {entry.title}",
        why=entry.said,
        advice=f"Sent again, it might be booked twice; so ask the office. (We may peek into the log: it {seen}.)",
        commands=(f"outbox resolve {entry.id} {'--arrived' if arrived else '--resend'}",),
    )


def _rejected(evidence: Evidence) -> Iterator[Waiting]:
    for entry in evidence.entries:
        if entry.state is State.REJECTED:
            yield Waiting(
                what=f"not accepted: {entry.title}",
                why=entry.said,
                advice="Mend what is wrong, then send it anew:",
                commands=(f"doc deliver {entry.document} --to {entry.destination} --again",),
            )


def _held(record: Any) -> Waiting:
    problem = record["problems"][-1]
    return Waiting(
        what=f"held, {problem['code']}: {record['kind'].replace('_', ' ')} {record['number']} ({_party(record)})",
        why=problem["message"],
        advice="It goes nowhere until somebody has looked. If it is right, let it go:",
        commands=(f"doc show {record['id']}", f"doc release {record['id']}"),
    )


def _party(record: Any) -> str:
    """The other side of a paper."""
    return str(record["supplier" if record["kind"].startswith("purchase") else "customer"]["name"])


def _to_sort(row: Any) -> Waiting:
    return Waiting(
        what=f"to sort: {row.name}",
        why=row.problems[0]["message"],
        advice="It was meant for somebody else. Put it aside, with the reason:",
        commands=(f"inbox show {row.id}", f"inbox drop {row.id} --reason 'not ours'"),
    )
