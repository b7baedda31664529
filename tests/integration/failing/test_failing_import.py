"""`hub import` killed at every place where it may die: nothing is lost, nothing is half there, nothing is twice."""

from __future__ import annotations

import json
from itertools import count, takewhile

import pytest

from hub.app import Hub
from hub.testing.samples import pdf
from tests.integration.failing.command import Command, files_in
from tests.integration.far import Far
from tests.integration.keeping import folder
from tests.integration.ledger import add_place, faults, value

NUMBERS = ("F1", "F2", "F3")


def counts(hub: Hub) -> tuple[int, int]:
    """Documents and deliveries."""
    return value(hub, "SELECT count(*) FROM document"), value(hub, "SELECT count(*) FROM delivery")


@pytest.mark.parametrize(
    ("point", "kept"),
    [
        ("ingest.blob_synced=kill", 0),
        ("ingest.blob_synced=kill@2", 0),
        ("ingest.blob_synced=kill@3", 0),
        ("ingest.before_transaction=kill", 0),
        ("ingest.before_commit=kill", 0),
        ("ingest.committed=kill", 3),
    ],
)
def test_an_import_that_is_killed_keeps_all_of_its_batch_or_nothing_and_may_come_again(
    hub: Hub, far: Far, command: Command, point: str, kept: int
) -> None:
    add_place(hub)
    papers = command.papers(*NUMBERS)
    assert command.killed_at(point, "import", *papers, "--jsonl")
    assert counts(hub) == (kept, kept)
    assert faults(hub) == ()
    results = [line["result"] for line in command.run("import", *papers, "--jsonl")]
    assert results == (["duplicate"] if kept else ["accepted"]) * 3
    assert counts(hub) == (3, 3)
    assert faults(hub) == ()


def test_there_is_no_other_place_to_die_before_the_answer(hub: Hub, far: Far, command: Command) -> None:
    papers = command.papers("F1")
    picture = command.folder / "F1.pdf"
    picture.write_bytes(pdf("F1"))
    died = takewhile(
        lambda n: command.killed_at(f"ingest.blob_synced=kill@{n}", "import", *papers, f"--pdf={picture}"), count(1)
    )
    assert list(died) == [1, 2], "the paper and its picture; in the third run one of them is there already"
    assert counts(hub)[0] == 1
    assert faults(hub) == ()


def test_an_answer_that_was_given_is_durable(hub: Hub, far: Far, command: Command) -> None:
    add_place(hub)
    papers = command.papers(*(f"F{n}" for n in range(60)))
    process = command.start("import", *papers, "--jsonl")
    assert process.stdout is not None
    first = process.stdout.readline()
    process.kill()
    process.communicate(timeout=60)
    assert '"accepted"' in first
    documents, deliveries = counts(hub)
    assert documents == deliveries
    assert documents >= 25
    assert faults(hub) == ()


@pytest.mark.parametrize("point", ["ingest.blob_synced=enospc", "ingest.before_commit=enospc"])
def test_a_full_disk_refuses_the_import_keeps_nothing_and_heals_by_itself(
    hub: Hub, far: Far, command: Command, point: str
) -> None:
    papers = command.papers(*NUMBERS)
    command.run("import", *papers, "--jsonl", failpoints=point, code=3)
    assert counts(hub) == (0, 0)
    assert faults(hub) == ()
    command.run("import", *papers, "--jsonl")
    assert counts(hub)[0] == 3


def test_what_a_killed_import_left_on_disk_is_only_temporary_or_whole(hub: Hub, far: Far, command: Command) -> None:
    papers = command.papers(*NUMBERS)
    command.killed_at("ingest.blob_synced=kill@2", "import", *papers)
    names = [path.name for path in files_in(folder(hub).root)]
    assert sum(name.startswith(".new-") for name in names) == 1
    assert sum(len(name) == 64 for name in names) == 1


def test_verify_tells_of_bytes_that_a_killed_import_left_and_calls_them_no_fault(
    hub: Hub, far: Far, command: Command
) -> None:
    assert command.killed_at("ingest.before_commit=kill", "import", *command.papers("F1"))
    process = command.start("verify", "--json")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["problems"]) == (0, [])
    assert "1 stored files are named by no row" in err
