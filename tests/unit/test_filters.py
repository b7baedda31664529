"""The filter grammar: what may be written, what it becomes, what is refused with which advice, and what it means."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.delivery import State
from hub.core.document import Kind
from hub.core.filter_match import matches
from hub.core.filters import Field, Filter, Operator, Term, containing, like, parse
from hub.errors import UsageError

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=timezone(timedelta(hours=2)))  # the 23rd in UTC
RECORD: Mapping[str, object] = {
    "state": "held",
    "dest": ("exact", "mail"),
    "kind": Kind.SALES_INVOICE,
    "at": date(2026, 10, 1),
    "number": "2026-0017",
    "party": ("Voorbeeld NV", "Café Klant BV"),
    "amount": Decimal("1000.00"),
    "company": "0123456749",
    "text": "scan_7.pdf",
}


def _term(field: Field, operator: Operator, *values: Any, negated: bool = False) -> Term:
    return Term(field, operator, values, negated)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        (" \n\t ", []),
        ("state:held", [_term(Field.STATE, Operator.IS, "held")]),
        ("state:held,uncertain", [_term(Field.STATE, Operator.IS, "held", "uncertain")]),
        ("state:ok", [_term(Field.STATE, Operator.IS, "ok")]),
        ("!dest:mail", [_term(Field.DEST, Operator.IS, "mail", negated=True)]),
        ('dest:"a b"', [_term(Field.DEST, Operator.IS, "a b")]),
        ("kind:receipt", [_term(Field.KIND, Operator.IS, "receipt")]),
        ("since:7d", [_term(Field.SINCE, Operator.AT_LEAST, date(2026, 11, 16))]),
        ("since:2w", [_term(Field.SINCE, Operator.AT_LEAST, date(2026, 11, 9))]),
        ("since:12h", [_term(Field.SINCE, Operator.AT_LEAST, datetime(2026, 11, 23, 11, 30, tzinfo=UTC))]),
        ("before:2026-10-01", [_term(Field.BEFORE, Operator.BELOW, date(2026, 10, 1))]),
        ("amount:>1000", [_term(Field.AMOUNT, Operator.ABOVE, Decimal(1000))]),
        ("amount:>=10.50", [_term(Field.AMOUNT, Operator.AT_LEAST, Decimal("10.50"))]),
        ("amount:<-5", [_term(Field.AMOUNT, Operator.BELOW, Decimal(-5))]),
        ("amount:<=0", [_term(Field.AMOUNT, Operator.AT_MOST, Decimal(0))]),
        ("amount:12", [_term(Field.AMOUNT, Operator.IS, Decimal(12))]),
        ("amount:=12", [_term(Field.AMOUNT, Operator.IS, Decimal(12))]),
        ("number:2026-1*", [_term(Field.NUMBER, Operator.LIKE, "2026-1*")]),
        ("number:F:1", [_term(Field.NUMBER, Operator.LIKE, "F:1")]),
        ('party:"ACME, NV"', [_term(Field.PARTY, Operator.CONTAINS, "ACME, NV")]),
        ("party:ACME,Zeta", [_term(Field.PARTY, Operator.CONTAINS, "ACME", "Zeta")]),
        ('party:"ACME",Zeta', [_term(Field.PARTY, Operator.CONTAINS, "ACME", "Zeta")]),
        (r'party:"a \"b\" \\ c"', [_term(Field.PARTY, Operator.CONTAINS, r'a "b" \ c')]),
        (r"party:a\b", [_term(Field.PARTY, Operator.CONTAINS, r"a\b")]),
        ("company:0123.456.749", [_term(Field.COMPANY, Operator.IS, "0123456749")]),
        ("company:BE0123456749", [_term(Field.COMPANY, Operator.IS, "0123456749")]),
        ("text", [_term(Field.TEXT, Operator.CONTAINS, "text")]),
        ("!text", [_term(Field.TEXT, Operator.CONTAINS, "text", negated=True)]),
        ("a,b", [_term(Field.TEXT, Operator.CONTAINS, "a,b")]),
        ('"state:held"', [_term(Field.TEXT, Operator.CONTAINS, "state:held")]),
        ('a"b c"d', [_term(Field.TEXT, Operator.CONTAINS, "ab cd")]),
        ("a b", [_term(Field.TEXT, Operator.CONTAINS, "a"), _term(Field.TEXT, Operator.CONTAINS, "b")]),
        ("state:held,held state:held", [_term(Field.STATE, Operator.IS, "held")]),
        ("dest:a !dest:a", [_term(Field.DEST, Operator.IS, "a"), _term(Field.DEST, Operator.IS, "a", negated=True)]),
    ],
)
def test_a_filter_becomes_terms(text: str, terms: list[Term]) -> None:
    assert parse(text, NOW) == Filter(tuple(terms))


@pytest.mark.parametrize(
    ("text", "message", "action"),
    [
        ("stat:held", "'stat' is no field", "did you mean state?"),
        ("text:x", "'text' is no field", "state, dest, kind, since, before, number, party, amount, company"),
        ("http://x", "'http' is no field", "in quotes it is looked for as text"),
        ("state:hold", "'hold' is no state", "did you mean held?"),
        ("state:zzz", "'zzz' is no state", ", ".join(State)),
        ("state:held,zzz", "'zzz' is no state", "ok"),
        ("kind:invoice", "'invoice' is no kind", "did you mean sales_invoice?"),
        ("kind:zzz", "'zzz' is no kind", ", ".join(Kind)),
        ("state:", "'state:' has an empty value", "after the colon"),
        ("state:held,", "'state:held,' has an empty value", "after the colon"),
        ("!", "'!' has an empty value", ""),
        ('""', "has an empty value", ""),
        ("since:7", "'7' is nothing for since:", "12h, 7d, 2w"),
        ("since:7m", "'7m' is nothing for since:", "2026-10-01"),
        ("since:10000w", "nothing for since:", "2026-10-01"),
        ("since:2026-13-01", "nothing for since:", "2026-10-01"),
        ("since:20261001", "nothing for since:", "2026-10-01"),
        ("before:yesterday", "nothing for before:", "2026-10-01"),
        ("since:1d,2d", "since: takes one value", "2026-10-01"),
        ("amount:1000,50", "amount: takes one value", "with a point"),
        ("amount:1e3", "nothing for amount:", "with a point"),
        ("amount:1_000", "nothing for amount:", "with a point"),
        ("amount:\uff11", "nothing for amount:", "with a point"),
        ("amount:NaN", "nothing for amount:", "with a point"),
        ("amount:>", "nothing for amount:", "with a point"),
        ("company:123", "nothing for company:", "10 digits"),
        ('party:"ACME', "a quote is not closed", 'party:"ACME NV"'),
        ('party:"ACME\\"', "a quote is not closed", 'party:"ACME NV"'),
        ("a\x00b", "no control characters", ""),
        ("a\ud800b", "no control characters", ""),
        ("a" * 2001, "at most 2000 characters", ""),
        (" ".join(f"a{n}" for n in range(51)), "at most 50 terms", ""),
    ],
)
def test_a_wrong_filter_is_refused_with_advice(text: str, message: str, action: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text, NOW)
    assert message in caught.value.message
    assert action in caught.value.action


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", True),
        ("state:held", True),
        ("state:queued,held", True),
        ("state:queued", False),
        ("!state:queued", True),
        ("dest:exact dest:mail", True),
        ("dest:Exact", False),
        ("!dest:mail", False),
        ("kind:sales_invoice", True),
        ("since:2026-10-01", True),
        ("since:2026-10-02", False),
        ("before:2026-10-01", False),
        ("before:2026-10-02", True),
        ("since:1h", False),
        ("number:2026-0017", True),
        ("number:2026-001", False),
        ("number:2026-*", True),
        ("number:*17", True),
        ("number:20*00*7", True),
        ("number:2026%", False),
        ("number:2026_0017", False),
        ("number:2026.0017", False),
        ("party:voorbeeld", True),
        ("party:CAFE\u0301", True),
        ("party:cafe", False),
        ("party:*", False),
        ("amount:1000", True),
        ("amount:>1000", False),
        ("amount:>=1000", True),
        ("amount:<1000.01", True),
        ("amount:<=999.99", False),
        ("company:0123456749", True),
        ("klant 0017", True),
        ("klant zeta", False),
        ("SCAN_7", True),
        ("!zeta", True),
        ("held", False),
    ],
)
def test_a_filter_means_this(text: str, fits: bool) -> None:
    assert matches(parse(text, NOW), RECORD) is fits


@pytest.mark.parametrize("field", ["state:held", "since:1w", "amount:>0", "number:*", "party:a", "text"])
def test_what_a_record_does_not_have_fits_only_the_negated_term(field: str) -> None:
    assert not matches(parse(field, NOW), {"state": None})
    assert matches(parse(f"!{field}", NOW), {"state": None})


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("since:2026-11-23", True),
        ("since:2026-11-24", False),
        ("before:2026-11-24", True),
        ("since:1h", True),
        ("before:1h", False),
        ("since:0h", False),
    ],
)
def test_a_moment_is_compared_to_the_second_or_by_whole_days_in_utc(text: str, fits: bool) -> None:
    assert matches(parse(text, NOW), {"at": datetime(2026, 11, 23, 23, 15, tzinfo=UTC)}) is fits


def test_a_moment_of_another_zone_is_of_its_day_in_utc() -> None:
    assert matches(parse("before:2026-11-24", NOW), {"at": NOW})


WORDS = st.sampled_from(["state:", "held", "since:", "7d", "amount:", ">1", "number:", "*", '"', ",", "\\", "!", " "])


@given(st.text() | st.lists(WORDS).map("".join))
def test_any_text_is_a_filter_or_a_usage_error(text: str) -> None:
    try:
        found = parse(text, NOW)
    except UsageError:
        return
    assert isinstance(matches(found, RECORD), bool)


@given(st.text("aA%_\\*x", max_size=8), st.text("aA%_\\*x", max_size=8))
def test_the_patterns_for_sql_mean_what_the_model_means(number: str, wanted: str) -> None:
    with sqlite3.connect(":memory:") as base:
        for operator, field, pattern in (
            (Operator.LIKE, Field.NUMBER, like(wanted)),
            (Operator.CONTAINS, Field.PARTY, containing(wanted)),
        ):
            model = matches(Filter((Term(field, operator, (wanted,)),)), {"number": number, "party": number})
            row = base.execute("SELECT ? LIKE ? ESCAPE '\\'", (number, pattern)).fetchone()
            assert bool(row[0]) is model
    base.close()
