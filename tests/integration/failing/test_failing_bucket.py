"""The command with its bytes in a bucket: killed after an upload, and with a store that refuses or does not answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.app import Hub
from hub.testing import s3 as server
from hub.testing.s3 import S3
from tests.integration.failing.command import Command
from tests.integration.far import Far
from tests.integration.keeping import InBucket
from tests.integration.ledger import add_place, faults, value


@pytest.fixture
def hub(opened: Callable[..., Hub], bucket: InBucket) -> Hub:
    """A home whose bytes are in the test's bucket; commands on it know by its hub.toml."""
    hub = opened(blobs=f"s3://{bucket.name}")
    settings = f'blobs = "{hub.config.blobs}"\nallow_networks = "127.0.0.0/8"\n'
    (hub.config.home / "hub.toml").write_text(settings)
    return hub


def test_an_import_killed_between_the_upload_and_its_commit_leaves_an_object_that_nobody_names(
    hub: Hub, far: Far, command: Command
) -> None:
    add_place(hub)
    papers = command.papers("F1", "F2")
    assert command.killed_at("ingest.before_commit=kill", "import", *papers)
    assert (len(set(hub.blobs)), value(hub, "SELECT count(*) FROM document")) == (2, 0)
    assert faults(hub) == ()
    assert [line["result"] for line in command.run("import", *papers, "--jsonl")] == ["accepted"] * 2
    assert len(set(hub.blobs)) == 2


@pytest.mark.parametrize(("fault", "code"), [(server.FORBIDDEN, 2), (server.BROKEN, 3)])
def test_a_command_says_at_its_start_that_the_store_refuses_or_does_not_answer(
    hub: Hub, command: Command, s3: S3, fault: str, code: int
) -> None:
    papers = command.papers("F1")
    s3.fail("*", fault)
    command.run(*(("import", *papers) if code == 2 else ("run", "--once")), code=code)
