"""The account given after the run: what arrived where, what waits for whom, the quarter's pack, and the proof."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from hub.app import exports
from hub.app.exports import Ordered
from hub.core.delivery import State
from hub.core.pack_check import verify_pack
from hub.core.store import views
from hub.core.verify import verify
from hub.core.words import show
from hub.demo import papers, parties
from hub.demo.evidence import Evidence, differences
from hub.demo.places import ARCHIVE, BOOKS, OFFICE, OWNER, PACKAGE, PORTAL
from hub.demo.stage import Scene
from hub.demo.telling import counted
from hub.demo.waiting import Waiting

# What a far side has of each paper.
_WHAT: Mapping[str, str] = {
    OFFICE: "mail",
    OWNER: "mail",
    ARCHIVE: "file",
    PORTAL: "paper",
    BOOKS: "entry",
    PACKAGE: "upload",
}
_MANY: Mapping[str, str] = {BOOKS: "entries"}
_NAME = 22  # characters of a customer's
_LABELS: Mapping[str, str] = {State.UNCERTAIN: "unconfirmed", State.REJECTED: "not accepted"}


def show_places(scene: Scene, evidence: Evidence) -> list[dict[str, Any]]:
    """Ledger and far sides beside each other, with what differs; returns a record for each destination."""
    records = [_place(evidence, name) for name in _WHAT]
    scene.tell.heading("5  What arrived where")
    scene.tell.table([("", "the ledger says", "the far side has"), *map(_row, records)])
    differing = list(differences(evidence))
    delivered = sum(entry.state is State.DELIVERED for entry in evidence.entries)
    if not differing:
        scene.tell.text(
            f"We compared all {delivered} with what the far sides themselves have: each is there once, byte for byte, "
            "or to the cent."
        )
    for sentence in differing:
        scene.tell.text(f"DIFFERS  {sentence}")
    return records


def _place(evidence: Evidence, name: str) -> dict[str, Any]:
    counts = Counter(entry.state.value for entry in evidence.at(name))
    return {"name": name, "ledger": dict(sorted(counts.items())), "far_side": evidence.there(name)}


def _row(record: Mapping[str, Any]) -> tuple[str, str, str]:
    states = ", ".join(f"{count} {_LABELS.get(state, state)}" for state, count in record["ledger"].items())
    name = record["name"]
    return name, states, counted(record["far_side"], _WHAT[name], _MANY.get(name, ""))


def show_books(scene: Scene, evidence: Evidence) -> None:
    """The rental's journal, as Exact itself has it."""
    rows = [("entry", "paper", "customer", "total", "VAT code: base, VAT")]
    for booked in evidence.booked:
        taxes = ", ".join(f"{code}: {base:.2f}, {tax:.2f}" for code, (base, tax) in booked.by_vat_code.items())
        customer = show(evidence.customers.get(booked.customer, ""), limit=_NAME)
        rows.append((str(booked.number), str(booked.your_ref), customer, f"{booked.total:.2f}", taxes))
    scene.tell.heading("6  The rental's sales journal at Exact")
    scene.tell.table(rows)


def show_waiting(scene: Scene, waits: Sequence[Waiting]) -> None:
    """Say of each thing that waits what it is, why, and what to type."""
    scene.tell.heading("7  What waits, for whom and why")
    for number, one in enumerate(waits):
        if number:
            scene.tell.blank()
        scene.tell.table([(one.turn.value, one.what), ("", f"{one.why[:1].upper()}{one.why[1:]}."), ("", one.advice)])
        for words in one.commands:
            scene.tell.exactly(f"hub {words}", indent=12)


def make_pack(scene: Scene) -> tuple[dict[str, Any], list[str]]:
    """Export the quarter to a file and check that by its own manifest; returns its record and what is wrong."""
    ordered = Ordered(
        period=papers.PERIOD,
        company=parties.US.vat.removeprefix("BE"),
        kinds=frozenset(),
        formats=frozenset({"original", "pdf", "csv"}),
        target=str(scene.stage.pack),
        via="",
        only_new=False,
        not_booked=False,
    )
    made = exports.export(scene.hub, ordered)
    faults = [problem.message for problem in verify_pack(scene.stage.pack)]
    scene.tell.heading("8  The quarter in one file")
    whole = "whole, by its own manifest" if not faults else f"DAMAGED: {'; '.join(faults)}"
    left = "; ".join(_left_out(scene, one) for one in made["left_out"])
    scene.tell.table([(scene.stage.pack.name, f"{counted(made['documents'], 'paper')}, {whole}")])
    scene.tell.text(f"Left out, and named in it: {left}")
    return made, faults


def _left_out(scene: Scene, left: Mapping[str, Any]) -> str:
    words = {"kind": "only when asked for"}
    with scene.hub.db.read() as conn:
        record = next(one for one in views.documents(conn) if one["id"] == left["document"])
    reason = words.get(left["reason"], left["reason"].replace(":", ", "))
    return f"{record['kind'].replace('_', ' ')} {record['number']} ({reason})"


def check_home(scene: Scene) -> tuple[int, list[str]]:
    """What `hub verify` does; returns how much was looked at and what is wrong."""
    found = verify(scene.hub.db, scene.hub.blobs)
    faults = [problem.message for problem in found.problems]
    scene.tell.heading("9  The proof")
    result = "each is what it was" if not faults else f"WRONG: {'; '.join(faults)}"
    scene.tell.text(f"{found.checked} stored files and entries of the audit log checked: {result}.")
    return found.checked, faults
