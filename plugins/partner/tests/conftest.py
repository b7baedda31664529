"""The plugin's own tables, made by its migrations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import hub_partner
from hub.app.own_tables import OwnTables
from hub.testing.tables import tables_of


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[OwnTables]:
    """In a database of their own."""
    with tables_of(hub_partner, tmp_path) as tables:
        assert tables is not None
        yield tables
