"""A home whose bytes are in a bucket: papers come in, go out, are packed and verified as on a disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub import Artifact, Delivery, hookimpl
from hub.app import Hub
from hub.app import blobs as places
from hub.app.configure import Values
from hub.app.exports import Ordered, export
from hub.core.document import Incoming
from hub.core.pack_check import verify_pack
from hub.core.runner import Until
from hub.errors import TemporaryError, UsageError
from hub.testing import s3 as server
from hub.testing.s3 import S3
from hub.testing.samples import invoice, pdf
from tests.integration.failing.command import files_in
from tests.integration.far import Far
from tests.integration.keeping import InBucket
from tests.integration.ledger import (
    add_place,
    change,
    deliver,
    delivering,
    eventually,
    faults,
    let_time_pass,
    listed,
    outcomes,
    row,
    states,
    take_in,
    value,
)


@pytest.fixture
def hub(opened: Callable[..., Hub], bucket: InBucket) -> Hub:
    """A home whose bytes are in the test's bucket."""
    return opened(blobs=f"s3://{bucket.name}")


def ordered(target: str) -> Ordered:
    """An export of the first quarter."""
    return Ordered(
        period="2026Q1",
        company="",
        kinds=frozenset(),
        formats=frozenset({"original"}),
        target=target,
        via="",
        only_new=False,
        not_booked=False,
    )


def test_papers_come_in_with_their_files_and_go_out_and_all_is_found_in_order(
    hub: Hub, far: Far, own_home: Path
) -> None:
    add_place(hub)
    [arrived] = hub.intake.accept([Incoming(name="F1.xml", data=invoice(number="F1", pdf=pdf("F1")))])
    assert arrived.result == "accepted"
    take_in(hub, "F2", "F3")
    deliver(hub, Until.EMPTY)
    assert states(hub) == ["delivered"] * 3
    assert {sent.data for sent in far.sent} >= {invoice(number="F2"), invoice(number="F3")}
    assert faults(hub) == ()
    assert len(set(hub.blobs)) == 4, "three papers and a picture"
    assert not (own_home / "data" / "blobs").exists()


def test_a_pack_is_written_to_a_file_and_kept_for_a_delivery(hub: Hub, far: Far, tmp_path: Path) -> None:
    take_in(hub, "F1", "F2")
    path = tmp_path / "q1.zip"
    export(hub, ordered(str(path)))
    assert verify_pack(path) == []
    hub.host.plugin("ubl_export")
    add_place(hub, "archive", plugin="ubl_export", values=Values({"path": str(tmp_path / "archive")}))
    export(hub, ordered("archive"))
    deliver(hub, Until.EMPTY)
    [packed] = [one for one in files_in(tmp_path / "archive") if one.suffix == ".zip"]
    assert packed.read_bytes() == path.read_bytes()
    assert faults(hub) == ()
    assert files_in(hub.blobs.scratch) == []


@pytest.mark.parametrize(("data", "words"), [(None, "gone"), (b"other bytes", "not what was stored")])
def test_an_object_that_is_gone_or_changed_is_found_and_never_sent(
    hub: Hub, far: Far, bucket: InBucket, opened: Callable[..., Hub], data: bytes | None, words: str
) -> None:
    add_place(hub)
    take_in(hub, "F1", "F2")
    bucket.change(value(hub, "SELECT sha256 FROM document WHERE id = 1"), data)
    later = opened(blobs=hub.config.blobs)
    later.host.add("far", far)
    [problem] = faults(later)
    assert (problem.code, problem.place) == ("blob.corrupt", "document:1")
    assert words in problem.message
    deliver(later, Until.EMPTY)
    assert [one["state"] for one in listed(later)] == ["held", "delivered"]
    assert (row(later).reason, len(far.sent)) == ("corrupt", 1)


def test_while_the_store_does_not_answer_an_import_is_refused_and_keeps_nothing(hub: Hub, far: Far, s3: S3) -> None:
    add_place(hub)
    hub.intake  # noqa: B018 - the store was there at the start
    s3.fail("*", server.CUT_BEFORE)
    with pytest.raises(TemporaryError) as error:
        take_in(hub, "F1")
    assert (error.value.exit_code, error.value.code) == (3, "blobs_unreachable")
    s3.heal()
    assert value(hub, "SELECT count(*) FROM document") == 0
    take_in(hub, "F1")
    assert faults(hub) == ()


@pytest.mark.sqlite_only("another home is another hub there")
def test_a_home_does_not_open_the_bytes_of_another_hub(hub: Hub, bucket: InBucket, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        Hub.init(hub.config.model_copy(update={"home": tmp_path / "other"}))
    assert (error.value.exit_code, error.value.code) == (2, "blobs_of_another")


def test_while_the_store_does_not_answer_papers_wait_burn_no_try_and_go_when_it_is_back(
    hub: Hub, far: Far, s3: S3, opened: Callable[..., Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_place(hub)
    take_in(hub, "F1")
    change(hub, "UPDATE destination SET state = 'paused'")
    monkeypatch.setitem(vars(places)["_RETRY"], "max_retries", 0)
    later = opened(blobs=hub.config.blobs)
    later.host.add("far", far)
    with delivering(later):
        eventually(lambda: value(hub, "SELECT count(*) FROM worker WHERE stopped_at IS NULL"))
        s3.fail("*", server.CUT_BEFORE)
        change(hub, "UPDATE destination SET state = 'active', next_due = 1")
        eventually(lambda: outcomes(hub))
        assert (outcomes(hub), row(hub).tries) == ([("not_sent", "blobs_unreachable")], 0)
        assert (states(hub), far.sent) == (["queued"], [])
        s3.heal()
        let_time_pass(hub)
        eventually(lambda: states(hub) == ["delivered"])
    assert (row(hub).tries, faults(hub)) == (1, ())


def test_what_is_sent_is_at_hand_before_the_mark_so_that_a_lost_store_leaves_no_doubt(
    hub: Hub, s3: S3, opened: Callable[..., Hub]
) -> None:
    class Late(Far):
        """Loses the store just before it looks at what it is to send."""

        @hookimpl
        def deliver(self, prepared: Artifact, delivery: Delivery) -> Any:
            s3.fail("*", server.CUT_BEFORE)
            return super().deliver(prepared, delivery)

    far = Late()
    hub.host.add("far", far)
    add_place(hub)
    take_in(hub, "F1")
    later = opened(blobs=hub.config.blobs)
    later.host.add("far", far)
    deliver(later)
    assert ([sent.data for sent in far.sent], states(later)) == ([invoice(number="F1")], ["delivered"])
