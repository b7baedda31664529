"""`verify_pack` finds what is damaged, missing, foreign or doubled in a pack, and survives any bytes."""

from __future__ import annotations

import io
import json
import time
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core import periods
from hub.core.document import Kind
from hub.core.pack_check import verify_pack
from hub.core.packs import Contents, LeftOut, PackPaper, Scope, write_pack
from hub.errors import NotFoundError
from hub.testing.specimen import COMPANY, COMPANY_NAME, sample_document

XML = "sales/invoices/2026-01-15_F1.xml"
Files = dict[str, bytes]


def _good() -> bytes:
    scope = Scope(company=COMPANY, company_name=COMPANY_NAME, period=periods.parse("2026Q1"))
    sink = io.BytesIO()
    papers = [PackPaper(sample_document("F1")), PackPaper(sample_document("F2"))]
    write_pack(
        Contents(scope=scope, papers=papers, left_out=[LeftOut(Kind.OTHER, "X", None, "ab" * 32, "held")]),
        sink,
    )
    return sink.getvalue()


GOOD = _good()


def test_a_pack_as_it_was_written_is_whole(tmp_path: Path) -> None:
    assert _codes(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda files: {**files, XML: b"<other/>"}, "pack.differs", XML),
        (lambda files: {**files, XML: files[XML] + b" "}, "pack.differs", XML),
        (lambda files: {**files, XML: files[XML][:-1]}, "pack.differs", XML),
        (lambda files: {**files, "index.csv": b""}, "pack.differs", "index.csv"),
        (lambda files: {**files, "left_out.csv": b""}, "pack.differs", "left_out.csv"),
        (lambda files: {name: files[name] for name in files if name != XML}, "pack.missing", XML),
        (lambda files: {**files, "invoice\x9b.exe": b"MZ"}, "pack.extra", "invoice\\u{9b}.exe"),
        (lambda files: {**files, "../../x": b"x"}, "pack.extra", "../../x"),
        (
            lambda files: {n: files[n] for n in files if n != "manifest.json"},
            "pack.unreadable",
            "manifest.json",
        ),
    ],
)
def test_a_changed_pack_is_found_out(tmp_path: Path, change: Callable[[Files], Files], code: str, place: str) -> None:
    data = _zip(change(_files(GOOD)))
    assert _codes(tmp_path, data) == [(code, place)]


def test_damage_inside_a_file_names_that_file(tmp_path: Path) -> None:
    data = bytearray(GOOD)
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        data[archive.getinfo(XML).header_offset + 30 + len(XML) + 100] ^= 0xFF
    assert _codes(tmp_path, bytes(data)) == [("pack.differs", XML)]


def test_a_file_larger_than_the_manifest_says_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    manifest = {"version": 1, "papers": [], "lists": [{"name": "bomb", "sha256": "", "size": 1}]}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("bomb", bytes(100_000_000))
    started = time.process_time()
    with zipfile.ZipFile(path) as archive, archive.open("bomb") as stream:
        while stream.read(1 << 18):
            pass
    whole = time.process_time() - started
    assert [problem.code for problem in verify_pack(path)] == ["pack.differs"]
    assert time.process_time() - started - whole < whole / 4


def test_a_name_that_is_there_twice_is_found(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(GOOD)
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(XML, b"<other/>")
    assert {problem.code for problem in verify_pack(path)} == {"pack.double", "pack.differs"}


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b'{"version":2,"lists":[],"papers":[]}',
        b'{"version":1,"lists":{},"papers":[1]}',
        b'{"version":1,"lists":[{"name":"a"}],"papers":[]}',
        b'{"version":1,"lists":[{"name":[],"sha256":"","size":0}],"papers":[]}',
        b'{"version":1,"lists":[{"name":"a","sha256":"","size":"0"}],"papers":[]}',
        b'{"version":1,"lists":[],"papers":[{"files":null}]}',
        b"[" * 100_000,
    ],
)
def test_a_manifest_of_another_form_is_unreadable(tmp_path: Path, manifest: bytes) -> None:
    data = _zip({"manifest.json": manifest, "a": b""})
    assert [code for code, _ in _codes(tmp_path, data)] == ["pack.unreadable"]


def test_a_manifest_that_names_a_file_twice_is_unreadable(tmp_path: Path) -> None:
    files = _files(GOOD)
    manifest: Any = json.loads(files["manifest.json"])
    manifest["lists"] *= 2
    data = _zip({**files, "manifest.json": json.dumps(manifest).encode()})
    assert [code for code, _ in _codes(tmp_path, data)] == ["pack.unreadable"]


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04", GOOD[: len(GOOD) // 2], GOOD[:-30]])
def test_what_is_no_whole_zip_is_unreadable(tmp_path: Path, data: bytes) -> None:
    assert [code for code, _ in _codes(tmp_path, data)] == ["pack.unreadable"]


@pytest.mark.parametrize("name", ["gone.zip", "."])
def test_no_file_to_read_is_said_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError):
        verify_pack(tmp_path / name)


@given(at=st.integers(0, len(GOOD) - 1), value=st.integers(0, 255))
def test_any_changed_byte_gives_problems_and_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, at: int, value: int
) -> None:
    data = bytearray(GOOD)
    data[at] = value
    whole = tmp_path_factory.getbasetemp() / "changed.zip"
    whole.write_bytes(data)
    problems = verify_pack(whole)
    if not problems:
        assert _contents(bytes(data)) == _contents(GOOD)


def _codes(folder: Path, data: bytes) -> list[tuple[str, str]]:
    path = folder / "pack.zip"
    path.write_bytes(data)
    return [(problem.code, problem.place) for problem in verify_pack(path)]


def _files(data: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _contents(data: bytes) -> Files:
    """Every file but the manifest, whose spaces may differ."""
    return {name: content for name, content in _files(data).items() if name != "manifest.json"}


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
