"""A pack has the same bytes each time, holds nothing foreign, damaged or half, and memory stays flat."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.core import periods
from hub.core.disk import write_file
from hub.core.document import Kind
from hub.core.files import File, FileRole
from hub.core.packs import Contents, LeftOut, PackPaper, Scope, write_pack
from hub.errors import CorruptError
from hub.testing.specimen import COMPANY, COMPANY_NAME, sample_document

SCOPE = Scope(company=COMPANY, company_name=COMPANY_NAME, period=periods.parse("2026Q1"))


class Sink:
    """Takes bytes and can do nothing else."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        """Keep them."""
        self.data += data


class Drain:
    """Keeps nothing."""

    def write(self, data: bytes) -> None:
        """Let them go."""


class FullDisk:
    """Takes nothing."""

    def write(self, data: bytes) -> None:
        """Fail as a full disk does."""
        raise OSError(28, "No space left on device")


def test_the_same_papers_give_the_same_bytes_from_any_order_and_home() -> None:
    here = some_papers()
    there = [
        PackPaper(
            replace(
                paper.document,
                id=900 + n,
                uid=f"{n:032}",
                source="mailbox",
                arrived_at=datetime(2026, 5, 5, tzinfo=UTC),
                files=paper.document.files[:1] + paper.document.files[:0:-1],
            ),
            paper.booked_by,
        )
        for n, paper in enumerate(reversed(here))
    ]
    assert _bytes(here) == _bytes(there)


def test_a_file_and_an_unseekable_sink_get_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    result = write_file(path, lambda out: write_pack(in_order(some_papers()), out))
    assert path.read_bytes() == _bytes(some_papers())
    assert (result.sha256, result.size) == (
        hashlib.sha256(path.read_bytes()).hexdigest(),
        path.stat().st_size,
    )


@pytest.mark.parametrize(
    "environment",
    [
        {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
        {"TZ": "America/New_York", "PYTHONHASHSEED": "2", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1700000000"},
    ],
)
def test_clock_zone_hash_seed_and_locale_change_no_byte(environment: dict[str, str]) -> None:
    program = "import runpy, sys; print(runpy.run_path(sys.argv[1])['digest_of_some_papers']())"
    done = subprocess.run(
        [sys.executable, "-c", program, __file__],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == digest_of_some_papers()


def test_entries_have_fixed_dates_modes_and_system() -> None:
    archive = zipfile.ZipFile(io.BytesIO(_bytes(some_papers())))
    heads = {(info.date_time, info.external_attr >> 16, info.create_system) for info in archive.infolist()}
    assert heads == {((1980, 1, 1, 0, 0, 0), 0o100644, 3)}


def test_a_reader_that_cannot_seek_finds_every_entry() -> None:
    data = _bytes(some_papers())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        by_directory = {info.filename: archive.read(info) for info in archive.infolist()}
    assert dict(_read_forward(data)) == by_directory


def test_a_paper_of_another_company_is_never_packed() -> None:
    with pytest.raises(ValueError, match="one company"):
        write_pack(in_order([PackPaper(sample_document("F1", company="0876543270"))]), Drain())


@pytest.mark.parametrize("papers", [["F2", "F1"], ["F1", "F1"]])
def test_papers_out_of_order_or_twice_are_a_fault_of_the_caller(papers: list[str]) -> None:
    loose = Contents(scope=SCOPE, papers=[PackPaper(sample_document(number)) for number in papers])
    with pytest.raises(ValueError, match="in order"):
        write_pack(loose, Sink())


@pytest.mark.parametrize("stored", [b"", b"changed", b"the bytes and more"])
def test_damaged_bytes_are_never_packed(stored: bytes) -> None:
    good = File.of("F1.xml", "application/xml", b"the bytes")
    sink = Sink()
    paper = replace(sample_document("F1"), files=(replace(good, opener=lambda: io.BytesIO(stored)),))
    with pytest.raises(CorruptError, match=r"F1\.xml"):
        write_pack(in_order([PackPaper(sample_document("F0")), PackPaper(paper)]), sink)
    assert not zipfile.is_zipfile(io.BytesIO(sink.data))


def test_a_full_disk_while_packing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="No space left"):
        write_file(path, lambda _: write_pack(in_order(some_papers()), FullDisk()))
    assert [entry.name for entry in tmp_path.iterdir()] == ["pack.zip"]
    assert path.read_bytes() == b"old"


def test_damaged_bytes_leave_no_file(tmp_path: Path) -> None:
    bad = replace(File.of("F1.xml", "application/xml", b"good"), opener=lambda: io.BytesIO(b"evil"))
    paper = replace(sample_document("F1"), files=(bad,))
    with pytest.raises(CorruptError):
        write_file(tmp_path / "pack.zip", lambda out: write_pack(in_order([PackPaper(paper)]), out))
    assert list(tmp_path.iterdir()) == []


def test_a_kill_before_the_rename_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    program = (
        "import pathlib, sys; from hub.core.disk import write_file;"
        "write_file(pathlib.Path(sys.argv[1]), lambda out: out.write(b'half'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, path],
        env=os.environ | {"HUB_FAILPOINTS": "export.before_rename=kill"},
        check=False,
    )
    assert done.returncode == -9
    assert not path.exists()


def test_a_file_written_whole_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    assert write_file(path, lambda out: out.write(b"whole")) == 5
    assert path.read_bytes() == b"whole"
    assert path.stat().st_mode & 0o777 == 0o600


def test_memory_stays_flat_while_megabytes_pass(tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(os.urandom(20 << 20))
    digest = hashlib.sha256(scan.read_bytes()).hexdigest()
    picture = File("x.pdf", "application/pdf", 20 << 20, digest, lambda: scan.open("rb"))
    papers = [PackPaper(replace(sample_document(f"F{n}"), files=(picture,))) for n in range(5)]
    tracemalloc.start()
    try:
        result = write_file(tmp_path / "pack.zip", lambda out: write_pack(in_order(papers), out))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result.size > 100 << 20
    assert peak < 4 << 20


def test_many_papers_cost_a_few_kilobytes_each() -> None:
    def papers(count: int) -> Iterator[PackPaper]:
        template = sample_document("F")
        for n in range(count):
            number = f"F{n:06}"
            one = File.of("x.xml", "application/xml", number.encode())
            yield PackPaper(replace(template, number=number, files=(one,), sha256=one.sha256))

    tracemalloc.start()
    try:
        result = write_pack(Contents(scope=SCOPE, papers=papers(3000)), Drain())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result.documents == 3000
    assert peak < 3000 * 4096


def some_papers() -> list[PackPaper]:
    """A paper of each kind and one that somebody else books."""
    beside = [File.of(f"{n}.txt", "text/plain", b"%d" % n, FileRole.ATTACHMENT) for n in range(3)]
    booked = sample_document("F9")
    papers = [PackPaper(sample_document(f"{kind}-1", kind=kind)) for kind in Kind]
    return [*papers, PackPaper(replace(booked, files=(*booked.files, *beside)), "exact")]


def in_order(papers: Iterable[PackPaper]) -> Contents:
    """These papers and one left out."""
    left_out = [LeftOut(Kind.OTHER, "X", date(2026, 1, 2), "cd" * 32, "held")]
    return Contents(scope=SCOPE, papers=sorted(papers, key=lambda paper: paper.order), left_out=left_out)


def digest_of_some_papers() -> str:
    """What a child process of this test prints."""
    return hashlib.sha256(_bytes(some_papers())).hexdigest()


def _bytes(papers: Iterable[PackPaper]) -> bytes:
    sink = Sink()
    write_pack(in_order(papers), sink)
    return bytes(sink.data)


def _read_forward(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of each entry, from the first byte to the last, without the directory at the end."""
    while data.startswith(b"PK\x03\x04"):
        flags, method, name_length, extra_length = struct.unpack_from("<6xHH16xHH", data)
        assert (flags & 8, method) == (8, zipfile.ZIP_DEFLATED)
        start = 30 + name_length
        inflate = zlib.decompressobj(-15)
        content = inflate.decompress(data[start + extra_length :])
        assert inflate.unused_data.startswith(b"PK\x07\x08")
        yield data[30:start].decode(), content
        data = inflate.unused_data[16:]
