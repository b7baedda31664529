"""Papers that nobody could place: kept with the reason, placed or dropped by a person, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.testing import samples
from tests.acceptance.command import Command, Record
from tests.acceptance.papers import COMPANY

PDF_FACTS = ("--kind", "purchase_invoice", "--number", "K-7", "--date", "2026-03-02", "--supplier", "Leverancier BV")
STRANGERS = samples.invoice(
    number="V-1",
    supplier=samples.belgian("Leverancier BV", "0876543270", "Brugge"),
    customer=samples.belgian("Derde NV", "0765432146", "Gent"),
)


@pytest.fixture
def parked(hub: Command, tmp_path: Path) -> Command:
    """Entry 1 is a PDF without facts, entry 2 an invoice between strangers, entry 3 is broken."""
    for name, data in (("a.pdf", samples.pdf("K-7")), ("b.xml", STRANGERS), ("c.xml", b"<broken")):
        (tmp_path / name).write_bytes(data)
        hub("import", tmp_path / name)
    return hub


def _waiting(hub: Command) -> list[tuple[int, str, str]]:
    return [(entry["id"], entry["result"], entry["reason"]) for entry in hub.lines("inbox", "list")]


def test_what_could_not_be_placed_waits_with_its_reason(parked: Command) -> None:
    assert _waiting(parked) == [
        (1, "parked", "facts_missing"),
        (2, "parked", "party.not_ours"),
        (3, "refused", "xml.not_well_formed"),
    ]


def test_an_entry_is_shown_with_sentence_and_size(parked: Command) -> None:
    entry = parked.one("inbox", "show", 2)
    assert (entry["path"], entry["size"]) == ("b.xml", len(STRANGERS))
    assert [problem["code"] for problem in entry["problems"]] == ["party.not_ours"]
    assert "say whose with --company" in entry["problems"][0]["message"]


def test_the_same_bytes_twice_are_one_entry(parked: Command, tmp_path: Path) -> None:
    parked("import", tmp_path / "a.pdf", tmp_path / "b.xml", tmp_path / "c.xml")
    assert [number for number, _, _ in _waiting(parked)] == [1, 2, 3]


def test_a_person_says_what_a_pdf_is(parked: Command) -> None:
    [line] = parked.lines("inbox", "assign", 1, *PDF_FACTS, "--total", "121.00")
    document: Record = line["document"]
    assert (line["result"], document["kind"], document["payable"]) == ("accepted", "purchase_invoice", "121.00")
    assert document["supplier"]["name"] == "Leverancier BV"
    assert [number for number, _, _ in _waiting(parked)] == [2, 3]


def test_a_pdf_without_all_its_facts_stays(parked: Command) -> None:
    done = parked("inbox", "assign", 1, "--kind", "purchase_invoice", "--jsonl")
    assert (done.code, done.lines[0]["result"]) == (1, "parked")
    assert "--number, --date, --supplier, --total" in done.lines[0]["problems"][0]["message"]
    assert [number for number, _, _ in _waiting(parked)] == [1, 2, 3]


def test_a_person_says_whose_a_paper_is(parked: Command) -> None:
    [line] = parked.lines("inbox", "assign", 2, "--company", "0123.456.749", "--kind", "purchase_invoice")
    assert (line["document"]["company"], line["document"]["number"]) == (COMPANY, "V-1")
    assert [problem["code"] for problem in line["problems"]] == ["party.not_ours"]


def test_an_assigned_paper_goes_where_its_kind_goes(parked: Command, tmp_path: Path) -> None:
    parked.one("destination", "add", "map", "ubl_export", "--set", f"path={tmp_path / 'map'}", "--from", "2026-01-01")
    parked.lines("inbox", "assign", 2, "--kind", "purchase_invoice")
    assert [one["number"] for one in parked.lines("outbox", "list")] == ["V-1"]


def test_a_paper_that_was_placed_is_a_duplicate_when_it_comes_again(parked: Command, tmp_path: Path) -> None:
    parked.lines("inbox", "assign", 1, *PDF_FACTS, "--total", "121.00")
    parked.lines("inbox", "assign", 2, "--kind", "purchase_invoice")
    lines = parked.lines("import", tmp_path / "a.pdf", tmp_path / "b.xml")
    assert [(line["result"], line["document"]["id"]) for line in lines] == [("duplicate", 1), ("duplicate", 2)]
    assert parked.lines("import", tmp_path / "b.xml", "--dry-run")[0]["result"] == "duplicate"
    assert [number for number, _, _ in _waiting(parked)] == [3]


@pytest.mark.parametrize("first", ["a.pdf", "paper.xml"])
def test_a_pdf_that_lies_in_a_paper_is_a_duplicate_of_it(first: str, hub: Command, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(samples.pdf("F-1"))
    (tmp_path / "paper.xml").write_bytes(samples.invoice(number="F-1", pdf=samples.pdf("F-1")))
    for name in (first, "a.pdf", "paper.xml"):
        hub("import", tmp_path / name)
    assert len(hub.lines("doc", "list")) == 1
    assert hub.lines("import", tmp_path / "a.pdf")[0]["result"] == "duplicate"
    assert _waiting(hub) == []


def test_what_was_parked_is_placed_by_importing_it_again_with_facts(parked: Command, tmp_path: Path) -> None:
    parked.lines("import", tmp_path / "a.pdf", *PDF_FACTS, "--total", "121.00")
    assert [number for number, _, _ in _waiting(parked)] == [2, 3]


def test_only_what_is_parked_can_be_assigned(parked: Command) -> None:
    done = parked("inbox", "assign", 3, "--kind", "sales_invoice", "--json")
    assert (done.code, "is refused" in done.error["message"]) == (2, True)


def test_a_dropped_paper_is_gone_from_the_list_with_reason_and_name_in_the_log(parked: Command) -> None:
    assert parked.one("inbox", "drop", 3, "--reason", "reclame") == {"id": 3, "result": "dropped", "reason": "reclame"}
    assert [number for number, _, _ in _waiting(parked)] == [1, 2]
    assert parked("inbox", "drop", 3, "--reason", "again").code == 2
    assert parked("verify").code == 0


def test_dropping_needs_a_reason(parked: Command) -> None:
    assert parked("inbox", "drop", 3).code == 2
    assert parked("inbox", "drop", 3, "--reason", " ").code == 2


def test_a_dry_run_keeps_nothing(hub: Command, tmp_path: Path) -> None:
    papers = {tmp_path / "a.pdf": samples.pdf("K-7"), tmp_path / "good.xml": samples.invoice()}
    for path, data in papers.items():
        path.write_bytes(data)
    lines = hub("import", *papers, "--dry-run", "--jsonl").lines
    assert [line["result"] for line in lines] == ["parked", "accepted"]
    assert (hub.lines("doc", "list"), _waiting(hub)) == ([], [])
    assert [path for path in (hub.home / "data" / "blobs").rglob("*") if len(path.name) == 64] == []


def test_a_paper_from_standard_input_is_taken_in(hub: Command) -> None:
    done = hub.process("import", "-", "--jsonl", stdin=samples.invoice())
    assert [(line["path"], line["result"]) for line in done.lines] == [("-", "accepted")]


def test_a_table_says_in_words_what_is_wrong(parked: Command, tmp_path: Path) -> None:
    done = parked("import", tmp_path / "c.xml")
    assert done.out.splitlines()[1].split("\t")[1:] == ["refused", "", "xml.not_well_formed"]
    assert "not well-formed XML" in done.err


def test_the_bytes_of_a_paper_refused_long_ago_are_gone_and_show_says_so(parked: Command, tmp_path: Path) -> None:
    before = parked.one("inbox", "show", 3)
    parked.change("UPDATE incoming SET arrived_at = arrived_at - 2678400000")
    (tmp_path / "new.xml").write_bytes(samples.invoice(number="F-9"))
    parked("import", tmp_path / "new.xml", "--dry-run")
    assert parked.one("inbox", "show", 3)["purged_at"] is None
    parked("import", tmp_path / "new.xml")
    done = parked("inbox", "show", 3, "--json")
    assert "its bytes are gone since" in done.err
    assert {name: done.one[name] for name in ("reason", "sha256")} == {n: before[n] for n in ("reason", "sha256")}
    assert not list((parked.home / "data" / "blobs").rglob(before["sha256"]))
    assert [number for number, _, _ in _waiting(parked)] == [1, 2, 3]
    assert parked("verify").code == 0
