"""Official and public samples: read without a crash, with the facts that others read from them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from hub import Document, DocumentType, Incoming
from hub.core.arithmetic import findings
from hub_ubl_export.read import read

READ = frozenset({"invoice", "creditnote", "quotation"})
AMOUNTS = ("tax_exclusive", "vat_total", "payable")
# The rules we compute ourselves and the official ones report; BR-CO-17 is a warning of ours within theirs.
RULES = ("BR-CO-10", "BR-CO-11", "BR-CO-12", "BR-CO-13", "BR-CO-14", "BR-CO-15", "BR-CO-16", "BR-S-08")


@pytest.fixture(scope="module")
def rows(samples_folder: Path) -> list[Mapping[str, str]]:
    """The complete documents of the index."""
    with (samples_folder / "INDEX.tsv").open(encoding="utf-8", newline="") as lines:
        index = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in index if row["file"].startswith("docs/")]


def reading(folder: Path, row: Mapping[str, str]) -> Document:
    document = read(Incoming(name=row["file"], data=(folder / row["file"]).read_bytes()))
    assert document is not None
    return document


def facts(document: Document) -> dict[str, object]:
    return {
        "number": document.number,
        "issue_date": document.issue_date.isoformat() if document.issue_date else "",
        "due_date": document.due_date.isoformat() if document.due_date else "",
        "currency": document.currency,
        "tax_exclusive": document.totals.without_tax,
        "vat_total": document.totals.tax,
        "payable": document.totals.payable,
        "lines": str(len(document.lines)),
        "supplier": document.supplier.name,
        "supplier_vat": document.supplier.vat,
        "customer": document.customer.name,
        "attachments": str(len(document.files)),
    }


def test_every_fact_is_what_others_read(samples_folder: Path, rows: list[Mapping[str, str]]) -> None:
    wrong = {}
    for row in (row for row in rows if row["kind"] in READ):
        wanted: dict[str, object] = {**row, **{name: Decimal(row[name]) if row[name] else None for name in AMOUNTS}}
        found = facts(reading(samples_folder, row))
        wrong[row["file"]] = {name: (found[name], wanted[name]) for name in found if found[name] != wanted[name]}
    assert len(wrong) > 80
    assert {file: differences for file, differences in wrong.items() if differences} == {}


def test_other_papers_are_recognised_or_opened(samples_folder: Path, rows: list[Mapping[str, str]]) -> None:
    others = [row for row in rows if row["kind"] not in READ]
    assert others
    for row in others:
        document = reading(samples_folder, row)
        if row["root"] == "AttachedDocument":
            assert document.type is DocumentType.INVOICE
        else:
            assert [problem.code for problem in document.problems] == ["not_bookkeeping"]


def test_our_arithmetic_agrees_with_the_official_rules(samples_folder: Path, rows: list[Mapping[str, str]]) -> None:
    """Where a total is missing the official rules complain of its sum too; we compare only what is stated."""
    judged = [row for row in rows if row["kind"] in READ and row["en16931_fatal"] != "-"]
    fired = set()
    for row in judged:
        document = reading(samples_folder, row)
        official = set(row["en16931_fatal"].split(",")).intersection(RULES)
        ours = {problem.code for problem in findings(document)}.intersection(RULES)
        assert ours == official or (ours < official and document.totals.with_tax is None), row["file"]
        fired |= ours
    assert len(judged) > 80
    assert fired >= {"BR-CO-15", "BR-CO-16", "BR-S-08"}
