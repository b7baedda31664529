"""The official and third-party samples: what is read of each equals the facts that its index states."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import Command, Done, Record

KINDS = {"invoice": "sales_invoice", "creditnote": "sales_credit_note", "quotation": "quotation"}
TEXTS = {"number": "number", "issue_date": "issue_date", "currency": "currency", "due_date": "due_date"}
AMOUNTS = {"total_without_tax": "tax_exclusive", "tax_total": "vat_total", "payable": "payable"}

Row = Mapping[str, str]


@dataclass(frozen=True)
class Imported:
    """The index's rows and the command's lines, both by file name."""

    done: Done = field(repr=False)
    rows: Mapping[str, Row] = field(repr=False)
    lines: Mapping[str, Record] = field(repr=False)

    def papers(self) -> Iterator[tuple[str, Row, Record]]:
        """The invoices, credit notes and quotations with the document made of each."""
        for name, row in self.rows.items():
            if row["kind"] in KINDS:
                yield name, row, self.lines[name]["document"]


@pytest.fixture(scope="module")
def imported(oracle_data: Path, tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> Imported:
    hub = Command(tmp_path_factory.mktemp("samples") / "home", (("HUB_DATABASE_URL", module_database_url),))
    assert hub("init", "--company", "Proef BV", "--enterprise-number", "0765.432.146").code == 0
    done = hub("import", oracle_data / "samples" / "docs", "--direction", "sales", "--jsonl")
    rows = {Path(row["file"]).name: row for row in _index(oracle_data) if row["file"].startswith("docs/")}
    return Imported(done, rows, {Path(line["path"]).name: line for line in done.lines})


def _index(data: Path) -> Sequence[Row]:
    with (data / "samples" / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
        return sorted(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE), key=lambda row: row["file"])


def _kind(row: Row) -> str:
    """An invoice with the type code of a credit note is one."""
    return "sales_credit_note" if row["type_code"] == "381" else KINDS[row["kind"]]


def _expected(rows: Mapping[str, Row]) -> Iterator[tuple[str, str]]:
    """The result of each paper: the first of a supplier, kind, number and year is accepted, others are in conflict."""
    seen: set[tuple[str, ...]] = set()
    for name, row in rows.items():
        if row["kind"] in KINDS:
            key = (row["supplier_vat"] or row["supplier"], row["kind"], row["number"], row["issue_date"][:4])
            yield name, "conflict" if key in seen else "accepted"
            seen.add(key)


def test_each_file_has_one_line_in_sorted_order(imported: Imported) -> None:
    assert [Path(line["path"]).name for line in imported.done.lines] == sorted(imported.rows)
    assert imported.done.code == 5


def test_a_paper_is_accepted_unless_an_earlier_one_has_its_number(imported: Imported) -> None:
    expected = dict(_expected(imported.rows))
    assert {name: imported.lines[name]["result"] for name in expected} == expected
    assert set(expected.values()) == {"accepted", "conflict"}


def test_kind_numbers_dates_and_currency_are_those_of_the_index(imported: Imported) -> None:
    wrong = [
        (name, ours, document[ours], row[theirs])
        for name, row, document in imported.papers()
        for ours, theirs in TEXTS.items()
        if (document[ours] or "") != row[theirs]
    ]
    assert wrong == []
    assert {document["kind"] for _, _, document in imported.papers()} == {*KINDS.values()}
    assert [name for name, row, document in imported.papers() if document["kind"] != _kind(row)] == []


def test_a_quotation_has_no_due_date(imported: Imported) -> None:
    quotations = [document for _, row, document in imported.papers() if row["kind"] == "quotation"]
    assert [document["due_date"] for document in quotations] == [None] * len(quotations)
    assert quotations


def test_amounts_are_those_of_the_index_as_decimals(imported: Imported) -> None:
    wrong = [
        (name, ours, document[ours], row[theirs])
        for name, row, document in imported.papers()
        for ours, theirs in AMOUNTS.items()
        if _decimal(document[ours]) != _decimal(row[theirs])
    ]
    assert wrong == []


def test_parties_are_those_of_the_index(imported: Imported) -> None:
    wrong = [
        (name, document["supplier"], document["customer"]["name"])
        for name, row, document in imported.papers()
        if document["supplier"] != {"name": row["supplier"], "vat": row["supplier_vat"]}
        or document["customer"]["name"] != row["customer"]
    ]
    assert wrong == []


def test_every_attachment_is_a_file_or_a_problem(imported: Imported) -> None:
    wrong = [
        (name, document["files"], document["problems"])
        for name, row, document in imported.papers()
        if _attached(document) != int(row["attachments"])
    ]
    assert wrong == []


def test_another_kind_of_paper_is_refused_or_parked_with_a_reason(imported: Imported) -> None:
    others = [imported.lines[name] for name, row in imported.rows.items() if row["root"] == "Order"]
    assert others
    assert [line for line in others if line["result"] not in {"refused", "parked"}] == []
    assert [line for line in others if not line["problems"]] == []


def test_a_paper_in_an_envelope_is_taken_out_of_it_or_parked(imported: Imported) -> None:
    [line] = [imported.lines[name] for name, row in imported.rows.items() if row["root"] == "AttachedDocument"]
    assert line["result"] in {"accepted", "parked"}
    assert line["result"] == "parked" or line["document"]["kind"] in KINDS.values()


def test_no_sample_brings_the_command_down(imported: Imported) -> None:
    codes = {problem["code"] for line in imported.done.lines for problem in line["problems"]}
    assert not codes & {"plugin_error", "internal"}
    assert imported.done.err == ""


def _decimal(text: Any) -> Decimal | None:
    return Decimal(text) if text else None


def _attached(document: Record) -> int:
    """The files beside the original, and those that a problem names as left out."""
    left_out = [problem for problem in document["problems"] if "left out" in problem["message"]]
    return len([file for file in document["files"] if file["role"] != "original"]) + len(left_out)
