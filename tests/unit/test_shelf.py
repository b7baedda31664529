"""Papers lately used: loaded once, a few at a time, never a pack or a long one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hub.core.claim import Claim
from hub.core.shelf import Shelf
from hub.testing.specimen import make_pack, sample_document

PAPER = sample_document()


class Store:
    """Loads the same paper for every claim, and counts."""

    def __init__(self, subject: Any = PAPER) -> None:
        self.subject = subject
        self.asked: list[int] = []

    def __call__(self, claim: Claim) -> Any:
        self.asked.append(claim.document_id or 0)
        return self.subject


def claim(document_id: int | None) -> Claim:
    """A claim on a paper."""
    return Claim(
        id=1,
        destination_id=1,
        revision=1,
        fence=1,
        tries=0,
        attempts=0,
        begun=False,
        lost=False,
        company_id=1,
        kind="sales_invoice",
        document_id=document_id,
        pack_id=None if document_id else 1,
        key="k",
        generation=1,
        created_at=1,
        prepared=None,
        steps=None,
    )


def take(store: Store, *ids: int | None, most: int = 2) -> list[int]:
    """Ask a shelf for these papers; returns which ones had to be loaded."""
    shelf = Shelf(store, most)
    for one in ids:
        assert shelf(claim(one)) is store.subject
    return store.asked


def test_a_paper_for_several_destinations_is_loaded_once() -> None:
    assert take(Store(), 1, 1, 1) == [1]


def test_the_one_not_used_longest_makes_room() -> None:
    assert take(Store(), 1, 2, 1, 3, 1, 2) == [1, 2, 3, 2]


def test_a_long_paper_is_not_kept() -> None:
    long = replace(PAPER, lines=PAPER.lines * 101)
    assert take(Store(long), 1, 1) == [1, 1]


def test_a_pack_is_not_kept() -> None:
    assert take(Store(make_pack()), None, None) == [0, 0]
