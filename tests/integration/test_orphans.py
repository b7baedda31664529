"""Bytes that no row names: found, no fault, kept for a day, then removed, whatever else happens at that moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hub import Artifact, File, Incoming
from hub.app import Hub
from hub.core.files import FileRole
from hub.core.orphans import collect
from hub.core.verify import verify
from hub.testing.samples import invoice, pdf
from tests.integration.far import Far
from tests.integration.keeping import InBucket
from tests.integration.ledger import add_place, change, deliver, faults, take_in

HOUR = timedelta(hours=1)
LEFT = invoice(number="LEFT")


@pytest.fixture(params=["folder", "bucket"])
def hub(request: pytest.FixtureRequest, opened: Callable[..., Hub]) -> Hub:
    """A home with its bytes in either place, and one blob that no row names."""
    if request.param == "folder":
        hub = opened()
    else:
        bucket: InBucket = request.getfixturevalue("bucket")
        hub = opened(blobs=f"s3://{bucket.name}")
    hub.blobs.put(LEFT)
    return hub


def collected(hub: Hub, later: timedelta) -> int:
    """How many go when this time has passed."""
    change(hub, "DELETE FROM lease")
    return collect(hub.db, hub.blobs, datetime.now(UTC) + later)


def test_they_are_counted_are_no_fault_and_go_after_a_day(hub: Hub) -> None:
    found = verify(hub.db, hub.blobs)
    assert (found.unreferenced, found.problems) == (1, ())
    assert (collected(hub, 23 * HOUR), collected(hub, 25 * HOUR), collected(hub, 25 * HOUR)) == (0, 1, 0)
    assert verify(hub.db, hub.blobs).unreferenced == 0


def test_everything_that_some_row_names_stays(hub: Hub, far: Far) -> None:
    add_place(hub)
    far.on_prepare = lambda *_: Artifact((File.of("made.txt", "text/plain", b"made"),))
    hub.intake.accept([Incoming(name="F1.xml", data=invoice(number="F1", pdf=pdf("F1")))])
    beside = File.of("b.pdf", "application/pdf", pdf("b"), FileRole.PDF)
    hub.intake.accept([Incoming(name="junk", data=b"junk", beside=(beside,))])
    deliver(hub)
    before = set(hub.blobs)
    assert (len(before), collected(hub, 48 * HOUR)) == (6, 1)
    assert faults(hub) == ()
    assert verify(hub.db, hub.blobs).unreferenced == 0


def test_bytes_that_are_wanted_again_are_young_again(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.core.folder.YOUNG", -1.0)
    before = collected(hub, 23 * HOUR)
    hub.blobs.put(LEFT)
    assert before == 0
    found = next(iter(hub.blobs.listed()))
    assert datetime.now(UTC).timestamp() - found.modified < 60


def test_an_import_that_wants_them_at_the_very_moment_has_them(hub: Hub, far: Far, opened: Callable[..., Hub]) -> None:
    other = opened(blobs=hub.config.blobs)
    usual = hub.blobs.put

    def put(data: bytes) -> str:
        sha256 = usual(data)
        if not gone:
            gone.append(collected(other, 25 * HOUR))
        return sha256

    gone: list[int] = []
    object.__setattr__(hub.blobs, "put", put)
    hub.intake.accept([Incoming(name="LEFT.xml", data=LEFT)])
    assert gone == [1], "they were collected after the import had seen them, and before it named them"
    assert faults(other) == ()


def test_one_process_looks_once_a_day(hub: Hub, opened: Callable[..., Hub]) -> None:
    other = opened(blobs=hub.config.blobs)
    tomorrow = datetime.now(UTC) + 25 * HOUR
    assert [collect(one.db, one.blobs, tomorrow) for one in (hub, other, hub)] == [1, 0, 0]


def test_a_run_collects_beside_its_work(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F1")
    clock = datetime.now(UTC) + 25 * HOUR
    hub.now = lambda: clock
    deliver(hub)
    assert verify(hub.db, hub.blobs).unreferenced == 0
