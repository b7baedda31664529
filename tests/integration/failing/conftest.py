"""The command as real processes, with a stranger's plugin installed beside it, that may be killed at named places."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hub.app import Hub
from tests.integration.failing.command import Command

_ENTRY = "[hub.v1]\nstranger = hub_stranger\n"
_METADATA = "Metadata-Version: 2.1\nName: hub-stranger\nVersion: 1.0\n"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the stranger's plugin, as an installer leaves it."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copy(Path(__file__).with_name("hub_stranger.py"), folder)
    info = folder / "hub_stranger-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(_METADATA)
    (info / "entry_points.txt").write_text(_ENTRY)
    return folder


@pytest.fixture
def command(hub: Hub, installed: Path, tmp_path: Path) -> Command:
    """The command on the test's home, with a lease of 2 s."""
    return Command(hub.config.home, hub.config.database_url, installed, tmp_path)
