"""What a pack says of its papers: the manifest for programs and the index for spreadsheets."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from hub.core import periods
from hub.core.document import Document, Kind
from hub.core.packs import Contents, Format, LeftOut, PackPaper, Scope, write_pack
from hub.core.terms import Party, TaxCategory, TaxSubtotal, Totals
from hub.core.words import formula_safe
from hub.testing.specimen import COMPANY, COMPANY_NAME, sample_document

SCOPE = Scope(company=COMPANY, company_name=COMPANY_NAME, period=periods.parse("2026Q1"))
HELD = LeftOut(Kind.PURCHASE_INVOICE, "P7", date(2026, 2, 3), "ef" * 32, "held")
UNDATED = LeftOut(Kind.OTHER, "=X", None, "ab" * 32, "held")
FORMULA = re.compile(r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def test_the_index_has_a_line_a_paper_with_its_facts() -> None:
    (row,) = _rows(_packed([PackPaper(sample_document("F1"), "exact")]))
    files = " ".join(f"copies/sales/invoices/2026-01-15_F1.{ending}" for ending in ("xml", "pdf"))
    assert row == {
        "company": COMPANY,
        "kind": "sales_invoice",
        "number": "F1",
        "issue_date": "2026-01-15",
        "due_date": "2026-02-14",
        "supplier": COMPANY_NAME,
        "supplier_vat": "BE0123456749",
        "customer": "Klant BV",
        "customer_vat": "BE0876543270",
        "net": "119.95",
        "vat_S_21": "25.19",
        "vat_total": "25.19",
        "total": "145.14",
        "payable": "145.14",
        "currency": "EUR",
        "booked_by": "exact",
        "files": files,
        "sha256": sample_document("F1").sha256,
    }


def test_a_spreadsheet_sees_by_the_first_bytes_that_the_lists_are_utf_8() -> None:
    archive = _packed([sample_document("F1", customer=Party(name="Crème Brûlée BV"))], left_out=[HELD])
    for name in ("index.csv", "left_out.csv"):
        data = archive.read(name)
        assert (data[:3], data.count(codecs.BOM_UTF8)) == (codecs.BOM_UTF8, 1)
    assert _rows(archive)[0]["customer"] == "Crème Brûlée BV"
    assert not archive.read("manifest.json").startswith(codecs.BOM_UTF8)


def test_amounts_are_numbers_and_all_else_is_quoted() -> None:
    text = _packed([sample_document("F1")]).read("index.csv").decode()
    assert '"Klant BV","BE0876543270",119.95,25.19,25.19,145.14,145.14,"EUR",""' in text
    assert text.count("\r\n") == 2


def test_amounts_are_written_out_with_a_point_and_as_many_digits_as_stated() -> None:
    totals = Totals(without_tax=Decimal("1E+3"), with_tax=Decimal("-0.10"), payable=None)
    (row,) = _rows(_packed([sample_document("F1", totals=totals)]))
    assert (row["net"], row["total"], row["payable"], row["vat_total"]) == ("1000", "-0.10", "", "")


def test_there_is_a_column_for_each_category_and_rate_in_order() -> None:
    papers = [
        sample_document("F1", tax_subtotals=(_vat("S", "21.00", "21"), _vat("S", "6.0", "6"))),
        sample_document("F2", tax_subtotals=(_vat("E", None, "0"), _vat("S", "21", "2.10"), _vat("S", "5.5", "1"))),
    ]
    first, second = _rows(_packed(papers))
    assert [name for name in first if name.startswith("vat_") and name != "vat_total"] == [
        "vat_E",
        "vat_S_5.5",
        "vat_S_6",
        "vat_S_21",
    ]
    assert (first["vat_S_21"], first["vat_S_6"], first["vat_E"]) == ("21", "6", "")
    assert (second["vat_S_21"], second["vat_S_5.5"], second["vat_E"]) == ("2.10", "1", "0")


def test_one_rate_stated_twice_is_summed() -> None:
    paper = sample_document("F1", tax_subtotals=(_vat("S", "21", "1.05"), _vat("S", "21.0", "2.10")))
    assert _rows(_packed([paper]))[0]["vat_S_21"] == "3.15"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("ACME NV", "ACME NV"),
        ("A=B", "A=B"),
        ("=1+1", "'=1+1"),
        ("+32", "'+32"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\t=x", "\\u{9}=x"),
        ("\r=x", "\\u{d}=x"),
        (" =x", "' =x"),
        ('"=x', "'\"=x"),
        ("'=x", "''=x"),
        ("\u201c=x", "'\u201c=x"),
        ("\uff1dx", "'\uff1dx"),
        ("\uff0bx", "'\uff0bx"),
        ("\uff0dx", "'\uff0dx"),
        ("\uff20x", "'\uff20x"),
        ("ACME;=x", "ACME;'=x"),
        ('ACME; "=x', "ACME;' \"=x"),
        ("a\x9bb\u202ec", "a\\u{9b}b\\u{202e}c"),
    ],
)
def test_no_text_is_taken_as_a_formula(text: str, cell: str) -> None:
    assert formula_safe(text) == cell
    paper = sample_document("F1", supplier=Party(name=text, vat=text), customer=Party(name=text, vat=text))
    paper = replace(paper, number=text, currency=text, tax_subtotals=(_vat(text, "21", "1"),))
    archive = _packed([PackPaper(paper, text)], left_out=[replace(HELD, number=text, reason=text)])
    (row,) = _rows(archive)
    assert row["number"] == row["supplier"] == row["customer_vat"] == row["booked_by"] == cell
    cells = [value for name in ("index.csv", "left_out.csv") for line in _lines(archive, name) for value in line]
    assert not [value for value in cells if FORMULA.match(value)]


def test_quotes_and_line_feeds_stay_within_their_cell() -> None:
    paper = sample_document("F1", customer=Party(name='A "B", C\r\nD;E'))
    assert _rows(_packed([paper]))[0]["customer"] == 'A "B", C\\u{d}\\u{a}D;E'


def test_the_manifest_is_canonical_json_in_ascii() -> None:
    papers = [replace(sample_document("F1"), number="F1\x9b\u00e9\ud800"), sample_document("F2")]
    data = _packed(papers, left_out=[HELD]).read("manifest.json")
    again = json.dumps(json.loads(data), sort_keys=True, separators=(",", ":"))
    assert data == again.encode()


def test_the_manifest_has_the_scope_and_the_facts_and_files_of_each_paper() -> None:
    paper = sample_document("F1")
    manifest = _manifest(_packed([PackPaper(paper, "")], left_out=[HELD]))
    assert manifest["scope"] == {
        "company": COMPANY,
        "company_name": COMPANY_NAME,
        "formats": ["csv", "original", "pdf"],
        "kinds": sorted(Kind),
        "period": {"name": "2026Q1", "start": "2026-01-01", "end": "2026-03-31"},
    }
    (facts,) = manifest["papers"]
    assert facts["vat"] == [{"category": "S", "rate": "21", "amount": "25.19"}]
    assert facts["files"][0] == {
        "name": "sales/invoices/2026-01-15_F1.xml",
        "sha256": paper.sha256,
        "size": paper.original.size,
    }
    assert (facts["net"], facts["sha256"], facts["missing"]) == ("119.95", paper.sha256, [])


def test_the_manifest_knows_every_fact_of_the_index() -> None:
    archive = _packed([sample_document("F1")])
    columns = {name for name in _rows(archive)[0] if not re.match("vat_[A-Z]", name)}
    assert columns <= set(_manifest(archive)["papers"][0])


def test_a_pack_tells_nothing_of_the_home_it_was_made_in() -> None:
    paper = sample_document(
        "F1", id=987654, uid="c0ffee" * 5, source="secretsource", arrived_at=datetime(1999, 9, 9, tzinfo=UTC)
    )
    archive = _packed([paper])
    text = b"".join(archive.read(name) for name in ("manifest.json", "index.csv"))
    assert not [secret for secret in (b"987654", b"c0ffee", b"secretsource", b"1999") if secret in text]


def test_what_was_left_out_is_listed_with_its_reason_in_order() -> None:
    archive = _packed([], left_out=[HELD, UNDATED])
    header, *lines = _lines(archive, "left_out.csv")
    assert header == ["kind", "number", "issue_date", "sha256", "reason"]
    assert lines == [
        ["other", "'=X", "", "ab" * 32, "held"],
        ["purchase_invoice", "P7", "2026-02-03", "ef" * 32, "held"],
    ]
    assert [paper["number"] for paper in _manifest(archive)["left_out"]] == ["=X", "P7"]


@pytest.mark.parametrize(
    ("wanted", "left_out", "lists"),
    [
        ({Format.CSV}, [], ["index.csv"]),
        ({Format.CSV}, [HELD], ["index.csv", "left_out.csv"]),
        ({Format.ORIGINAL}, [], []),
        ({Format.ORIGINAL}, [HELD], ["left_out.csv"]),
    ],
)
def test_the_lists_there_are_stand_in_the_manifest(
    wanted: set[Format], left_out: list[LeftOut], lists: list[str]
) -> None:
    archive = _packed([], scope=replace(SCOPE, formats=frozenset(wanted)), left_out=left_out)
    assert archive.namelist() == [*lists, "manifest.json"]
    assert [entry["name"] for entry in _manifest(archive)["lists"]] == lists


def _packed(papers: Iterable[Document | PackPaper], **changes: Any) -> zipfile.ZipFile:
    wrapped = [paper if isinstance(paper, PackPaper) else PackPaper(paper) for paper in papers]
    sink = io.BytesIO()
    write_pack(replace(Contents(scope=SCOPE, papers=wrapped), **changes), sink)
    return zipfile.ZipFile(sink)


def _manifest(archive: zipfile.ZipFile) -> Any:
    return json.loads(archive.read("manifest.json"))


def _lines(archive: zipfile.ZipFile, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline=""), strict=True))


def _rows(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    header, *lines = _lines(archive, "index.csv")
    return [dict(zip(header, line, strict=True)) for line in lines]


def _vat(category: str, rate: str | None, amount: str) -> TaxSubtotal:
    return TaxSubtotal(tax=TaxCategory(code=category, rate=Decimal(rate) if rate else None), amount=Decimal(amount))
