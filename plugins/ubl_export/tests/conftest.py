"""Where the files lie that the tests of `ubl_export` read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hub import Document, Incoming
from hub_ubl_export.read import read

Reading = Callable[[bytes], Document]


@pytest.fixture(scope="session")
def bad_inputs(pytestconfig: pytest.Config) -> Path:
    """The folder of broken, hostile and odd files, with its index."""
    return pytestconfig.rootpath / "tests" / "data" / "bad_inputs"


@pytest.fixture(scope="session")
def samples_folder() -> Path:
    """Official and public samples, which are not ours to ship."""
    folder = os.environ.get("HUB_ORACLE_DATA")
    if not folder:
        pytest.skip("HUB_ORACLE_DATA is not set")
    return Path(folder) / "samples"


@pytest.fixture(scope="session")
def reading() -> Reading:
    """The document that is read from bytes."""

    def read_bytes(data: bytes) -> Document:
        document = read(Incoming(name="paper.xml", data=data))
        assert document is not None
        return document

    return read_bytes
