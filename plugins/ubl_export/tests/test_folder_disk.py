"""No link leads outside the folder, and what the disk refuses is named."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hub import Absent, Artifact, File, Held, NotSent, SettingsError, Turn
from hub.testing.specimen import NOW, make_delivery, sample_document
from hub_ubl_export import write
from hub_ubl_export.folder import Seen, inside, judged, look, put
from hub_ubl_export.health import health
from hub_ubl_export.settings import FolderSettings

FILE = File.of("F1.xml", "application/xml", b"<a/>")
ELSE = b"something else"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that no paper may reach."""
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The destination's folder."""
    folder = tmp_path / "export"
    folder.mkdir()
    return folder


def settings(root: Path) -> FolderSettings:
    return FolderSettings.model_validate({"path": str(root), "pattern": "sub/{number}"})


def artifact(name: str) -> Artifact:
    return Artifact((File.of(name, "application/xml", b"<a/>"),))


def test_a_link_inside_the_folder_is_not_followed(root: Path, outside: Path) -> None:
    (root / "sub").symlink_to(outside)
    for act in (write.deliver, lambda *a: write.trace(a[0], a[2], a[3])):
        with pytest.raises(SettingsError) as caught:
            act(artifact("sub/F1.xml"), make_delivery(), settings(root), NOW)
        assert caught.value.reason == "no_folder"
    assert list(outside.iterdir()) == []


def test_the_folder_itself_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    write.deliver(artifact("F1.xml"), make_delivery(), settings(tmp_path / "link"), NOW)
    assert (root / "F1.xml").read_bytes() == b"<a/>"


def test_a_link_under_the_wanted_name_is_left_alone(root: Path, outside: Path) -> None:
    (outside / "victim").write_bytes(ELSE)
    (root / "F1.xml").symlink_to(outside / "victim")
    receipt = write.deliver(artifact("F1.xml"), make_delivery(), settings(root), NOW)
    assert Path(receipt.reference).name.startswith("F1_")
    assert (outside / "victim").read_bytes() == ELSE


def test_a_link_to_the_very_bytes_is_not_the_paper(root: Path, outside: Path) -> None:
    (outside / "copy").write_bytes(b"<a/>")
    (root / "F1.xml").symlink_to(outside / "copy")
    assert isinstance(write.trace(artifact("F1.xml"), settings(root), NOW), Absent)


@pytest.mark.parametrize("name", ["../F1.xml", "/F1.xml", "sub/../../F1.xml"])
def test_a_prepared_name_that_leads_outside_is_held(name: str, root: Path) -> None:
    with pytest.raises(Held) as caught:
        write.deliver(artifact(name), make_delivery(), settings(root), NOW)
    assert caught.value.reason == "unsafe_name"
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("kind", ["nothing", "same", "shorter", "as long", "folder", "pipe", "dangling link"])
def test_what_lies_under_a_name_is_seen(kind: str, root: Path) -> None:
    path = root / "F1.xml"
    makers: dict[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "same": lambda: path.write_bytes(b"<a/>"),
        "shorter": lambda: path.write_bytes(b""),
        "as long": lambda: path.write_bytes(b"<b/>"),
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "dangling link": lambda: path.symlink_to("nowhere"),
    }
    makers[kind]()
    expected = {"nothing": Seen.NOTHING, "same": Seen.SAME}.get(kind, Seen.OTHER)
    with inside(root, (), make=False) as folder:
        assert look(folder, "F1.xml", FILE) is expected


def test_a_pipe_is_not_an_empty_file(root: Path) -> None:
    os.mkfifo(root / "empty")
    with inside(root, (), make=False) as folder:
        assert look(folder, "empty", File.of("empty", "text/plain", b"")) is Seen.OTHER


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_a_taken_name_is_never_replaced(links: bool, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not links:
        monkeypatch.setattr(os, "link", _no_links)
    (root / "F1.xml").write_bytes(ELSE)
    with inside(root, (), make=False) as folder, pytest.raises(FileExistsError):
        put(folder, "F1.xml", ".part", FILE)
    assert (root / "F1.xml").read_bytes() == ELSE
    assert [path.name for path in root.iterdir()] == ["F1.xml"]


def test_a_disk_without_hard_links_will_do(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", _no_links)
    with inside(root, (), make=False) as folder:
        put(folder, "F1.xml", ".part", FILE)
    assert {path.name: path.read_bytes() for path in root.iterdir()} == {"F1.xml": b"<a/>"}


def _no_links(*_: object, **__: object) -> None:
    """A file system such as exFAT."""
    raise OSError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize(
    ("number", "error", "reason"),
    [
        (errno.ENOSPC, NotSent, "disk_full"),
        (errno.EDQUOT, NotSent, "disk_full"),
        (errno.EIO, NotSent, "disk_error"),
        (errno.ESTALE, NotSent, "disk_error"),
        (errno.ETIMEDOUT, NotSent, "disk_error"),
        (errno.EEXIST, NotSent, "disk_error"),
        (errno.EACCES, SettingsError, "not_writable"),
        (errno.EPERM, SettingsError, "not_writable"),
        (errno.EROFS, SettingsError, "not_writable"),
        (errno.ENOENT, SettingsError, "no_folder"),
        (errno.ENOTDIR, SettingsError, "no_folder"),
        (errno.ELOOP, SettingsError, "no_folder"),
        (errno.ENAMETOOLONG, SettingsError, "no_folder"),
    ],
    ids=lambda value: errno.errorcode[value] if isinstance(value, int) else "",
)
def test_what_the_disk_refuses_is_what_happens_next(number: int, error: type, reason: str) -> None:
    found = judged(OSError(number, os.strerror(number)), Path("/x"))
    assert type(found) is error
    assert found.reason == reason
    assert found.detail == f"/x: {os.strerror(number)}"


def test_a_full_disk_is_not_sent_and_leaves_no_half_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotSent) as caught:
        write.deliver(artifact("F1.xml"), make_delivery(sample_document()), settings(root), NOW)
    assert caught.value.reason == "disk_full"
    assert list(root.iterdir()) == []


def test_a_good_folder_is_healthy_and_stays_as_it_is(root: Path) -> None:
    found = health(settings(root))
    assert [(step.name, step.ok) for step in found.steps] == [("folder", True), ("writable", True), ("room", True)]
    assert found.turn is None
    assert list(root.iterdir()) == []


def test_a_folder_that_has_to_be_made_is_healthy_and_not_made(root: Path) -> None:
    found = health(settings(root / "new"))
    assert found.ok
    assert "will be made" in found.steps[0].message
    assert not (root / "new").exists()


@pytest.mark.parametrize("name", ["not/mounted", "x" * 300], ids=["not there", "no name"])
def test_a_folder_that_cannot_be_is_the_operator_s_turn(name: str, root: Path) -> None:
    found = health(settings(root / name))
    assert [(step.name, step.ok) for step in found.steps] == [("folder", False)]
    assert found.turn is Turn.YOU
