"""The order in which things become durable: bytes, their name, the row that names them, and only then the answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hub.app import Hub
from hub.testing.samples import invoice, pdf
from tests.integration.failing.command import Command
from tests.integration.far import Far


@pytest.fixture
def order(hub: Hub, far: Far, command: Command, tmp_path: Path) -> list[str]:
    """What an import of one paper with a picture did, in order."""
    paper, told = tmp_path / "F1.xml", tmp_path / "order"
    paper.write_bytes(invoice(number="F1", pdf=pdf("F1")))
    driver = Path(__file__).with_name("sync_order.py")
    words = [sys.executable, str(driver), str(told), "import", str(paper), "--jsonl"]
    subprocess.run(words, env=command.environment(), check=True, timeout=60)
    return told.read_text().splitlines()


def test_each_blob_is_synced_before_it_gets_its_name_and_the_name_after_it(order: list[str]) -> None:
    blobs = [step for step in order if step in {"sync new", "rename", "sync folder"}]
    assert blobs == ["sync new", "rename", "sync folder"] * 2


def test_the_folder_of_a_blob_is_synced_into_the_store_before_the_blob_is_written(order: list[str]) -> None:
    assert order.index("sync root") < order.index("sync new")


def test_the_bytes_are_durable_before_the_row_that_names_them_and_the_row_before_the_answer(order: list[str]) -> None:
    last_blob = max(place for place, step in enumerate(order) if step == "sync folder")
    begin, commit, answer = (order.index(step, last_blob) for step in ("BEGIN IMMEDIATE", "COMMIT", "answer"))
    assert last_blob < begin < commit < answer
    assert "COMMIT" not in order[order.index("sync new") : last_blob], "no transaction waits for the disk"
