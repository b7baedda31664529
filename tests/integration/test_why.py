"""Why a delivery is where it is: each state has its cause, whose turn it is, and a command that mends it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub import Held, NotSent, Rejected, SettingsError, Uncertain
from hub.app import Hub, cause, places, preview
from hub.app.board import board
from hub.app.mend import Mend
from hub.core.delivery import OnUncertain, Turn
from hub.errors import NotFoundError, Problem
from tests.integration.far import Far, raising
from tests.integration.ledger import add_place, change, claim_as, deliver, row, take_in

Setting = Callable[[Hub, Far], None]


def _raising(error: Exception) -> Setting:
    def set_(hub: Hub, far: Far) -> None:
        far.on_deliver = raising(error)
        deliver(hub)

    return set_


def _delivered(hub: Hub, far: Far) -> None:
    deliver(hub)


def _paused(hub: Hub, far: Far) -> None:
    places.pause(hub, "far")


def _claimed(hub: Hub, far: Far) -> None:
    claim_as(hub)


def _nothing(hub: Hub, far: Far) -> None:
    """As it was queued."""


CASES: list[tuple[Setting, Turn | None, Mend, str, str]] = [
    (_nothing, Turn.YOU, Mend.RUN, "no `hub run` is alive", "hub run"),
    (_claimed, Turn.US, Mend.NOTHING, "right now", ""),
    (_delivered, None, Mend.NOTHING, "far took it; its receipt: taken-1", ""),
    (
        _paused,
        Turn.YOU,
        Mend.DESTINATION,
        "a person paused it",
        "hub destination resume far",
    ),
    (_raising(NotSent("dns", "no such name")), Turn.NETWORK, Mend.RETRY, "no such name", "hub outbox retry 1"),
    (
        _raising(Held("too_large", "9 MB")),
        Turn.YOU,
        Mend.RETRY,
        "cancel (9 MB)",
        "hub outbox retry 1",
    ),
    (
        _raising(Uncertain("the line broke")),
        Turn.YOU,
        Mend.RESOLVE,
        "the line broke",
        "hub outbox resolve 1 --arrived",
    ),
    (
        _raising(Rejected([Problem("smtp.550", "unknown user")])),
        Turn.YOU,
        Mend.AGAIN,
        "unknown user",
        "hub doc deliver 1 --to far --again",
    ),
    (
        _raising(SettingsError("no_folder", "it is gone")),
        Turn.YOU,
        Mend.DESTINATION,
        "far is blocked",
        "hub destination test far",
    ),
]


@pytest.mark.parametrize(("set_", "turn", "mend", "sentence", "command"), CASES)
def test_why(hub: Hub, far: Far, set_: Setting, turn: Turn, mend: Mend, sentence: str, command: str) -> None:
    add_place(hub, on_uncertain=OnUncertain.ASK)
    take_in(hub, "F-1")
    set_(hub, far)
    told = cause.why(hub, 1)
    assert (told.turn, told.mend, told.command) == (turn, mend, command)
    assert sentence in told.cause


def test_why_of_what_waits_for_approval(hub: Hub, far: Far) -> None:
    add_place(hub, approve="always")
    take_in(hub, "F-1")
    told = cause.why(hub, 1)
    assert (told.turn, told.command) == (Turn.YOU, "hub outbox approve 1")


def test_why_of_nothing_is_not_found(hub: Hub) -> None:
    with pytest.raises(NotFoundError, match="no delivery 7"):
        cause.why(hub, 7)


def test_a_preview_is_what_leaves_and_keeps_nothing(hub: Hub, far: Far) -> None:
    add_place(hub, approve="always")
    take_in(hub, "F-1")
    blobs = set(hub.blobs)
    shown = preview.preview(hub, 1)
    assert (shown.fresh, set(hub.blobs), row(hub).prepared) == (True, blobs, None)
    change(hub, "UPDATE delivery SET reason = '', state = 'queued'")
    change(hub, "UPDATE outbox SET due_at = 1")
    change(hub, "UPDATE destination SET next_due = 1, approve = 'never'")
    deliver(hub)
    after = preview.preview(hub, 1)
    assert (after.fresh, after.parts) == (False, shown.parts)
    assert far.sent[0].data.decode() == shown.parts[0].text


def test_the_board_counts_what_is_open_and_names_what_needs_a_person(hub: Hub, far: Far) -> None:
    add_place(hub)
    add_place(hub, name="slow", approve="always")
    take_in(hub, "F-1", "F-2")
    found = board(hub)
    assert [(place.name, place.queued, place.needs_you) for place in found.places] == [("far", 2, 0), ("slow", 0, 2)]
    assert [(need.sentence, need.where) for need in found.needs] == [
        ("2 deliveries held at slow: approval", "state:held dest:slow approval")
    ]


def test_a_rejected_paper_that_was_started_anew_needs_nobody(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F-1")
    far.on_deliver = raising(Rejected([Problem("no", "no")]))
    deliver(hub)
    assert [need.state for need in board(hub).needs] == ["rejected"]
    change(
        hub,
        "INSERT INTO delivery (company_id, destination_id, document_id, subject, key, generation, state, created_at, "
        "changed_at) SELECT company_id, destination_id, document_id, subject, 'k', 2, 'delivered', 1, 1 FROM delivery",
    )
    assert board(hub).needs == ()


def test_a_pack_that_was_not_accepted_is_not_sent_again_as_if_it_were_a_paper(hub: Hub, far: Far) -> None:
    add_place(hub)
    take_in(hub, "F-1")
    change(hub, "UPDATE delivery SET state = 'rejected', document_id = NULL, subject = 'p1'")
    change(hub, "DELETE FROM outbox")
    told = cause.why(hub, 1)
    assert (told.mend, told.command) == (Mend.NOTHING, "")
