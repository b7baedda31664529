"""Where the papers of a pack lie, under which names, and in which formats."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.core import periods
from hub.core.document import Document, Kind
from hub.core.files import File, FileRole
from hub.core.packs import Contents, Format, PackPaper, PackResult, Scope, write_pack
from hub.errors import Held
from hub.testing.specimen import COMPANY, COMPANY_NAME, sample_document

SCOPE = Scope(company=COMPANY, company_name=COMPANY_NAME, period=periods.parse("2026Q1"))
LISTS = {"manifest.json", "index.csv", "left_out.csv"}
BAD_NAMES: list[str] = json.loads(
    (Path(__file__).parents[1] / "data" / "bad_inputs" / "82_file_names.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("kind", "folder"),
    [
        (Kind.SALES_INVOICE, "sales/invoices"),
        (Kind.SALES_CREDIT_NOTE, "sales/credit_notes"),
        (Kind.PURCHASE_INVOICE, "purchase/invoices"),
        (Kind.PURCHASE_CREDIT_NOTE, "purchase/credit_notes"),
        (Kind.QUOTATION, "quotations"),
        (Kind.RECEIPT, "receipts"),
        (Kind.OTHER, "other"),
    ],
)
def test_each_kind_has_its_folder_and_a_copies_folder(kind: Kind, folder: str) -> None:
    paper = sample_document("F1", kind=kind)
    assert names([paper]) == [f"{folder}/2026-01-15_F1.pdf", f"{folder}/2026-01-15_F1.xml"]
    booked = names([PackPaper(paper, "exact")])
    assert booked == [f"copies/{folder}/2026-01-15_F1.pdf", f"copies/{folder}/2026-01-15_F1.xml"]


def test_attachments_lie_in_a_folder_beside_their_paper() -> None:
    paper = with_files(sample_document("F1"), attachment("hours.txt"), attachment("HOURS.txt", b"other"))
    assert names([paper])[-3:] == [
        "sales/invoices/2026-01-15_F1.xml",
        "sales/invoices/2026-01-15_F1_attachments/HOURS.txt",
        f"sales/invoices/2026-01-15_F1_attachments/hours_{hashlib.sha256(b'hours').hexdigest()[:8]}.txt",
    ]


def test_the_listing_is_sorted_and_the_manifest_is_written_last() -> None:
    archive, _ = packed(sample_document(f"{kind}-1", kind=kind) for kind in Kind)
    assert archive.namelist() == sorted(archive.namelist())
    assert max(archive.infolist(), key=lambda info: info.header_offset).filename == "manifest.json"


def test_of_numbers_that_differ_by_case_the_later_paper_is_marked() -> None:
    first, second = sample_document("F1"), sample_document("f1")
    assert {name.rpartition(".")[0] for name in names([first, second])} == {
        "sales/invoices/2026-01-15_F1",
        f"sales/invoices/2026-01-15_f1_{second.sha256[:8]}",
    }


def test_one_number_of_two_suppliers_gives_two_names_also_across_folders() -> None:
    one = sample_document("1", kind=Kind.PURCHASE_INVOICE)
    other = replace(sample_document("1"), files=(File.of("x", "application/xml", b"<x/>"),), sha256="ab" * 32)
    stems = sorted(name.rpartition("/")[2].partition(".")[0] for name in names([one, other]))
    assert stems == ["2026-01-15_1", "2026-01-15_1", "2026-01-15_1_abababab"]


@pytest.mark.parametrize("name", BAD_NAMES, ids=range(len(BAD_NAMES)))
def test_no_number_and_no_attachment_leaves_its_folder(name: str) -> None:
    paper = with_files(replace(sample_document("F1"), number=name), attachment(name))
    for path in names([paper]):
        assert path.startswith("sales/invoices/2026-01-15")
        assert all(_is_safe(part) for part in path.split("/"))


def test_all_bad_numbers_keep_papers_of_their_own() -> None:
    papers = [replace(sample_document(f"F{n}"), number=name) for n, name in enumerate(BAD_NAMES)]
    found = names(papers)
    assert len({name.casefold() for name in found}) == len(found) == 2 * len(BAD_NAMES)


def test_a_crafted_number_cannot_take_the_place_of_another_papers_file() -> None:
    beside = File.of("b.pdf", "application/pdf", b"%PDF-two", FileRole.PDF)
    paper = replace(sample_document("A"), files=(File.of("a.pdf", "application/pdf", b"%PDF-one"), beside))
    crafted = sample_document(f"A_{beside.sha256[:8]}")
    found = names([paper, crafted])
    assert len({name.casefold() for name in found}) == len(found) == 4


def test_a_paper_without_issue_date_does_not_show_its_day_of_arrival() -> None:
    paper = sample_document("F1", issue_date=None, arrived_at=datetime(2026, 3, 4, tzinfo=UTC))
    assert names([paper]) == ["sales/invoices/undated_F1.pdf", "sales/invoices/undated_F1.xml"]


def test_a_file_of_an_unknown_type_ends_in_bin() -> None:
    paper = replace(sample_document("F1"), files=(File.of("run.exe", "application/x-dosexec", b"MZ"),))
    assert names([paper]) == ["sales/invoices/2026-01-15_F1.bin"]


@pytest.mark.parametrize(
    ("wanted", "endings"),
    [
        ((Format.ORIGINAL,), ["xml"]),
        ((Format.PDF,), ["pdf", "txt"]),
        ((Format.UBL,), ["xml"]),
        ((Format.ORIGINAL, Format.UBL), ["xml", "xml"]),
        ((Format.ORIGINAL, Format.PDF, Format.UBL), ["pdf", "txt", "xml", "xml"]),
        ((Format.CSV,), []),
    ],
)
def test_a_pack_holds_the_formats_asked_for(wanted: tuple[Format, ...], endings: list[str]) -> None:
    paper = with_files(sample_document("F1"), attachment("hours.txt"))
    found = names([paper], scope=formats(*wanted), export=_written)
    assert sorted(name.rpartition(".")[2] for name in found) == endings


def test_what_is_ubl_already_is_packed_once() -> None:
    found = names(
        [sample_document("F1")],
        scope=formats(Format.ORIGINAL, Format.UBL),
        export=lambda document, _: document.original,
    )
    assert found == ["sales/invoices/2026-01-15_F1.xml"]


def test_an_original_that_is_a_pdf_is_its_own_picture() -> None:
    scan = File.of("scan.pdf", "application/pdf", b"%PDF-")
    paper = replace(sample_document("F1"), files=(scan,))
    archive, _ = packed([paper])
    assert [info for info in archive.namelist() if info.endswith(".pdf")] == ["sales/invoices/2026-01-15_F1.pdf"]
    assert _manifest(archive)["papers"][0]["missing"] == []


def test_a_wanted_format_that_a_paper_lacks_is_named_in_the_manifest() -> None:
    paper = replace(sample_document("F1"), files=sample_document("F1").files[:1])
    archive, result = packed([paper], scope=formats(Format.ORIGINAL, Format.PDF, Format.UBL), export=_refused)
    assert _manifest(archive)["papers"][0]["missing"] == ["pdf", "ubl"]
    assert result.left_out == ()


def test_a_paper_with_no_file_in_any_wanted_format_is_left_out_by_name() -> None:
    archive, result = packed([sample_document("F1")], scope=formats(Format.UBL, Format.CSV), export=_refused)
    assert [(paper.number, paper.reason) for paper in result.left_out] == [("F1", "no_ubl")]
    assert result.documents == 0
    assert b'"no_ubl"' in archive.read("left_out.csv")
    assert _manifest(archive)["left_out"][0]["reason"] == "no_ubl"


def test_ubl_without_a_way_to_export_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="export"):
        packed([sample_document("F1")], scope=formats(Format.UBL))


def packed(papers: Iterable[Document | PackPaper], **changes: Any) -> tuple[zipfile.ZipFile, PackResult]:
    """These papers, brought in order, as a ZIP to look into."""
    wrapped = (paper if isinstance(paper, PackPaper) else PackPaper(paper) for paper in papers)
    ordered = sorted(wrapped, key=lambda paper: paper.order)
    sink = io.BytesIO()
    result = write_pack(replace(Contents(scope=SCOPE, papers=ordered), **changes), sink)
    return zipfile.ZipFile(sink), result


def names(papers: Iterable[Document | PackPaper], **changes: Any) -> list[str]:
    """The names of the papers' files in the pack."""
    return [name for name in packed(papers, **changes)[0].namelist() if name not in LISTS]


def formats(*wanted: Format) -> Scope:
    return replace(SCOPE, formats=frozenset(wanted))


def attachment(name: str, data: bytes = b"hours") -> File:
    return File.of(name, "text/plain", data, FileRole.ATTACHMENT)


def with_files(document: Document, *files: File) -> Document:
    return replace(document, files=(*document.files, *files))


def _manifest(archive: zipfile.ZipFile) -> Any:
    return json.loads(archive.read("manifest.json"))


def _written(document: Document, wanted: str) -> File:
    return File.of("any.xml", "application/xml", f"<{wanted}>{document.number}</{wanted}>".encode())


def _refused(document: Document, wanted: str) -> File:
    raise Held(f"no_{wanted}")


def _is_safe(part: str) -> bool:
    allowed = all(char.isalnum() or char in "._-" for char in part)
    return allowed and 0 < len(part.encode()) <= 150 and part[0] not in ".-" and part[-1] != "."
