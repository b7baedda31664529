"""A paper is booked once, whatever is lost on the way: against a far side that keeps books."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub import Absent, DocumentType, Held, Kind, NotSent, Party, Receipt, Rejected, SettingsError, Steps, Uncertain
from hub.testing.exact import ExactServer, id_of
from hub.testing.specimen import sample_document

DIVISION = 123456
ACCOUNTS, ENTRIES = "crm/Accounts", "salesentry/SalesEntries"
POST = "#2@SalesEntries"  # the first is the look-up


def credit_note(number: str = "C2026-0001") -> Any:
    return sample_document(number, type=DocumentType.CREDIT_NOTE, kind=Kind.SALES_CREDIT_NOTE)


def account(**more: Any) -> dict[str, Any]:
    return {"Code": "7".rjust(18), "Name": "Klant", "Status": "C", "Country": "BE "} | more


def entry(customer: str, **more: Any) -> dict[str, Any]:
    """An entry that equals the specimen, as a person would have booked it."""
    usual = {
        "Customer": customer,
        "Journal": "700",
        "YourRef": "F2026-0001",
        "EntryDate": "2026-01-15",
        "DueDate": "2026-02-14",
        "EntryNumber": 26700900,
        "Type": 20,
        "AmountFC": "145.14",
        "VATAmountFC": "25.19",
        "Currency": "EUR",
        "SalesEntryLines": [],
    }
    return usual | more


def test_an_invoice_lies_in_the_books_as_the_paper_says(bookkeeper: Any) -> None:
    receipt = bookkeeper.deliver()
    [booked] = bookkeeper.server.books().entries
    assert (booked.division, booked.journal, booked.type, booked.your_ref) == (DIVISION, "700", 20, "F2026-0001")
    assert (booked.total, booked.tax) == (Decimal("145.14"), Decimal("25.19"))
    assert booked.by_vat_code == {"210": (Decimal("119.95"), Decimal("25.19"))}
    assert (booked.entry_date, booked.due_date) == (date(2026, 1, 15), date(2026, 2, 14))
    assert booked.customer_vat == "BE0876543270"
    assert receipt.reference == str(booked.number)
    assert receipt.detail["entry_id"] == booked.id


def test_a_credit_note_lies_there_as_one(bookkeeper: Any) -> None:
    bookkeeper.deliver(credit_note())
    [booked] = bookkeeper.server.books().entries
    assert (booked.type, booked.total, booked.tax) == (21, Decimal("-145.14"), Decimal("-25.19"))


def test_what_is_sent_is_what_was_prepared_with_two_ids_in_place(bookkeeper: Any) -> None:
    bookkeeper.deliver()
    [line] = bookkeeper.server.books().entries[0].row["SalesEntryLines"]
    assert line["GLAccount"] == id_of(DIVISION, "GLAccounts", "700000")
    assert line["Description"] == "Example goods"


def test_a_customer_is_made_once_for_all_papers(bookkeeper: Any) -> None:
    for number in ("F2026-0001", "F2026-0002"):
        bookkeeper.deliver(sample_document(number))
    [made] = bookkeeper.server.books().accounts
    assert (made["Status"], made["VATNumber"], made["SearchCode"]) == ("C", "BE0876543270", "0876543270")


@pytest.mark.parametrize(
    "numbers",
    [
        {"VATNumber": "BE0876543270"},
        {"VATNumber": "0876543270"},
        {"VATNumber": "BE 0876.543.270"},
        {"ChamberOfCommerce": "0876543270"},
        {"SearchCode": "0876543270"},
    ],
)
def test_a_customer_who_is_there_is_found(numbers: dict[str, str], bookkeeper: Any) -> None:
    there = bookkeeper.server.arrange(DIVISION, ACCOUNTS, account(**numbers))
    bookkeeper.deliver()
    books = bookkeeper.server.books()
    assert [one.customer for one in books.entries] == [there]
    assert len(books.accounts) == 1


def test_a_supplier_becomes_a_customer_too(bookkeeper: Any) -> None:
    supplier = account(VATNumber="BE0876543270", Status="A", IsSupplier=True)
    bookkeeper.server.arrange(DIVISION, ACCOUNTS, supplier)
    bookkeeper.deliver()
    [changed] = bookkeeper.server.books().accounts
    assert (changed["Status"], changed["IsSupplier"]) == ("C", True)


def test_a_number_counts_more_than_our_own_search_code(bookkeeper: Any) -> None:
    bookkeeper.server.arrange(DIVISION, ACCOUNTS, account(SearchCode="0876543270"))
    right = bookkeeper.server.arrange(DIVISION, ACCOUNTS, account(VATNumber="BE0876543270", Code="8".rjust(18)))
    bookkeeper.deliver()
    assert [one.customer for one in bookkeeper.server.books().entries] == [right]


def test_between_two_customers_a_person_decides(bookkeeper: Any) -> None:
    for code in ("7", "8"):
        bookkeeper.server.arrange(DIVISION, ACCOUNTS, account(VATNumber="BE0876543270", Code=code.rjust(18)))
    with pytest.raises(Held) as caught:
        bookkeeper.deliver()
    assert caught.value.reason == "customer_ambiguous"
    assert bookkeeper.server.books().entries == []


def test_a_name_with_a_quote_and_a_customer_without_numbers_are_booked(bookkeeper: Any) -> None:
    number, customer = "F'2026", Party(name="O'Brien & Zn")
    bookkeeper.deliver(sample_document(number, customer=customer))
    bookkeeper.steps.clear()
    assert bookkeeper.deliver(sample_document(number, customer=customer)).detail["how"] == "found"
    books = bookkeeper.server.books()
    assert (len(books.entries), len(books.accounts)) == (1, 1)


def test_papers_for_one_new_customer_at_once_make_one_account(bookkeeper: Any) -> None:
    papers = [sample_document(f"F2026-{number:04}") for number in range(6)]
    bookkeeper.deliver(sample_document("F2026-1000", customer=Party(name="Somebody else")))
    bookkeeper.server.fail("slow=always@crm/Accounts:0.2")  # each has looked before the first one has made it
    with ThreadPoolExecutor(len(papers)) as threads:
        for done in [threads.submit(bookkeeper.deliver, paper) for paper in papers]:
            done.result(30)
    books = bookkeeper.server.books()
    assert (len(books.entries), len(books.accounts)) == (7, 2)


# What is lost on the way.


def test_an_answer_lost_after_the_booking_is_found_by_trace(bookkeeper: Any) -> None:
    bookkeeper.server.fail(f"lose_answer={POST}")
    with pytest.raises(Uncertain):
        bookkeeper.deliver()
    answer = bookkeeper.trace()
    [booked] = bookkeeper.server.books().entries
    assert isinstance(answer, Receipt)
    assert (answer.reference, answer.detail["how"]) == (str(booked.number), "traced")


@pytest.mark.parametrize("fault", ["server_error+", "unavailable+", "maintenance+", "request_timeout+"])
def test_an_answer_that_is_none_is_found_by_trace_too(fault: str, bookkeeper: Any) -> None:
    bookkeeper.server.fail(f"{fault}={POST}")
    with pytest.raises(Uncertain):
        bookkeeper.deliver()
    assert isinstance(bookkeeper.trace(), Receipt)
    assert len(bookkeeper.server.books().entries) == 1


def test_a_booking_that_never_arrived_is_absent_and_is_sent_again(bookkeeper: Any) -> None:
    bookkeeper.server.fail(f"lose_request={POST}")
    with pytest.raises(Uncertain):
        bookkeeper.deliver()
    for step in (bookkeeper.trace, bookkeeper.deliver):  # it may still be written
        with pytest.raises(NotSent) as caught:
            step()
        assert caught.value.reason == "booking_pending"
        assert caught.value.retry_after == pytest.approx(210, abs=10)
    bookkeeper.wait(211)
    answer = bookkeeper.trace()
    assert isinstance(answer, Absent)
    assert "F2026-0001" in answer.evidence
    bookkeeper.deliver()
    assert len(bookkeeper.server.books().entries) == 1


def test_a_booking_that_comes_late_is_waited_for(bookkeeper: Any) -> None:
    bookkeeper.server.fail("late=#2@SalesEntries:1")
    with pytest.raises(Uncertain):
        bookkeeper.deliver()
    with pytest.raises(NotSent):
        bookkeeper.trace()
    until = time.monotonic() + 20
    while not bookkeeper.server.books().entries and time.monotonic() < until:
        threading.Event().wait(0.05)
    assert isinstance(bookkeeper.trace(), Receipt)
    assert bookkeeper.deliver().detail["how"] == "found"
    assert len(bookkeeper.server.books().entries) == 1


@pytest.mark.parametrize("fault", ["too_many", "refuse_token"])
def test_a_booking_that_was_clearly_refused_is_not_waited_for(fault: str, bookkeeper: Any) -> None:
    bookkeeper.server.fail(f"{fault}={POST}")
    with pytest.raises(NotSent):
        bookkeeper.deliver()
    assert isinstance(bookkeeper.trace(), Absent)
    bookkeeper.deliver()
    assert len(bookkeeper.server.books().entries) == 1


def test_sent_again_without_a_trace_it_is_found_all_the_same(bookkeeper: Any) -> None:
    bookkeeper.server.fail(f"lose_answer={POST}")
    with pytest.raises(Uncertain):
        bookkeeper.deliver()
    assert bookkeeper.deliver().detail["how"] == "found"
    assert len(bookkeeper.server.books().entries) == 1


def test_a_lost_answer_to_a_new_customer_doubles_nobody(bookkeeper: Any) -> None:
    bookkeeper.server.fail("lose_answer=#3@crm/Accounts")  # none, none once more, made one
    with pytest.raises(NotSent) as caught:
        bookkeeper.deliver()
    assert caught.value.retry_after == pytest.approx(30)
    assert len(bookkeeper.server.books().accounts) == 1
    assert bookkeeper.server.books().entries == []
    bookkeeper.deliver()
    books = bookkeeper.server.books()
    assert (len(books.entries), len(books.accounts)) == (1, 1)


def test_a_customer_that_never_arrived_is_made_after_a_wait_for_all_papers(bookkeeper: Any) -> None:
    bookkeeper.server.fail("lose_request=#3@crm/Accounts")
    for number in ("F2026-0001", "F2026-0001", "F2026-0002"):
        with pytest.raises(NotSent) as caught:
            bookkeeper.deliver(sample_document(number))
        assert caught.value.reason == "customer_unanswered"
    assert bookkeeper.server.books().accounts == []
    bookkeeper.wait(211)
    for number in ("F2026-0001", "F2026-0002"):
        bookkeeper.deliver(sample_document(number))
    books = bookkeeper.server.books()
    assert (len(books.entries), len(books.accounts)) == (2, 1)


def test_a_customer_who_is_clearly_refused_is_not_waited_for(bookkeeper: Any) -> None:
    bookkeeper.server.fail("too_many=#3@crm/Accounts")
    with pytest.raises(NotSent, match="429"):
        bookkeeper.deliver()
    bookkeeper.deliver()
    assert len(bookkeeper.server.books().accounts) == 1


class Killed(BaseException):
    """The process ends here."""


def dying_at(step: str, disk: dict[str, str], *, written: bool) -> Steps:
    """Steps of a process that ends when it records this one, before or after it is on the disk."""

    def keep(done: Mapping[str, str]) -> None:
        if step in done and not written:
            raise Killed
        disk.update(done)
        if step in done:
            raise Killed

    return Steps(keep=keep)


def test_a_crash_before_anything_left_is_waited_for_like_a_lost_answer(bookkeeper: Any) -> None:
    disk: dict[str, str] = {}
    bookkeeper.steps["F2026-0001"] = dying_at("sent", disk, written=True)
    with pytest.raises(Killed):
        bookkeeper.deliver()
    bookkeeper.steps["F2026-0001"] = Steps(disk)
    with pytest.raises(NotSent):
        bookkeeper.trace()
    bookkeeper.wait(211)
    assert isinstance(bookkeeper.trace(), Absent)


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize(("step", "entries"), [("account", 0), ("entry", 1)])
def test_a_crash_between_the_steps_is_gone_on_with(step: str, entries: int, written: bool, bookkeeper: Any) -> None:
    disk: dict[str, str] = {}
    bookkeeper.steps["F2026-0001"] = dying_at(step, disk, written=written)
    with pytest.raises(Killed):
        bookkeeper.deliver()
    books = bookkeeper.server.books()
    assert (len(books.accounts), len(books.entries)) == (1, entries)
    bookkeeper.steps["F2026-0001"] = Steps(disk)
    assert isinstance(bookkeeper.trace(), Receipt if entries else Absent)
    bookkeeper.deliver()
    books = bookkeeper.server.books()
    assert (len(books.accounts), len(books.entries)) == (1, 1)


def test_a_customer_that_was_written_down_is_not_looked_for_to_be_made(bookkeeper: Any) -> None:
    there = bookkeeper.server.arrange(DIVISION, ACCOUNTS, account(Name="Merged elsewhere"))
    bookkeeper.steps["F2026-0001"] = Steps({"account": there})
    bookkeeper.deliver()
    books = bookkeeper.server.books()
    assert [one.customer for one in books.entries] == [there]
    assert len(books.accounts) == 1


# What lies in the books already.


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ([{}], "found"),
        ([{"AmountFC": "145.15"}], "totals_differ"),
        ([{"VATAmountFC": "25.18"}], "totals_differ"),
        ([{"EntryDate": "2026-01-16"}], "totals_differ"),
        ([{}, {"EntryNumber": 26700901}], "entry_ambiguous"),
        ([{}, {"EntryNumber": 26700901, "AmountFC": "1.00"}], "entry_ambiguous"),
        ([{"Journal": "701"}], "booked"),
        ([{"EntryDate": "2025-01-15"}], "booked"),
        ([{"Type": 21, "AmountFC": "-145.14", "VATAmountFC": "-25.19"}], "booked"),
        ([{"YourRef": "F2026-00011"}], "booked"),
        ([{"Customer": "other"}], "customer_differs"),
        ([{"Customer": "other", "AmountFC": "1.00"}], "booked"),
        ([{"Journal": "701"}, {}], "found"),
    ],
)
def test_what_lies_there_is_taken_only_when_it_is_this_paper(
    rows: list[dict[str, Any]], outcome: str, bookkeeper: Any
) -> None:
    server: ExactServer = bookkeeper.server
    customer = server.arrange(DIVISION, ACCOUNTS, account(VATNumber="BE0876543270"))
    other = server.arrange(DIVISION, ACCOUNTS, account(Code="8".rjust(18), Name="Other"))
    for row in rows:
        at = {"Customer": other} if "Customer" in row else {}
        server.arrange(DIVISION, ENTRIES, entry(customer, **row | at))
    if outcome in {"found", "booked"}:
        assert bookkeeper.deliver().detail["how"] == outcome
    else:
        with pytest.raises(Held) as caught:
            bookkeeper.deliver()
        assert caught.value.reason == outcome
        with pytest.raises(Held):
            bookkeeper.trace()
    assert len(server.books().entries) == len(rows) + (outcome == "booked")


def test_trace_never_sends(bookkeeper: Any) -> None:
    assert isinstance(bookkeeper.trace(), Absent)
    books = bookkeeper.server.books()
    assert {line["method"] for line in books.requests if "/api/v1/" in line["target"]} == {"GET"}


# What Exact made of it is compared.


def with_vat_included(server: ExactServer) -> None:
    """The bookkeeper changes a VAT code: from now on its amounts include VAT, and Exact books another net."""
    server.arrange(DIVISION, "vat/VATCodes", {"ID": id_of(DIVISION, "VATCodes", "210"), "Type": "I"})


def test_a_total_that_differs_is_held_with_both_figures_and_never_sent_again(bookkeeper: Any) -> None:
    bookkeeper.deliver(sample_document("F2026-0000"))
    with_vat_included(bookkeeper.server)
    for _ in range(2):
        with pytest.raises(Held) as caught:
            bookkeeper.deliver()
        assert caught.value.reason == "totals_differ"
        assert "119.95" in caught.value.detail
        assert "145.14" in caught.value.detail
    assert len(bookkeeper.server.books().entries_of("F2026-0001")) == 1


def test_a_total_that_was_mended_in_the_books_becomes_a_receipt(bookkeeper: Any) -> None:
    bookkeeper.deliver(sample_document("F2026-0000"))
    with_vat_included(bookkeeper.server)
    with pytest.raises(Held):
        bookkeeper.deliver()
    [booked] = bookkeeper.server.books().entries_of("F2026-0001")
    bookkeeper.server.arrange(DIVISION, ENTRIES, {"EntryID": booked.id, "AmountFC": "145.14"})
    assert bookkeeper.deliver().reference == str(booked.number)
    assert len(bookkeeper.server.books().entries_of("F2026-0001")) == 1


def test_an_entry_that_was_removed_after_booking_is_a_persons_to_judge(bookkeeper: Any) -> None:
    bookkeeper.steps["F2026-0001"] = Steps({"entry": id_of(DIVISION, "SalesEntries", "gone")})
    for step in (bookkeeper.deliver, bookkeeper.trace):
        with pytest.raises(Held) as caught:
            step()
        assert caught.value.reason == "entry_gone"
    assert bookkeeper.server.books().entries == []


# What is refused before anything is sent.


def test_the_papers_of_another_company_are_not_booked(bookkeeper_at: Callable[..., Any], server: ExactServer) -> None:
    with pytest.raises(SettingsError) as caught:
        bookkeeper_at(server, division=123457).deliver()
    assert caught.value.reason == "wrong_company"
    assert server.books().entries == []


def test_nothing_is_prepared_before_the_vat_codes_are_confirmed(
    bookkeeper_at: Callable[..., Any], server: ExactServer
) -> None:
    with pytest.raises(SettingsError) as caught:
        bookkeeper_at(server, confirmed=False).prepare(sample_document())
    assert caught.value.reason == "not_confirmed"


def test_what_was_prepared_is_not_booked_when_the_confirmation_was_taken_back(
    bookkeeper: Any, bookkeeper_at: Callable[..., Any], server: ExactServer
) -> None:
    prepared, document = bookkeeper.prepare(sample_document()), sample_document()
    doubtful = bookkeeper_at(server, confirmed=False)
    with pytest.raises(SettingsError):
        doubtful.call("deliver", prepared=prepared, document=document, delivery=doubtful.delivery(document))
    assert server.books().entries == []


@pytest.mark.parametrize(
    "settings",
    [{"journal": "701"}, {"vat_codes": [{"category": "S", "rate": 21, "kind": "sales_invoice", "code": "210"}]}],
)
def test_what_was_prepared_with_other_settings_is_held(
    settings: dict[str, Any], bookkeeper_at: Callable[..., Any], server: ExactServer
) -> None:
    document = sample_document()
    wrong = bookkeeper_at(server, vat_codes=[{"category": "S", "rate": 21, "code": "21I"}]).prepare(document)
    mended = bookkeeper_at(server, **settings)
    with pytest.raises(Held) as caught:
        mended.call("deliver", prepared=wrong, document=document, delivery=mended.delivery(document))
    assert caught.value.reason == "settings_changed"
    assert server.books().entries == []


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"division": 999}, "division"),
        ({"journal": "999"}, "journal"),
        ({"journal": "600"}, "journal"),
        ({"gl_account": "999999"}, "gl_account"),
        ({"vat_codes": [{"category": "S", "rate": 21, "code": "XX"}]}, "vat_codes"),
        ({"vat_codes": [{"category": "S", "rate": 21, "code": "OUD"}]}, "vat_codes"),
        ({"vat_codes": [{"category": "S", "rate": 21, "code": "A21"}]}, "vat_codes"),
        ({"vat_codes": [{"category": "S", "rate": 21, "code": "21I"}]}, "vat_codes"),
        ({"vat_codes": [{"category": "S", "rate": 21, "code": "060"}]}, "vat_codes"),
    ],
)
def test_a_setting_that_the_books_do_not_have_blocks(
    settings: dict[str, Any], reason: str, bookkeeper_at: Callable[..., Any], server: ExactServer
) -> None:
    with pytest.raises(SettingsError) as caught:
        bookkeeper_at(server, **settings).deliver()
    assert caught.value.reason == reason
    assert server.books().entries == []


def test_a_closed_period_is_told_in_the_words_of_exact(bookkeeper: Any) -> None:
    bookkeeper.server.close_period(DIVISION, "2026-01")
    with pytest.raises(Rejected, match="2026 - 01"):
        bookkeeper.deliver()


def test_after_a_refusal_the_settings_are_read_anew(bookkeeper: Any) -> None:
    bookkeeper.deliver(sample_document("F2026-0000"))
    journal = {"ID": id_of(DIVISION, "Journals", "700"), "IsBlocked": True}
    bookkeeper.server.arrange(DIVISION, "financial/Journals", journal)
    with pytest.raises(Rejected):
        bookkeeper.deliver()
    with pytest.raises(SettingsError, match="blocked"):
        bookkeeper.deliver()


def test_a_warm_delivery_asks_three_times(bookkeeper: Any) -> None:
    bookkeeper.deliver(sample_document("F2026-0000"))
    before = len(bookkeeper.server.books().requests)
    bookkeeper.deliver(replace(sample_document("F2026-0002")))
    assert len(bookkeeper.server.books().requests) - before == 3


def test_too_many_calls_wait_for_the_minute_that_exact_names(bookkeeper: Any) -> None:
    bookkeeper.server.fail("too_many=#1@SalesEntries")
    with pytest.raises(NotSent) as caught:
        bookkeeper.deliver()
    assert 0 < (caught.value.retry_after or 0) <= 61
    bookkeeper.deliver()
    assert len(bookkeeper.server.books().entries) == 1
