"""One chaos run from the empty home to the verdict: storm, calm, and the reading of the logs."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench import ledgers
from bench.chaos.office import Office, opened
from bench.chaos.plan import Plan
from bench.chaos.storm import Storm, shuffled
from bench.chaos.verdict import Seen, Verdict, judged
from bench.furnish import books_of
from hub.testing.exact import Books

_GIVES_UP = 120.0  # seconds after the calm
_LOOK = 0.05
_LONG_WAIT = timedelta(seconds=10)


def trial(plan: Plan, folder: Path) -> Verdict:
    """Storm, calm, verdict."""
    began = time.monotonic()
    papers = ledgers.sold(plan.papers)
    paths = shuffled(ledgers.write(papers, folder / "papers"), plan.chance)
    with opened(plan, folder) as office:
        office.start(plan.processes)
        storm = Storm(office, plan, paths)
        storm.rage()
        stormed = time.monotonic()
        office.relay.recover()
        called = _call_up(office)
        drained = _drained(office)
        crashed = _ask_a_person(office)
        for n in range(len(office.processes)):
            office.stop(n)
        rows = office.home.rows("outbox", "list")
        problems = json.loads(office.home.hub("verify", "--json", ends=(0, 6)))["problems"]
        seen = Seen(
            papers=papers,
            letters=office.relay.letters(),
            files={division: _files(folder / f"archive-{division}") for division in books_of()},
            books=Books.read(office.ledger),
            rows=rows,
            struck=storm.struck,
            endings=office.endings,
            drained=drained,
            lease=plan.lease,
            problems=problems,
        )
    verdict = judged(seen)
    times = {
        "called_up": called,
        "held_crashed": crashed,
        "storm_s": round(stormed - began),
        "seconds": round(time.monotonic() - began),
    }
    return replace(verdict, figures={**verdict.figures, **times})


def _call_up(office: Office) -> int:
    """The far sides are well again, and somebody says so: what waits long for them is retried. Returns how many."""
    soon = datetime.now(UTC) + _LONG_WAIT
    long = [
        str(row["id"]) for row in office.home.rows("outbox", "list", "--filter", "state:queued") if _waits(row, soon)
    ]
    if long:
        office.home.hub("outbox", "retry", *long, ends=(0, 1, 5))
    return len(long)


def _ask_a_person(office: Office) -> int:
    """What was by itself under three kills is held for them: a person looks into the far side's log. How many."""
    held = [row for row in office.home.rows("outbox", "list") if row["reason"] == "crashed"]
    arrived = {letter.key for letter in office.relay.letters()}
    for row in held:
        known = "--arrived" if row["key"] in arrived else "--resend"
        act = ("resolve", str(row["id"]), known) if row["state"] == "uncertain" else ("retry", str(row["id"]))
        office.home.hub("outbox", *act)
    if held:
        _drained(office)
    return len(held)


def _waits(row: Mapping[str, Any], soon: datetime) -> bool:
    at = row["next_attempt_at"]
    return bool(at) and datetime.fromisoformat(at) > soon


def _drained(office: Office) -> float:
    """Seconds until nothing waits for its time any more."""
    since = time.monotonic()
    while office.watched.waiting() and time.monotonic() < since + _GIVES_UP:
        time.sleep(_LOOK)
    return time.monotonic() - since


def _files(folder: Path) -> Counter[str]:
    """How often each content lies in the folder, by SHA-256; what was left half-written by a killed process is none."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return Counter(sha256(path.read_bytes()).hexdigest() for path in found)
