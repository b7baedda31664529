"""Where a paper goes, and why not to the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.delivery import Role
from hub.core.document import Document, DocumentType, Kind
from hub.core.routing import Asked, Rule, needs_approval, route

OURS = Asked(company_id=1)
PAPER = Document(type=DocumentType.INVOICE, kind=Kind.SALES_INVOICE, issue_date=date(2026, 1, 15))


def rule(name: str, **fields: Any) -> Rule:
    """A destination that takes everything, for eyes only."""
    usual: dict[str, Any] = {
        "destination_id": 1,
        "name": name,
        "company_id": 1,
        "role": Role.COPY,
        "kinds": frozenset(Kind),
        "from_date": date(2026, 1, 1),
        "order": 1,
    }
    return Rule(**usual | fields)


def answers(*rules: Rule, paper: Document = PAPER, asked: Asked = OURS) -> dict[str, str]:
    """Why not, by name; empty where it goes."""
    return {one.rule.name: one.why_not for one in route(paper, rules, asked)}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, ""),
        ({"company_id": 2}, "company"),
        ({"kinds": frozenset({Kind.SALES_CREDIT_NOTE})}, "kind"),
        ({"kinds": frozenset[Kind]()}, "kind"),
        ({"from_date": date(2026, 1, 15)}, ""),
        ({"from_date": date(2026, 1, 16)}, "before_from"),
        ({"role": Role.BOOKING}, ""),
        ({"role": Role.ARCHIVE}, ""),
    ],
)
def test_a_destination_gets_what_fits(fields: dict[str, Any], why: str) -> None:
    assert answers(rule("far", **fields)) == {"far": why}


@pytest.mark.parametrize(("role", "why"), [(Role.BOOKING, "quotation"), (Role.COPY, ""), (Role.ARCHIVE, "")])
def test_a_quotation_is_information_only(role: Role, why: str) -> None:
    quotation = replace(PAPER, kind=Kind.QUOTATION, type=DocumentType.QUOTATION)
    assert answers(rule("far", role=role), paper=quotation) == {"far": why}


def test_a_paper_without_a_date_counts_from_its_arrival() -> None:
    undated = replace(PAPER, issue_date=None, arrived_at=datetime(2026, 3, 1, tzinfo=UTC))
    found = answers(
        rule("sooner", from_date=date(2026, 3, 1)), rule("later", from_date=date(2026, 3, 2)), paper=undated
    )
    assert found == {"sooner": "", "later": "before_from"}


def test_a_persons_word_passes_over_the_date_and_nothing_else() -> None:
    by_hand = replace(OURS, by_hand=True)
    found = answers(
        rule("late", from_date=date(2099, 1, 1)),
        rule("notes", kinds=frozenset({Kind.SALES_CREDIT_NOTE})),
        rule("theirs", company_id=2),
        asked=by_hand,
    )
    assert found == {"late": "", "notes": "kind", "theirs": "company"}


def test_the_oldest_booking_road_that_fits_gets_the_paper_in_whatever_order_they_are_told() -> None:
    roads = [
        rule("newest", role=Role.BOOKING, order=9),
        rule("unfit", role=Role.BOOKING, order=1, kinds=frozenset({Kind.RECEIPT})),
        rule("oldest", role=Role.BOOKING, order=2),
        rule("eyes", order=5),
    ]
    assert answers(*roads) == {"unfit": "kind", "oldest": "", "eyes": "", "newest": "booked_by:oldest"}


def test_who_books_it_already_keeps_it() -> None:
    booked = replace(OURS, booked_by="newer")
    roads = [rule("older", role=Role.BOOKING), rule("newer", role=Role.BOOKING, order=2), rule("eyes", order=3)]
    assert answers(*roads, asked=booked) == {"older": "booked_by:newer", "newer": "", "eyes": ""}


@given(
    roads=st.lists(st.tuples(st.sampled_from(Role), st.sampled_from(Kind), st.integers(1, 2)), max_size=8),
    kind=st.sampled_from(Kind),
)
def test_a_paper_has_at_most_one_booking_road_and_every_destination_an_answer(
    roads: list[tuple[Role, Kind, int]], kind: Kind
) -> None:
    rules = [
        rule(f"r{n}", order=n, role=role, kinds=frozenset({taken, Kind.QUOTATION}), company_id=company)
        for n, (role, taken, company) in enumerate(roads)
    ]
    routes = route(replace(PAPER, kind=kind), rules, OURS)
    assert len(routes) == len(rules)
    assert sum(one.fits and one.rule.role is Role.BOOKING for one in routes) <= 1


@pytest.mark.parametrize(
    ("approve", "approved", "waits"),
    [
        ("never", 0, False),
        ("always", 0, True),
        ("always", 1000, True),
        ("first:2", 0, True),
        ("first:2", 1, True),
        ("first:2", 2, False),
        ("first:0", 0, False),
        ("first:", 0, False),
        ("", 0, False),
    ],
)
def test_who_waits_for_a_yes(approve: str, approved: int, waits: bool) -> None:
    assert needs_approval(approve, approved) is waits
