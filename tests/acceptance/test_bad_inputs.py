"""Every hostile and broken file through `hub import`: what becomes of it, and that nothing else happens."""

from __future__ import annotations

import hashlib
import socket
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from hub.testing import samples
from tests.acceptance.command import Command, Done, Record, harmful

DATA = Path(__file__).parents[1] / "data" / "bad_inputs"
COMPANY = "0487012353"  # of the files: an example, valid check digits, no such company
CANARY_PORT = 18099  # named by the files: whoever obeys them calls here
MAX_SECONDS = 2.0
MAX_MEMORY = 200 * 2**20


def _expected() -> dict[str, frozenset[str]]:
    """File -> the results that INDEX.tsv allows; only what `hub import` takes."""
    rows = [line.split("\t") for line in (DATA / "INDEX.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    return {name: _results(name, expect) for name, channel, expect, *_ in rows if channel in {"ubl", "archive"}}


def _results(name: str, expect: str) -> frozenset[str]:
    if name == "33_cii.xml":
        return frozenset({"refused"})  # allowed once CII is read
    words = {"hold": "conflict", "reject": "refused"}
    return frozenset(words.get(word, "accepted") for word in expect.split("|"))


EXPECTED = _expected()
FILES = sorted(EXPECTED)


@dataclass(frozen=True)
class Import:
    """One file's import: what the command said, how long it took, the memory it took on top."""

    done: Done
    seconds: float
    memory: int

    @property
    def line(self) -> Record:
        """What the command printed of the file."""
        return self.done.lines[0]


@dataclass(frozen=True)
class Imported:
    """The home after all files, one call of the command for each, in order."""

    hub: Command
    imports: Mapping[str, Import] = field(repr=False)
    calls: int  # that came in at the canary's port


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> Imported:
    hub = Command(tmp_path_factory.mktemp("bad") / "home", (("HUB_DATABASE_URL", module_database_url),))
    assert hub("init", "--company", "Voorbeeld NV", "--enterprise-number", "0487.012.353").code == 0
    with socket.create_server(("127.0.0.1", CANARY_PORT), reuse_port=True) as canary:
        canary.setblocking(False)
        imports = {name: _import(hub, DATA / name) for name in FILES}
        return Imported(hub, imports, len(list(_calls(canary))))


def _import(hub: Command, path: Path) -> Import:
    before, start = _resident_from_here_on(), time.perf_counter()
    done = hub("import", "--company", COMPANY, "--direction", "sales", path, "--jsonl")
    return Import(done, time.perf_counter() - start, _memory("VmHWM") - before)


def _resident_from_here_on() -> int:
    """The memory in use; from now on the highest point is counted anew."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


def _calls(canary: socket.socket) -> Iterator[str]:
    while True:
        try:
            connection, caller = canary.accept()
        except BlockingIOError:
            return
        connection.close()
        yield str(caller)


# -- each file ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_the_result_is_one_that_the_index_allows(name: str, imported: Imported) -> None:
    assert imported.imports[name].line["result"] in EXPECTED[name]


@pytest.mark.parametrize("name", FILES)
def test_the_exit_code_says_whether_it_was_accepted(name: str, imported: Imported) -> None:
    found = imported.imports[name]
    assert found.done.code == (0 if found.line["result"] == "accepted" else 1)


@pytest.mark.parametrize("name", [name for name in FILES if EXPECTED[name] == {"refused"}])
def test_a_refusal_has_a_code_a_place_and_a_sentence(name: str, imported: Imported) -> None:
    [problem] = imported.imports[name].line["problems"]
    assert all(problem[field] for field in ("code", "place", "message"))


@pytest.mark.parametrize("name", FILES)
def test_no_traceback_and_no_control_character_is_printed(name: str, imported: Imported) -> None:
    done = imported.imports[name].done
    assert "Traceback" not in done.out + done.err
    assert harmful((done.out + done.err).encode()) == []


@pytest.mark.parametrize("name", FILES)
def test_it_is_quick_and_takes_little_memory(name: str, imported: Imported) -> None:
    found = imported.imports[name]
    assert found.seconds < MAX_SECONDS
    assert found.memory < MAX_MEMORY


@pytest.mark.parametrize("name", [name for name in FILES if EXPECTED[name] == {"accepted"}])
def test_the_stored_bytes_are_those_of_the_file(name: str, imported: Imported) -> None:
    digest = hashlib.sha256((DATA / name).read_bytes()).hexdigest()
    document = imported.imports[name].line["document"]
    assert document["sha256"] == document["files"][0]["sha256"] == digest
    stored = imported.hub.home / "data" / "blobs" / digest[:2] / digest
    assert stored.read_bytes() == (DATA / name).read_bytes()


# -- the column "must hold" -------------------------------------------------------------------------------------------

FACTS = [
    ("01_ok_baseline.xml", "payable", "145.14"),
    ("01_ok_baseline.xml", "total_without_tax", "119.95"),
    ("01_ok_baseline.xml", "tax_total", "25.19"),
    ("01_ok_baseline.xml", "currency", "EUR"),
    ("01_ok_baseline.xml", "number", "F2026-0001"),
    ("02_ok_utf16_bom.xml", "supplier.name", "Café Élan NV"),
    ("03_ok_latin1_declared.xml", "supplier.name", "Zoë Crème BV"),
    ("04_ok_prefixes_comment_cdata.xml", "number", "F2026-0004"),
    ("05_ok_creditnote.xml", "kind", "sales_credit_note"),
    ("05_ok_creditnote.xml", "payable", "145.14"),
    ("06_ok_odd_names.xml", "supplier.name", '[/b] O\'Neil & Söhne <1> "Ltd"'),
    ("08_ok_date_with_zone.xml", "issue_date", "2026-01-15"),
    ("45_totals_do_not_add_up.xml", "payable", "999.99"),
    ("47_invalid_vat.xml", "supplier.vat", "BE0487012399"),
    ("50_c1_csi_in_name.xml", "supplier.name", "ACME \x9b31mRED\x9b2J NV"),
    ("51_bidi_override_name.xml", "supplier.name", "ACME \u202egro.live\u202c NV"),
    ("52_markup_in_name.xml", "supplier.name", "[@click=app.quit]ACME[/] [/boom]"),
    ("53_formula_in_name.xml", "supplier.name", '=HYPERLINK("http://127.0.0.1:18099/f","x")'),
    ("54_path_traversal_id.xml", "number", "../../../../tmp/F2026-0054"),
]


@pytest.mark.parametrize(("name", "field", "value"), FACTS)
def test_a_fact_is_read_as_it_is_written(name: str, field: str, value: str, imported: Imported) -> None:
    document: Any = imported.imports[name].line["document"]
    assert reduce(lambda record, key: record[key], field.split("."), document) == value


SAID = [
    ("20_truncated.xml", ["line 31", "column 281"]),
    ("21_empty.xml", ["empty"]),
    ("18_deep_nesting.xml", ["nested more than 256 deep"]),
    ("23_utf16_no_bom_no_declaration.xml", ["encoding cannot be known"]),
    ("24_utf7.xml", ["utf-7"]),
    ("25_nul_byte.xml", ["0x0"]),
    ("26_trailing_garbage.xml", ["end of the document"]),
    ("30_html.xml", ["HTML", "not a UBL document"]),
    ("31_pdf_named_xml.xml", ["application/pdf"]),
    ("32_zip_named_xml.xml", ["application/zip"]),
    ("33_cii.xml", ["CII"]),
    ("34_wrong_namespace.xml", ["urn:example:Invoice-2"]),
    ("40_amount_nan.xml", ["TaxInclusiveAmount", "'NaN'"]),
    ("41_amount_exponent.xml", ["TaxInclusiveAmount", "'1e400'"]),
    ("42_amount_underscore.xml", ["TaxInclusiveAmount", "'1_451.40'"]),
    ("43_date_zero.xml", ["IssueDate", "'0000-00-00'"]),
    ("44_missing_id.xml", ["cbc:ID"]),
]


@pytest.mark.parametrize(("name", "words"), SAID, ids=[name for name, _ in SAID])
def test_the_sentence_says_what_is_wrong(name: str, words: list[str], imported: Imported) -> None:
    message = imported.imports[name].line["problems"][0]["message"]
    assert [word for word in words if word not in message] == []


CODES = [
    ("31_pdf_named_xml.xml", "type_mismatch"),
    ("32_zip_named_xml.xml", "type_mismatch"),
    ("60_zip_slip.zip", "zip_not_yet"),
    ("61_zip_bomb_64MiB.zip", "zip_not_yet"),
    ("45_totals_do_not_add_up.xml", "BR-CO-15"),
    ("46_currency_mismatch.xml", "PEPPOL-EN16931-R051"),
    ("47_invalid_vat.xml", "vat.check_digits"),
    ("48_duplicate_line_ids.xml", "line.duplicate_id"),
    ("49_same_number_other_content.xml", "conflict"),
    ("56_attachment_bad_base64.xml", "attachment.base64"),
    ("57_attachment_exe_as_pdf.xml", "attachment.type"),
]


@pytest.mark.parametrize(("name", "code"), CODES)
def test_a_finding_has_its_code(name: str, code: str, imported: Imported) -> None:
    assert code in [problem["code"] for problem in imported.imports[name].line["problems"]]


@pytest.mark.parametrize("name", ["10_xxe_file.xml", "17_xinclude.xml"])
def test_nothing_of_a_file_that_a_paper_names_is_read(name: str, imported: Imported) -> None:
    secret = Path("/etc/passwd").read_text().splitlines()[0].encode()  # the file that both papers name
    done = imported.imports[name].done
    assert secret not in (done.out + done.err).encode()
    assert [path for path in imported.hub.home.rglob("*") if path.is_file() and secret in path.read_bytes()] == []


def test_nobody_called_the_address_that_the_papers_name(imported: Imported) -> None:
    assert imported.calls == 0


def test_a_paper_with_a_doctype_is_never_a_document(imported: Imported) -> None:
    numbers = [document["number"] for document in imported.hub.lines("doc", "list")]
    assert "" not in numbers
    assert "F2026-0014" not in numbers


def test_two_lines_with_one_id_are_both_kept(imported: Imported) -> None:
    document = imported.imports["48_duplicate_line_ids.xml"].line["document"]
    lines = imported.hub.one("doc", "show", document["id"])["facts"]["lines"]
    assert [line["id"] for line in lines] == ["1", "1"]


def test_papers_in_conflict_are_both_kept_and_the_second_is_held(imported: Imported) -> None:
    both = imported.hub.lines("doc", "list", "--filter", "number:F2026-0001")
    assert [document["state"] for document in both] == ["ok", "held"]
    assert f"document {both[0]['id']} has the same" in both[1]["problems"][0]["message"]


def test_an_attachment_that_does_not_decode_is_left_out(imported: Imported) -> None:
    files = imported.imports["56_attachment_bad_base64.xml"].line["document"]["files"]
    assert [file["role"] for file in files] == ["original"]


def test_a_program_called_pdf_is_kept_as_plain_bytes(imported: Imported) -> None:
    files = imported.imports["57_attachment_exe_as_pdf.xml"].line["document"]["files"]
    assert [(file["role"], file["media_type"]) for file in files[1:]] == [("attachment", "application/octet-stream")]


# -- the home afterwards ----------------------------------------------------------------------------------------------


def test_nothing_is_half_stored(imported: Imported) -> None:
    kept = [name for name in FILES if imported.imports[name].line["result"] in {"accepted", "conflict"}]
    assert len(imported.hub.lines("doc", "list")) == len(kept)
    assert len(imported.hub.lines("inbox", "list")) == len(FILES) - len(kept)
    assert imported.hub("verify").code == 0
    assert list(imported.hub.home.rglob(".new-*")) == []


def test_the_bytes_of_what_was_refused_are_kept_for_a_person(imported: Imported) -> None:
    wanted = {hashlib.sha256((DATA / name).read_bytes()).hexdigest() for name in FILES}
    kept = {entry["sha256"] for entry in imported.hub.lines("inbox", "list")}
    kept |= {document["sha256"] for document in imported.hub.lines("doc", "list")}
    assert kept == wanted


def test_a_good_file_imported_next_is_accepted(imported: Imported, tmp_path: Path) -> None:
    good = tmp_path / "good.xml"
    good.write_bytes(samples.invoice(number="F2026-0900", supplier=samples.belgian("Voorbeeld NV", COMPANY, "Gent")))
    assert imported.hub("import", good, "--jsonl").lines[0]["result"] in {"accepted", "duplicate"}


def test_the_names_in_a_pack_are_safe(imported: Imported, tmp_path: Path) -> None:
    pack = tmp_path / "pack.zip"
    imported.hub.one("export", "run", "--period", "2026", "--to", pack)
    with zipfile.ZipFile(pack) as archive:
        names = archive.namelist()
    assert harmful("".join(names).encode()) == []
    parts = [part for name in names for part in name.split("/")]
    assert [part for part in parts if part.startswith((".", "-")) or not part or len(part.encode()) > 150] == []
    assert any("F2026-0054" in name for name in names)


def test_no_cell_of_a_pack_s_tables_is_a_formula(imported: Imported, tmp_path: Path) -> None:
    pack = tmp_path / "pack.zip"
    imported.hub.one("export", "run", "--period", "2026", "--to", pack)
    with zipfile.ZipFile(pack) as archive:
        tables = [archive.read(name).decode("utf-8-sig") for name in archive.namelist() if name.endswith(".csv")]
    assert any("HYPERLINK" in table for table in tables)
    cells = [cell.strip('"') for table in tables for line in table.splitlines() for cell in line.split(";")]
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))] == []


def test_the_command_imports_the_whole_folder_at_a_terminal(bare: Command) -> None:
    hub = bare
    assert hub("init", "--company", "Voorbeeld NV", "--enterprise-number", COMPANY).code == 0
    code, seen = hub.terminal("import", *(DATA / name for name in FILES), "--direction", "sales")
    assert code == 5
    assert harmful(seen) == []
    assert b"Traceback" not in seen


# -- a PDF ------------------------------------------------------------------------------------------------------------

PDF_FACTS = ("--kind", "purchase_invoice", "--number", "K-7", "--date", "2026-03-02", "--supplier", "BE0876543270")


def test_a_pdf_with_its_facts_is_a_document(hub: Command, tmp_path: Path) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(samples.pdf("Factuur K-7"))
    line = hub("import", paper, *PDF_FACTS, "--total", "121.00", "--jsonl").lines[0]
    assert line["result"] == "accepted"
    document = line["document"]
    assert (document["number"], document["payable"]) == ("K-7", "121.00")
    assert document["supplier"] == {"name": "", "vat": "BE0876543270"}


def test_a_pdf_without_its_facts_is_parked(hub: Command, tmp_path: Path) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(samples.pdf("Factuur K-7"))
    done = hub("import", paper, *PDF_FACTS, "--jsonl")
    [problem] = done.lines[0]["problems"]
    assert (done.code, done.lines[0]["result"], problem["code"]) == (1, "parked", "facts_missing")
    assert "--total" in problem["message"]
