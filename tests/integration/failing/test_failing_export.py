"""`hub export` killed before its file has its name: no half pack under it, and the next export is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.app import Hub
from hub.core.pack_check import verify_pack
from tests.integration.failing.command import Command, files_in
from tests.integration.ledger import faults, take_in, value


@pytest.mark.parametrize("before", [None, b"the pack of yesterday"], ids=["new", "over an old one"])
def test_a_killed_export_leaves_what_was_there(hub: Hub, command: Command, before: bytes | None) -> None:
    take_in(hub, "F1")
    folder = command.folder / "packs"
    folder.mkdir()
    path = folder / "q1.zip"
    if before is not None:
        path.write_bytes(before)
    words = ("export", "run", "--period", "2026Q1", "--to", str(path))
    assert command.killed_at("export.before_rename=kill", *words)
    assert (path.read_bytes() if path.exists() else None) == before
    assert all(left.name.startswith(".part-") for left in files_in(folder) if left != path)
    assert value(hub, "SELECT count(*) FROM pack") == 0
    assert faults(hub) == ()
    command.run(*words, "--json")
    assert verify_pack(path) == []
    assert value(hub, "SELECT count(*) FROM pack") == 1


def test_an_export_killed_before_its_proof_has_a_whole_pack(hub: Hub, command: Command) -> None:
    take_in(hub, "F1")
    path = command.folder / "q1.zip"
    assert command.killed_at("export.before_rename=kill@2", "export", "run", "--period", "2026Q1", "--to", str(path))
    assert verify_pack(path) == []
    assert not Path(f"{path}.proof.json").exists()
    assert faults(hub) == ()


def test_a_full_disk_refuses_the_export_and_leaves_nothing(hub: Hub, command: Command) -> None:
    take_in(hub, "F1")
    folder = command.folder / "packs"
    folder.mkdir()
    words = ("export", "run", "--period", "2026Q1", "--to", str(folder / "q1.zip"))
    command.run(*words, failpoints="export.before_rename=enospc", code=3)
    assert files_in(folder) == []
    assert faults(hub) == ()
