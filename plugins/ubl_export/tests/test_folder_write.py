"""Papers reach the folder whole, once, and under a name of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from hub import Absent, Artifact, Document, File, FileRole, Held, NotSent, Receipt, SettingsError
from hub.testing.specimen import NOW, make_delivery, make_pack, sample_document
from hub_ubl_export import prepare_pack, write
from hub_ubl_export.settings import FolderSettings

XML, PDF = b"<a/>", b"%PDF-1.4"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The destination's folder; only the folder around it exists."""
    return tmp_path / "share" / "export"


@pytest.fixture
def settings(root: Path) -> FolderSettings:
    """A flat folder, so that names are short."""
    root.parent.mkdir()
    return FolderSettings.model_validate({"path": str(root), "pattern": "sub/{number}"})


def paper(data: bytes = XML, picture: bytes = b"", **changes: Any) -> Document:
    media = "application/pdf" if data.startswith(b"%PDF") else "application/xml"
    files = [File.of("came", media, data)]
    if picture:
        files.append(File.of("picture", "application/pdf", picture, FileRole.PDF))
    return sample_document("F1", files=tuple(files), sha256=files[0].sha256, **changes)


def prepared(document: Document, settings: FolderSettings, export: Callable[[str], File] | None = None) -> Artifact:
    return write.prepare(document, make_delivery(document), export or (lambda _: document.original), settings)


def deliver(document: Document, settings: FolderSettings, attempt: int = 1) -> Receipt:
    delivery = make_delivery(document, attempt=attempt)
    return write.deliver(prepared(document, settings), delivery, settings, NOW)


def trace(document: Document, settings: FolderSettings) -> Receipt | Absent:
    return write.trace(prepared(document, settings), settings, NOW)


def names(root: Path) -> list[str]:
    return sorted(str(file.relative_to(root)) for file in root.rglob("*") if not file.is_dir() or file.is_symlink())


def test_a_paper_is_written_whole_and_its_path_is_the_receipt(root: Path, settings: FolderSettings) -> None:
    document = paper()
    receipt = deliver(document, settings)
    assert receipt.reference == str(root / "sub" / "F1.xml")
    assert Path(receipt.reference).read_bytes() == XML
    assert receipt.detail == {"F1.xml": document.sha256}
    assert receipt.at == NOW


def test_the_same_paper_twice_is_one_file(root: Path, settings: FolderSettings) -> None:
    first, second = deliver(paper(), settings), deliver(paper(), settings, attempt=2)
    assert first == second
    assert names(root) == ["sub/F1.xml"]


def test_another_paper_of_that_name_gets_its_hash_behind_it(root: Path, settings: FolderSettings) -> None:
    other = paper(b"<b/>")
    deliver(paper(), settings)
    for _ in range(2):
        receipt = deliver(other, settings)
        assert receipt.reference == str(root / "sub" / f"F1_{other.sha256[:8]}.xml")
    assert (root / "sub" / "F1.xml").read_bytes() == XML
    assert len(names(root)) == 2


def test_a_pair_of_files_keeps_one_name(root: Path, settings: FolderSettings) -> None:
    both = settings.model_copy(update={"format": "both"})
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "F1.pdf").write_bytes(b"another picture")
    document = paper(picture=PDF)
    deliver(document, both)
    suffix = prepared(document, both).sha256[:8]
    assert names(root) == ["sub/F1.pdf", f"sub/F1_{suffix}.pdf", f"sub/F1_{suffix}.xml"]


def test_when_both_names_are_taken_a_person_decides(root: Path, settings: FolderSettings) -> None:
    document = paper()
    (root / "sub").mkdir(parents=True)
    for name in ("F1.xml", f"F1_{document.sha256[:8]}.xml"):
        (root / "sub" / name).write_bytes(b"something else")
    with pytest.raises(Held) as caught:
        deliver(document, settings)
    assert caught.value.reason == "name_taken"
    assert isinstance(trace(document, settings), Absent)


def _no_ubl(_: str) -> File:
    raise Held("no_ubl")


@pytest.mark.parametrize(
    ("form", "document", "has_ubl", "endings"),
    [
        ("original", paper(XML, PDF), True, [".xml"]),
        ("original", paper(PDF), False, [".pdf"]),
        ("ubl", paper(XML, PDF), True, [".xml"]),
        ("ubl", paper(PDF), False, [".pdf"]),
        ("pdf", paper(XML, PDF), True, [".pdf"]),
        ("pdf", paper(PDF), False, [".pdf"]),
        ("pdf", paper(XML), True, [".xml"]),
        ("both", paper(XML, PDF), True, [".xml", ".pdf"]),
        ("both", paper(XML), True, [".xml"]),
        ("both", paper(PDF), False, [".pdf"]),
    ],
)
def test_what_there_is_of_the_wanted_form_goes(
    form: str, document: Document, has_ubl: bool, endings: list[str], settings: FolderSettings
) -> None:
    wanted = FolderSettings.model_validate({**settings.model_dump(), "format": form})
    artifact = prepared(document, wanted, None if has_ubl else _no_ubl)
    assert [part.name for part in artifact.parts] == [f"sub/F1{ending}" for ending in endings]


def test_preparing_touches_nothing(root: Path, settings: FolderSettings) -> None:
    prepared(paper(), settings)
    assert not root.exists()


def test_trace_finds_a_paper_under_either_name(root: Path, settings: FolderSettings) -> None:
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "F1.xml").write_bytes(b"something else")
    assert isinstance(trace(paper(), settings), Absent)
    receipt = deliver(paper(), settings)
    assert trace(paper(), settings) == receipt


def test_a_pair_of_which_one_is_missing_has_not_arrived(root: Path, settings: FolderSettings) -> None:
    both = settings.model_copy(update={"format": "both"})
    receipt = deliver(paper(picture=PDF), both)
    (root / "sub" / "F1.pdf").unlink()
    assert isinstance(trace(paper(picture=PDF), both), Absent)
    assert deliver(paper(picture=PDF), both) == receipt
    assert names(root) == ["sub/F1.pdf", "sub/F1.xml"]


@pytest.mark.parametrize("there", ["nothing", "root", "sub"])
def test_trace_makes_nothing(there: str, root: Path, settings: FolderSettings) -> None:
    made = {"nothing": root.parent, "root": root, "sub": root / "sub"}[there]
    made.mkdir(parents=True, exist_ok=True)
    assert isinstance(trace(paper(), settings), Absent)
    assert list(made.iterdir()) == []


def test_a_disk_that_is_not_there_says_nothing_about_a_paper(root: Path, settings: FolderSettings) -> None:
    root.parent.rmdir()
    with pytest.raises(SettingsError):
        trace(paper(), settings)
    with pytest.raises(SettingsError):
        deliver(paper(), settings)
    assert not root.parent.exists()


def test_a_pack_is_written_in_pieces(root: Path, settings: FolderSettings) -> None:
    asked: list[int] = []
    content = b"PK\x05\x06" + bytes(3_000_000)

    class Recording:
        """A stream that remembers how much is asked of it."""

        def __init__(self, stream: BinaryIO) -> None:
            self.stream = stream

        def __enter__(self) -> Recording:
            return self

        def __exit__(self, *_: object) -> None:
            self.stream.close()

        def read(self, size: int = -1) -> bytes:
            asked.append(size)
            return self.stream.read(size)

    pack = make_pack(content)
    opener: Any = lambda: Recording(pack.file.open())  # noqa: E731 - an opener is a function without a name
    artifact = prepare_pack(replace(pack, file=replace(pack.file, opener=opener)))
    receipt = write.deliver(artifact, make_delivery(pack), settings, NOW)
    assert Path(receipt.reference).read_bytes() == content
    assert Path(receipt.reference).parent == root / pack.company / "packs"
    assert len(asked) > 3
    assert 0 < max(asked) <= 1 << 20
    assert min(asked) > 0


def test_bytes_that_are_not_what_they_were_never_get_the_name(root: Path, settings: FolderSettings) -> None:
    document = paper()
    damaged = replace(prepared(document, settings).parts[0], sha256="0" * 64)
    with pytest.raises(Held) as caught:
        write.deliver(Artifact((damaged,)), make_delivery(document), settings, NOW)
    assert caught.value.reason == "corrupt"
    assert names(root) == []


def test_a_source_that_breaks_leaves_nothing_behind(root: Path, settings: FolderSettings) -> None:
    document = paper()

    def broken() -> BinaryIO:
        raise OSError(5, "Input/output error")

    part = replace(prepared(document, settings).parts[0], opener=broken)
    with pytest.raises(NotSent):
        write.deliver(Artifact((part,)), make_delivery(document), settings, NOW)
    assert names(root) == []


_CUT_OFF = """
import os, sys
from dataclasses import replace
from hub import Artifact
from hub.testing.specimen import NOW, make_delivery, sample_document
from hub_ubl_export import write
from hub_ubl_export.settings import FolderSettings

class Deadly:
    def __enter__(self): return self
    def __exit__(self, *_): return None
    def read(self, size):
        if self.__dict__.setdefault("read_before", False):
            os._exit(9)
        self.read_before = True
        return b"half a paper" * 100_000

settings = FolderSettings.model_validate({"path": sys.argv[1], "pattern": "sub/{number}"})
document = sample_document("F1")
artifact = write.prepare(document, make_delivery(document), lambda _: document.original, settings)
part = replace(artifact.parts[0], opener=Deadly)
write.deliver(Artifact((part,)), make_delivery(document), settings, NOW)
"""


def test_a_process_killed_while_writing_leaves_no_half_paper(root: Path, settings: FolderSettings) -> None:
    done = subprocess.run([sys.executable, "-c", _CUT_OFF, str(root)], check=False, timeout=60)
    assert done.returncode == 9
    [left] = names(root)
    assert left.startswith("sub/.")
    document = sample_document("F1")
    assert isinstance(trace(document, settings), Absent)
    deliver(document, settings, attempt=2)
    assert names(root) == ["sub/F1.xml"]
    assert (root / "sub" / "F1.xml").read_bytes() == document.original.read()


@pytest.mark.parametrize("contents", [[XML] * 8, [f"<a{n}/>".encode() for n in range(8)]], ids=["same", "other"])
def test_writers_at_the_same_time_never_replace_each_other(
    contents: list[bytes], root: Path, settings: FolderSettings
) -> None:
    start = threading.Barrier(len(contents))

    def one(number: int) -> Receipt:
        document = paper(contents[number])
        start.wait(timeout=10)
        for attempt in range(1, 20):
            try:
                return deliver(document, settings, attempt=attempt + 100 * number)
            except NotSent:
                continue
        raise AssertionError("never written")

    with ThreadPoolExecutor(len(contents)) as pool:
        receipts = list(pool.map(one, range(len(contents))))
    assert [Path(receipt.reference).read_bytes() for receipt in receipts] == contents
    assert len(names(root)) == len(set(contents))


def test_bytes_are_on_the_disk_before_their_name_and_the_name_before_the_receipt(
    root: Path, settings: FolderSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def recorded(call: str) -> Callable[..., Any]:
        real = getattr(os, call)

        def record_and_do(*args: Any, **named: Any) -> Any:
            done.append(call)
            return real(*args, **named)

        return record_and_do

    for call in ("fsync", "link", "mkdir"):
        monkeypatch.setattr(os, call, recorded(call))
    deliver(paper(), settings)
    assert done == ["mkdir", "fsync", "mkdir", "fsync", "fsync", "link", "fsync"]
