"""The export of a period: which papers are in it, what is left out and why, and the same bytes each time."""

from __future__ import annotations

import json
import stat
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from hub import Artifact, Incoming, Kind, Pack, Receipt, Role, hookimpl
from hub.app import Hub
from hub.app.exports import Ordered, export
from hub.core import acts
from hub.core.pack_check import verify_pack
from hub.core.runner import Until
from hub.core.store import packs
from hub.errors import CorruptError, NotFoundError, UsageError
from hub.testing.samples import CUSTOMER, SUPPLIER, credit_note, invoice, pdf, quotation
from tests.integration.far import Far, Sent, taken
from tests.integration.keeping import folder
from tests.integration.ledger import add_place, deliver, faults, listed, states, take_in


class PackFar(Far):
    """A far side that takes packs too."""

    def __init__(self) -> None:
        super().__init__(takes_packs=True)
        self.packs: list[bytes] = []

    @hookimpl
    def prepare_pack(self, pack: Pack) -> Artifact:
        return Artifact((pack.file,))

    @hookimpl
    def deliver_pack(self, prepared: Artifact, pack: Pack, delivery: Any) -> Receipt:
        self.packs.append(prepared.parts[0].read())
        return taken(Sent(delivery.id, delivery.key, b"", delivery.attempt))


@pytest.fixture
def papers(hub: Hub) -> Hub:
    """A home with papers of two quarters."""
    data = [
        invoice(number="F1", pdf=pdf("F1")),
        credit_note(number="C1", issue_date=date(2026, 3, 31)),
        invoice(number="P1", supplier=CUSTOMER, customer=SUPPLIER, issue_date=date(2026, 2, 28)),
        quotation(number="Q1"),
        invoice(number="F2", issue_date=date(2026, 4, 1)),
    ]
    hub.intake.accept([Incoming(name=f"{n}.xml", data=one) for n, one in enumerate(data)])
    return hub


def order(target: Path | str, **changes: Any) -> Ordered:
    """An export of the first quarter."""
    usual: dict[str, Any] = {
        "period": "2026Q1",
        "company": "",
        "kinds": frozenset[Kind](),
        "formats": frozenset({"original", "pdf", "csv"}),
        "target": str(target),
        "via": "",
        "only_new": False,
        "not_booked": False,
    }
    return Ordered(**usual | changes)


def numbers(path: Path) -> list[str]:
    """The numbers of the papers in a pack, by its manifest."""
    with ZipFile(path) as pack:
        manifest = json.loads(pack.read("manifest.json"))
    return sorted(one["number"] for one in manifest["papers"])


def test_a_pack_has_the_papers_of_its_period_and_agrees_with_its_manifest(papers: Hub, tmp_path: Path) -> None:
    path = tmp_path / "q1.zip"
    made = export(papers, order(path))
    assert numbers(path) == ["C1", "F1", "P1"]
    assert (made["path"], made["documents"]) == (str(path), 3)
    assert verify_pack(path) == []


def test_what_is_left_out_is_named_with_its_reason(papers: Hub, tmp_path: Path) -> None:
    with papers.db.write() as tx:
        acts.hold_document(tx, 1)
    made = export(papers, order(tmp_path / "q1.zip", kinds=frozenset({Kind.SALES_INVOICE, Kind.PURCHASE_INVOICE})))
    assert {one["document"]: one["reason"] for one in made["left_out"]} == {1: "held:by_hand", 2: "kind", 4: "kind"}
    assert numbers(tmp_path / "q1.zip") == ["P1"]


def test_a_quotation_is_in_a_pack_when_it_is_asked_for(papers: Hub, tmp_path: Path) -> None:
    export(papers, order(tmp_path / "q.zip", kinds=frozenset({Kind.QUOTATION})))
    assert numbers(tmp_path / "q.zip") == ["Q1"]


def test_the_same_period_gives_the_same_bytes(papers: Hub, tmp_path: Path) -> None:
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    made = [export(papers, order(path)) for path in (first, second)]
    assert first.read_bytes() == second.read_bytes()
    assert made[0]["sha256"] == made[1]["sha256"]


def test_only_new_leaves_out_what_went_to_the_same_target_before(papers: Hub, tmp_path: Path) -> None:
    path = tmp_path / "q1.zip"
    export(papers, order(path))
    papers.intake.accept([Incoming(name="late.xml", data=invoice(number="F9"))])
    made = export(papers, order(path, only_new=True))
    assert numbers(path) == ["F9"]
    assert [one["reason"] for one in made["left_out"]].count("exported_before") == 3
    other = export(papers, order(tmp_path / "other.zip", only_new=True))
    assert other["documents"] == 4


def test_not_booked_leaves_out_what_a_booking_road_has(hub: Hub, far: Far, tmp_path: Path) -> None:
    add_place(hub, "books", role=Role.BOOKING, kinds=(Kind.SALES_INVOICE,))
    take_in(hub, "F1")
    hub.intake.accept([Incoming(name="c.xml", data=credit_note(number="C1"))])
    made = export(hub, order(tmp_path / "q1.zip", not_booked=True))
    assert made["left_out"] == [{"document": 1, "reason": "booked_by:books"}]
    assert numbers(tmp_path / "q1.zip") == ["C1"]


def test_a_proof_beside_the_pack_names_its_hash_and_the_heads_of_the_log(papers: Hub, tmp_path: Path) -> None:
    made = export(papers, order(tmp_path / "q1.zip"))
    proof = json.loads((tmp_path / "q1.zip.proof.json").read_text())
    assert (proof["sha256"], proof["documents"]) == (made["sha256"], 3)
    with papers.db.read() as conn:
        assert proof["audit_heads"] == packs.audit_heads(conn)


def test_a_pack_on_disk_is_ours_alone_and_leaves_nothing_beside_it(papers: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    export(papers, order(folder / "q1.zip"))
    assert sorted(path.name for path in folder.iterdir()) == ["q1.zip", "q1.zip.proof.json"]
    assert stat.S_IMODE((folder / "q1.zip").stat().st_mode) == 0o600


def test_a_pack_that_cannot_be_finished_leaves_what_was_there(papers: Hub, tmp_path: Path) -> None:
    path = tmp_path / "q1.zip"
    path.write_bytes(b"the old one")
    for blob in folder(papers).root.glob("??/*"):
        blob.unlink()
    with pytest.raises(CorruptError):
        export(papers, order(path))
    assert path.read_bytes() == b"the old one"
    assert sorted(tmp_path.glob(".part-*")) == []


def test_an_empty_period_is_an_empty_pack(papers: Hub, tmp_path: Path) -> None:
    made = export(papers, order(tmp_path / "old.zip", period="2019"))
    assert (made["documents"], made["left_out"], numbers(tmp_path / "old.zip")) == (0, [], [])


def test_a_folder_that_there_is_not_is_said(papers: Hub, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        export(papers, order(tmp_path / "missing" / "q1.zip"))


# -- through a destination --


def test_a_pack_goes_through_the_outbox_like_a_paper(papers: Hub) -> None:
    far = PackFar()
    papers.host.add("far", far)
    add_place(papers, "office")
    made = export(papers, order("office"))
    assert (made["path"], states(papers)) == (None, ["queued"])
    deliver(papers, Until.EMPTY)
    [one] = listed(papers)
    assert (one["state"], one["kind"], one["document"]) == ("delivered", "pack", None)
    assert len(far.packs) == 1
    assert faults(papers) == ()


def test_a_pack_that_is_ordered_twice_is_two_deliveries_with_keys_of_their_own(papers: Hub) -> None:
    papers.host.add("far", PackFar())
    add_place(papers, "office")
    export(papers, order("office"))
    export(papers, order("office"))
    assert len({one["key"] for one in listed(papers)}) == 2


def test_a_pack_whose_bytes_were_damaged_is_not_sent(papers: Hub) -> None:
    far = PackFar()
    papers.host.add("far", far)
    add_place(papers, "office")
    made = export(papers, order("office"))
    blob = folder(papers).path(made["sha256"])
    blob.chmod(0o600)
    blob.write_bytes(b"x")
    deliver(papers)
    assert (listed(papers)[0]["reason"], far.packs) == ("corrupt", [])


def test_a_destination_that_takes_no_packs_is_refused(papers: Hub) -> None:
    papers.host.add("far", Far())
    add_place(papers, "office")
    with pytest.raises(UsageError, match="takes no packs"):
        export(papers, order("office"))
    assert listed(papers) == []


def test_the_packs_that_were_made_are_listed(papers: Hub, tmp_path: Path) -> None:
    made = export(papers, order(tmp_path / "q1.zip"))
    with papers.db.read() as conn:
        [record] = packs.every(conn)
        assert (record["sha256"], record["period"], record["documents"]) == (made["sha256"], "2026Q1", 3)
        with pytest.raises(NotFoundError):
            packs.one(conn, 7)
    assert faults(papers) == ()
