"""The papers' journey: shown, taken in, and delivered in two rounds. Each act tells what the ledger says after it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from hub.core.delivery import State
from hub.core.document import Document
from hub.core.intake import Arrived
from hub.core.runner import Until
from hub.core.store import documents, views
from hub.demo import papers, parties, plan, portal, sisters
from hub.demo.evidence import Evidence, gather
from hub.demo.places import ADDRESSES, ARCHIVE, BOOKS, OFFICE, OWNER, PACKAGE, PORTAL
from hub.demo.stage import Scene, Trouble
from hub.demo.telling import counted

_PATIENCE = 20.0  # seconds for the deliveries of one round
_SET_APART: Mapping[str, str] = {
    "conflict": "held",
    "duplicate": "known already",
    "parked": "to sort",
    "refused": "refused",
}
_STANDING: Mapping[State, str] = {
    State.DELIVERED: "delivered",
    State.QUEUED: "refused for now",
    State.UNCERTAIN: "unconfirmed",
    State.REJECTED: "not accepted",
    State.HELD: "held",
}
_UNCONFIRMED = (
    "Refused is tried again by itself. Unconfirmed: the line broke after the last byte, so it may be there or not. "
    "The owner gets it again; at the office, where it could be booked twice, a person decides."
)
_VAT: Mapping[str, str] = {
    "AE": "reverse charge",
    "E": "exempt",
    "G": "export",
    "K": "inside the EU",
    "Z": "zero rate",
}


def show_papers(scene: Scene) -> None:
    """Write the papers into a folder, where a person can look at them."""
    sheets = _sheets()
    scene.stage.papers.mkdir()
    papers.write(sheets, scene.stage.papers)
    scene.tell.heading("1  The papers")
    scene.tell.text(
        f"{len(sheets)} files of {parties.US.name}, a bicycle workshop, and its two sister firms; we made them up."
    )


def _sheets() -> list[papers.Sheet]:
    """Those of all three firms, sorted by name as `hub import` would take them."""
    return sorted((*papers.sheets(), *sisters.sheets()), key=lambda sheet: sheet.name)


def show_places(scene: Scene) -> None:
    """Say where papers go."""
    scene.tell.heading("2  Where they go")
    scene.tell.table(
        [
            (OFFICE, ADDRESSES[OFFICE], "they book it; in doubt, ask a person"),
            (OWNER, ADDRESSES[OWNER], "sales papers to read; in doubt, again"),
            (ARCHIVE, "a folder", "each paper as it came"),
            (PORTAL, portal.NAME, "its own account, to look and export"),
            (BOOKS, "Exact Online", "the rental's sales book themselves"),
            (PACKAGE, "CodaBox", "sales of the lessons firm"),
        ]
    )


def take_in(scene: Scene) -> Mapping[str, int]:
    """Import all papers; returns how many ended in which way."""
    arrived = scene.hub.intake.accept(papers.read(_sheets(), scene.stage.papers))
    counts = Counter(one.result for one in arrived)
    scene.tell.heading("3  Taken in")
    scene.tell.table([(str(counts["accepted"]), "accepted", _contents(scene)), *_set_apart(arrived)])
    return dict(sorted(counts.items()))


def _set_apart(arrived: Sequence[Arrived]) -> Iterator[tuple[str, str, str]]:
    for one in arrived:
        if one.result in _SET_APART:
            yield "1", _SET_APART[one.result], f"{one.name}: {one.problems[-1].message}"


def _contents(scene: Scene) -> str:
    """Kinds and VAT of the papers, as the hub read them."""
    with scene.hub.db.read() as conn:
        ids = [record["id"] for record in views.documents(conn) if record["state"] == "ok"]
        read = [documents.load(conn, scene.hub.blobs, one) for one in ids]
    kinds = Counter((paper.kind or paper.type).replace("_", " ") for paper in read)
    return f"{', '.join(counted(count, kind) for kind, count in kinds.most_common())}; VAT {', '.join(_taxes(read))}"


def _taxes(read: Sequence[Document]) -> list[str]:
    found = {subtotal.tax for paper in read for subtotal in paper.tax_subtotals}
    rates = sorted({tax.rate or Decimal(0) for tax in found if tax.code == "S"})
    others = {_VAT.get(tax.code, tax.code) for tax in found if tax.code != "S"}
    return [*(f"{rate:f} %" for rate in rates), *sorted(others)]


def deliver(scene: Scene) -> None:
    """Deliver what is due, then what was refused or cut off; the mail server makes its trouble in the first round."""
    scene.server.faults = Trouble(of=plan.mishaps(gather(scene.hub, scene.stage).entries))
    scene.tell.heading("4  Delivered, though the mail server refuses some and hangs up on some")
    for name, until in (("at once", Until.ONCE), ("later", Until.EMPTY)):
        scene.hub.run(until, timeout=_PATIENCE, only=(), told=threading.Event())
        scene.tell.table([(f"{name:<7}", _standing(gather(scene.hub, scene.stage)))])
    scene.tell.text(_UNCONFIRMED)


def _standing(evidence: Evidence) -> str:
    counts = Counter(entry.state for entry in evidence.entries)
    return ", ".join(f"{counts[state]} {word}" for state, word in _STANDING.items() if counts[state])
