"""Once is once: a number that was sent, or may have been, is held before any call, and so is a closed year."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hub.core.document import DocumentType, Kind
from hub.errors import DeliveryError, Held, Rejected, Uncertain
from hub.testing.specimen import make_delivery
from hub.testing.vault import MemoryVault
from hub_codabox.register import Entry, Register

NEXT_YEAR = date(2027, 1, 2)


def held(call: Any) -> str:
    with pytest.raises(Held) as caught:
        call()
    return caught.value.reason


def uploads(office: Any) -> int:
    return int(office.server.desk.uploads)


def refused(office: Any, paper: Any, error: type[DeliveryError], **more: Any) -> None:
    with pytest.raises(error):
        office.send(paper, **more)


def test_a_number_that_was_sent_is_held_for_any_other_delivery_and_codabox_is_not_asked(
    office: Any, new_paper: Any
) -> None:
    paper = new_paper()
    prepared = office.prepare(paper)
    office.send(paper, prepared)
    assert held(lambda: office.prepare(paper, replace(make_delivery(paper), key="second"))) == "already_sent"
    assert held(lambda: office.send(paper, prepared, key="second")) == "already_sent"
    assert uploads(office) == 1


def test_a_number_that_may_have_been_sent_is_held_for_any_other_delivery(office: Any, new_paper: Any) -> None:
    office.plan("cut_after=#1")
    paper = new_paper()
    prepared = office.prepare(paper)
    refused(office, paper, Uncertain)
    assert held(lambda: office.send(paper, prepared, key="second")) == "already_sent"
    assert uploads(office) == 1


def test_the_note_is_there_before_the_first_byte_leaves(office: Any, new_paper: Any) -> None:
    paper = new_paper()
    prepared = office.prepare(paper)
    vault = office.hooks.offer["vault"]
    seen: list[bool] = []
    take = office.server.desk.next_fault

    def look(key: str) -> Any:
        seen.append(any(name.startswith("paper_") for name in vault._kept))
        return take(key)

    office.server.desk.next_fault = look
    office.send(paper, prepared)
    assert seen == [True]


class AtOnce(MemoryVault):
    """Two who look at a number see that it is free before either has noted it."""

    def __init__(self) -> None:
        super().__init__()
        self._both = threading.Barrier(2, timeout=20)

    def get(self, name: str) -> Any:
        kept = super().get(name)
        if name.startswith("paper_") and kept is None:
            self._both.wait()
        return kept


def test_of_two_deliveries_of_a_number_at_the_same_moment_one_goes(office: Any, new_paper: Any) -> None:
    paper = new_paper()
    part = office.prepare(paper).parts[0]
    register = Register(AtOnce(), office.hooks.offer["settings"])  # type: ignore[arg-type]  # the same methods

    def enter(key: str) -> str:
        try:
            register.enter(Entry.of(paper, part, key))
        except Held as error:
            return error.reason
        return "went"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(enter, ("first", "second"))) == ["already_sent", "went"]


@pytest.mark.parametrize("plan", ["broken=#1", "busy=#1", "revoked=#1", "too_large=#1"])
def test_a_clear_no_leaves_the_number_free(plan: str, office: Any, new_paper: Any) -> None:
    office.plan(plan)
    refused(office, new_paper(), DeliveryError)
    office.send(new_paper(), key="second")
    assert office.taken() == ["F2026-0001"]


def test_an_invoice_and_a_credit_note_may_have_the_same_number(office: Any, new_paper: Any) -> None:
    credit = new_paper(kind=Kind.SALES_CREDIT_NOTE, type=DocumentType.CREDIT_NOTE)
    office.send(new_paper())
    office.send(credit, key="second")
    assert [paper.kind for paper in office.server.desk.papers] == ["sales_invoice", "sales_credit_note"]


def test_refused_bytes_are_not_sent_again_and_mended_ones_are(office: Any, new_paper: Any) -> None:
    office.plan("refused=#1")
    paper = new_paper()
    prepared = office.prepare(paper)
    refused(office, paper, Rejected)
    assert held(lambda: office.send(paper, prepared, key="second")) == "same_bytes"
    office.send(paper, office.prepare(paper, note="mended"), key="third")
    assert (office.taken(), uploads(office)) == (["F2026-0001"], 2)


# -- the year ---------------------------------------------------------------------------------------------------------


def test_a_year_is_closed_once_a_later_one_was_sent(office: Any, new_paper: Any) -> None:
    late = new_paper("F2026-0002")
    prepared = office.prepare(late)
    office.send(new_paper("F2027-0001", NEXT_YEAR))
    assert held(lambda: office.prepare(late)) == "year_closed"
    assert held(lambda: office.send(late, prepared)) == "year_closed"
    assert uploads(office) == 1


def test_a_later_year_that_was_refused_closes_nothing(office: Any, new_paper: Any) -> None:
    office.send(new_paper("F2026-0001"))
    office.plan("refused=#2 broken=#3")
    refused(office, new_paper("F2027-0001", NEXT_YEAR), Rejected)
    refused(office, new_paper("F2027-0002", NEXT_YEAR), DeliveryError)
    office.send(new_paper("F2026-0002"))
    assert office.taken() == ["F2026-0001", "F2026-0002"]


def test_a_later_year_in_doubt_closes_the_year(office: Any, new_paper: Any) -> None:
    office.plan("cut_after=#1")
    refused(office, new_paper("F2027-0001", NEXT_YEAR), Uncertain)
    assert held(lambda: office.prepare(new_paper("F2026-0002"))) == "year_closed"


def test_without_the_lock_codabox_itself_refuses_the_closed_year(office: Any, new_paper: Any) -> None:
    office.set(year_lock=False)
    office.send(new_paper("F2027-0001", NEXT_YEAR))
    with pytest.raises(Rejected) as caught:
        office.send(new_paper("F2026-0002"))
    assert "year of this invoice is closed" in caught.value.detail
