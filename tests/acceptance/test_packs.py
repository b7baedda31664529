"""`hub export`: the same papers give the same bytes, wherever they go, and nothing is left out without being named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from datetime import date
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path

import pytest

from hub.core.terms import Party
from hub.testing import samples
from hub.testing.smtp import SmtpServer
from tests.acceptance.command import Command

ROOT = Path(__file__).parents[2]
OTHER = samples.belgian("Leverancier BV", "0876543270", "Brugge")
THIRD = samples.belgian("=Derde \u202e[b]NV", "0765432146", "Gent")


@pytest.fixture
def papers(tmp_path: Path) -> list[Path]:
    """Sold and bought, with and without PDF, two with one number and date, one with a name made to deceive."""
    made = {
        "sales-1.xml": samples.invoice(number="F-1", issue_date=date(2026, 1, 15), pdf=samples.pdf("F-1")),
        "sales-2.xml": samples.invoice(number="../F-2", issue_date=date(2026, 2, 1)),
        "sales-3.xml": samples.credit_note(number="C-1", issue_date=date(2026, 3, 31), credited="F-1"),
        "sales-4.xml": samples.quotation(number="O-1", issue_date=date(2026, 4, 1)),
        "bought-1.xml": _bought(OTHER, "A-1", pdf=samples.pdf("A-1")),
        "bought-2.xml": _bought(THIRD, "A-1"),
    }
    folder = tmp_path / "papers"
    folder.mkdir()
    for name, data in made.items():
        (folder / name).write_bytes(data)
    return sorted(folder.iterdir())


def _bought(supplier: Party, number: str, **fields: object) -> bytes:
    day = date(2026, 5, 20)
    return samples.invoice(number=number, issue_date=day, supplier=supplier, customer=samples.SUPPLIER, **fields)


def _pack_anew(home: Path, now: str, papers: Sequence[Path], **environment: str) -> bytes:
    pack = home.with_suffix(".zip")
    command = [sys.executable, "-m", "tests.acceptance.pack_anew", now, str(pack), *map(str, papers)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "HUB_HOME": str(home), **environment}, check=True)
    return pack.read_bytes()


def test_two_homes_make_the_same_bytes_of_the_same_papers(papers: list[Path], tmp_path: Path) -> None:
    one = _pack_anew(tmp_path / "one", "2026-11-24T22:30:00+00:00", papers, TZ="Pacific/Kiritimati", PYTHONHASHSEED="1")
    two = _pack_anew(tmp_path / "two", "2026-11-25T23:45:00+00:00", papers[::-1], TZ="America/Adak", PYTHONHASHSEED="2")
    assert sha256(one).hexdigest() == sha256(two).hexdigest()


@pytest.fixture
def filled(hub: Command, papers: list[Path]) -> Command:
    """The home with those papers."""
    assert [line["result"] for line in hub.lines("import", *papers)] == ["accepted"] * len(papers)
    return hub


def test_a_pack_in_a_file_is_told_with_its_hash_and_whole(filled: Command, tmp_path: Path) -> None:
    pack = tmp_path / "2026.zip"
    made = filled.process("export", "run", "--period", "2026", "--to", str(pack), "--json").one
    assert made == {
        "path": str(pack),
        "sha256": sha256(pack.read_bytes()).hexdigest(),
        "documents": 5,
        "left_out": [
            {"document": filled.lines("doc", "list", "--filter", "kind:quotation")[0]["id"], "reason": "kind"}
        ],
    }
    with zipfile.ZipFile(pack) as archive:
        assert archive.testzip() is None
        kept = {sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    assert {one["sha256"] for one in filled.lines("doc", "list", "--filter", "!kind:quotation")} <= kept


def test_the_proof_beside_a_pack_names_its_hash_and_the_audit_log(filled: Command, tmp_path: Path) -> None:
    pack = tmp_path / "q1.zip"
    made = filled.one("export", "run", "--period", "2026Q1", "--to", pack)
    proof = json.loads((tmp_path / "q1.zip.proof.json").read_text())
    assert (proof["sha256"], proof["documents"], proof["period"]) == (made["sha256"], 3, "2026Q1")
    assert proof["size"] == pack.stat().st_size
    assert proof["audit_heads"]


@pytest.mark.parametrize("period", ["2026-05", "2026Q2", "2026-05-20..2026-05-20"])
def test_a_period_holds_the_papers_issued_in_it(period: str, filled: Command, tmp_path: Path) -> None:
    made = filled.one("export", "run", "--period", period, "--to", tmp_path / "pack.zip")
    assert made["documents"] == 2


def test_a_paper_in_conflict_is_named_as_left_out(filled: Command, tmp_path: Path) -> None:
    rival = tmp_path / "rival.xml"
    rival.write_bytes(samples.invoice(number="F-1", issue_date=date(2026, 1, 16), note="other"))
    [line] = filled("import", rival, "--jsonl").lines
    made = filled.one("export", "run", "--period", "2026-01", "--to", tmp_path / "pack.zip")
    assert made["documents"] == 1
    assert made["left_out"] == [{"document": line["document"]["id"], "reason": "held:conflict"}]
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        assert "held:conflict" in archive.read("manifest.json").decode()


def test_only_new_leaves_out_what_went_to_the_same_target_before(filled: Command, tmp_path: Path) -> None:
    wish = ("export", "run", "--period", "2026Q1", "--only-new", "--to")
    assert filled.one(*wish, tmp_path / "a.zip")["documents"] == 3
    again = filled.one(*wish, tmp_path / "a.zip")
    assert (again["documents"], {one["reason"] for one in again["left_out"]}) == (0, {"exported_before"})
    assert filled.one(*wish, tmp_path / "b.zip")["documents"] == 3


def test_what_is_booked_lies_among_the_copies_or_is_left_out(hub: Command, papers: list[Path], tmp_path: Path) -> None:
    with SmtpServer() as relay:
        _mail(hub, relay, "boeken", "--role", "booking", "--kinds", "sales_invoice", "--approve", "never")
        hub.lines("import", *papers)
        hub.deliver()
    hub.one("export", "run", "--period", "2026", "--to", tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        copies = [name for name in archive.namelist() if name.startswith("copies/sales/invoices/")]
    assert len(copies) == 3  # two invoices, one of them with a PDF
    rest = hub.one("export", "run", "--period", "2026", "--not-booked", "--to", tmp_path / "rest.zip")
    assert rest["documents"] == 3
    assert [one["reason"] for one in rest["left_out"]].count("booked_by:boeken") == 2


def _mail(hub: Command, relay: SmtpServer, name: str, *options: str) -> None:
    settings = {"host": "127.0.0.1", "port": relay.port, "security": "none", "sender": "facturen@voorbeeld.example"}
    given = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    to = ("--set", "to=boekhouder@kantoor.example", "--from", "2026-01-01")
    hub.one("destination", "add", name, "email", *given, *to, *options)


def test_a_pack_to_a_folder_is_queued_and_delivered(filled: Command, tmp_path: Path) -> None:
    filled.one("destination", "add", "map", "ubl_export", "--set", f"path={tmp_path / 'map'}")
    made = filled.one("export", "run", "--period", "2026", "--to", "map")
    assert made["path"] is None
    [queued] = filled.lines("outbox", "list")
    assert (queued["kind"], queued["document"], queued["state"]) == ("pack", None, "queued")
    filled.deliver()
    [arrived] = [path for path in (tmp_path / "map").rglob("*") if path.is_file()]
    assert sha256(arrived.read_bytes()).hexdigest() == made["sha256"]


@pytest.mark.parametrize(
    ("target", "to"),
    [("mail", "boekhouder@kantoor.example"), ("mailto:archief@kantoor.example", "archief@kantoor.example")],
)
def test_a_pack_goes_by_mail(target: str, to: str, filled: Command, relay: SmtpServer) -> None:
    _mail(filled, relay, "mail")
    made = filled.one("export", "run", "--period", "2026", "--to", target)
    filled.deliver()
    [message] = map(message_from_bytes, relay.messages)
    attached = [part.get_payload(decode=True) for part in message.walk() if part.get_filename()]
    assert [sha256(bytes(data)).hexdigest() for data in attached if isinstance(data, bytes)] == [made["sha256"]]
    assert message["To"] == to


def test_mailto_without_one_clear_connection_is_a_usage_error(filled: Command, relay: SmtpServer) -> None:
    wish = ("export", "run", "--period", "2026", "--to", "mailto:archief@kantoor.example", "--json")
    assert (filled(*wish).code, filled(*wish).error["code"]) == (2, "which_connection")
    _mail(filled, relay, "een")
    _mail(filled, relay, "twee")
    assert (filled(*wish).code, filled(*wish).error["code"]) == (2, "which_connection")
    assert filled(*wish, "--via", "een").code == 0


def test_verify_says_that_a_pack_is_whole_and_needs_no_home(filled: Command, tmp_path: Path) -> None:
    pack = tmp_path / "pack.zip"
    filled.one("export", "run", "--period", "2026", "--to", pack)
    elsewhere = Command(tmp_path / "nowhere")
    assert elsewhere.one("export", "verify", pack) == {"path": str(pack), "problems": []}
    assert not elsewhere.home.exists()


def test_verify_finds_a_changed_byte(filled: Command, tmp_path: Path) -> None:
    pack = tmp_path / "pack.zip"
    filled.one("export", "run", "--period", "2026", "--to", pack)
    with zipfile.ZipFile(pack) as archive:
        entry = max(archive.infolist(), key=lambda info: info.compress_size)
    data = bytearray(pack.read_bytes())
    data[entry.header_offset + 100] ^= 1
    pack.write_bytes(data)
    done = filled("export", "verify", pack, "--json")
    assert (done.code, [problem["place"] for problem in done.one["problems"]]) == (6, [entry.filename])


def test_a_pack_is_listed_and_shown(filled: Command, tmp_path: Path) -> None:
    made = filled.one("export", "run", "--period", "2026", "--to", tmp_path / "pack.zip")
    [listed] = filled.lines("export", "list")
    assert (listed["sha256"], listed["documents"], listed["period"]) == (made["sha256"], 5, "2026")
    assert filled.one("export", "show", listed["id"]) == listed
    assert filled("export", "show", 99, "--json").code == 4


def test_a_pack_into_a_folder_that_is_not_there_is_a_usage_error(filled: Command, tmp_path: Path) -> None:
    done = filled("export", "run", "--period", "2026", "--to", tmp_path / "none" / "pack.zip", "--json")
    assert (done.code, done.error["code"]) == (2, "no_folder")
