"""A backup that is made as the operator's page says while papers come in and go out: restored, it is whole."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from hub.app import Hub
from hub.config import Config
from tests.integration.far import PATIENCE, Far
from tests.integration.keeping import folder
from tests.integration.ledger import add_place, delivering, faults, take_in, value


def copied(hub: Hub, to: Path) -> None:
    """The database first, by SQLite's own means, then the papers."""
    to.mkdir(parents=True, mode=0o700)
    with closing(sqlite3.connect(hub.config.data / "hub.db")) as live, closing(sqlite3.connect(to / "hub.db")) as copy:
        live.backup(copy, pages=1)  # page by page, so that there are writers in between
    shutil.copytree(folder(hub).root, to / "blobs", ignore=shutil.ignore_patterns(".new-*"))


@pytest.mark.sqlite_only("a backup of its file")
def test_a_backup_of_a_busy_home_is_whole(hub: Hub, far: Far, tmp_path: Path) -> None:
    add_place(hub)
    take_in(hub, *(f"A{n}" for n in range(10)))
    stop, busy = threading.Event(), threading.Event()

    def import_more() -> None:
        n = 0
        while not stop.is_set():
            take_in(hub, f"B{n}", f"C{n}")
            n += 1
            if n == 2:
                busy.set()

    thread = threading.Thread(target=import_more)
    with delivering(hub):
        thread.start()
        assert busy.wait(PATIENCE)
        copied(hub, tmp_path / "restored" / "data")
        stop.set()
        thread.join(PATIENCE)
    restored = Hub.open(Config(home=tmp_path / "restored"))
    kept = value(restored, "SELECT count(*) FROM document")
    assert 14 <= kept <= value(hub, "SELECT count(*) FROM document")
    assert faults(restored) == ()
    restored.close()
