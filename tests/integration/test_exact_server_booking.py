"""What the far side that speaks Exact Online books: what it refuses, the arithmetic, numbers and due dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub.testing.exact import ExactServer, Setup, id_of
from tests.integration.exact_client import CUSTOMER_VAT, DIVISION, ENTRIES, REVENUE, Client, entry_of, logged_in

MANY = 10_000


ACCOUNTS = "crm/Accounts"


NOBODY = "00000000-0000-0000-0000-000000000000"


DEBTORS = id_of(DIVISION, "GLAccounts", "400000")


NO_DEFAULT = id_of(DIVISION, "GLAccounts", "707000")


@pytest.fixture
def server() -> Iterator[ExactServer]:
    with ExactServer(Setup(per_minute=MANY, per_day=MANY, errors_per_hour=MANY)) as started:
        yield started


@pytest.fixture
def client(server: ExactServer) -> Iterator[Client]:
    opened = logged_in(server)
    yield opened
    opened.close()


def test_a_property_that_is_read_only_is_ignored_and_its_line_booked_as_nothing(client: Client) -> None:
    line = {"GLAccount": REVENUE, "VATCode": "210", "AmountDC": 100}
    reply = client.post(ENTRIES, entry_of(client.customer(), line, AmountFC=121))
    assert (reply.status, reply.d["AmountFC"]) == (201, 0.0)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31T23:30:00", date(2026, 1, 31)),
        ("2026-01-31T23:30:00Z", date(2026, 2, 1)),
    ],
)
def test_a_date_with_a_zone_is_moved_to_local_time(
    server: ExactServer, client: Client, sent: str, stored: date
) -> None:
    client.entry(client.customer(), EntryDate=sent)
    assert [entry.entry_date for entry in server.books().entries] == [stored]


@pytest.mark.parametrize(
    ("lines", "tax", "total"),
    [
        ([{"VATCode": "210", "AmountFC": 100.0}], "21.00", "121.00"),
        ([{"VATCode": "210", "AmountFC": "100.00"}], "21.00", "121.00"),
        ([{"VATCode": "060", "AmountFC": 0.25}], "0.02", "0.27"),
        ([{"VATCode": "210", "AmountFC": 0.45}, {"VATCode": "210", "AmountFC": 0.45}], "0.18", "1.08"),
        ([{"VATCode": "210", "AmountFC": 0.9}], "0.19", "1.09"),
        ([{"VATCode": "210", "AmountFC": 100.0, "VATAmountFC": 20.99}], "20.99", "120.99"),
        ([{"VATCode": "21I", "AmountFC": 121.0}], "21.00", "121.00"),
        ([{"VATCode": "MC", "AmountFC": 100.0}], "0.00", "100.00"),
        ([{"VATCode": "ICG", "AmountFC": 100.0}], "0.00", "100.00"),
        ([{"VATCode": "000", "AmountFC": 0.01}], "0.00", "0.01"),
        ([{"AmountFC": 100.0}], "21.00", "121.00"),
        ([{"GLAccount": NO_DEFAULT, "AmountFC": 100.0}], "0.00", "100.00"),
        ([{"VATCode": "210", "AmountFC": 100.0}, {"VATCode": "120", "AmountFC": 50.0}], "27.00", "177.00"),
        ([{"VATCode": "210", "AmountFC": -100.0}], "-21.00", "-121.00"),
        ([{"VATCode": "060", "AmountFC": -0.25}], "-0.02", "-0.27"),
    ],
)
def test_each_line_is_computed_and_rounded_by_itself(
    server: ExactServer, client: Client, lines: list[dict[str, Any]], tax: str, total: str
) -> None:
    reply = client.entry(client.customer(), *lines)
    assert (reply.d["AmountFC"], reply.d["VATAmountFC"]) == (float(total), float(tax))
    [entry] = server.books().entries
    assert (entry.total, entry.tax) == (Decimal(total), Decimal(tax))
    assert sum(base + tax for base, tax in entry.by_vat_code.values()) == entry.total


def test_the_books_tell_what_was_booked(server: ExactServer, client: Client) -> None:
    customer = client.customer()
    lines = [{"VATCode": "210", "AmountFC": 100}, {"VATCode": "210", "AmountFC": 10}, {"VATCode": "MC", "AmountFC": 5}]
    key = client.entry(customer, *lines, DueDate="2026-02-14").d["EntryID"]
    [entry] = server.books().entries_of("2026-0042")
    assert (entry.id, entry.division, entry.journal, entry.type) == (key, DIVISION, "700", 20)
    assert (entry.customer, entry.customer_vat) == (customer, CUSTOMER_VAT)
    assert (entry.entry_date, entry.due_date) == (date(2026, 1, 31), date(2026, 2, 14))
    expected = {"210": (Decimal("110.00"), Decimal("23.10")), "MC": (Decimal("5.00"), Decimal("0.00"))}
    assert entry.by_vat_code == expected == server.books().taxes(DIVISION)
    assert server.books().doubles() == {}


def test_a_number_may_be_booked_twice_and_the_books_tell_it(server: ExactServer, client: Client) -> None:
    customer = client.customer()
    client.entry(customer)
    client.entry(customer)
    assert server.books().doubles() == {(DIVISION, CUSTOMER_VAT, "2026-0042", 20): 2}


def test_a_number_that_was_booked_for_two_accounts_of_one_company_is_a_double(
    server: ExactServer, client: Client
) -> None:
    client.entry(client.customer())
    client.entry(client.customer())
    client.entry(client.customer(VATNumber="BE0999000129"))
    assert server.books().doubles() == {(DIVISION, CUSTOMER_VAT, "2026-0042", 20): 2}


def test_an_invoice_and_a_credit_note_of_one_number_are_no_double(server: ExactServer, client: Client) -> None:
    customer = client.customer()
    client.entry(customer)
    client.entry(customer, {"VATCode": "210", "AmountFC": -100.0})
    assert server.books().doubles() == {}


def test_entries_are_numbered_by_year_and_journal(client: Client) -> None:
    customer = client.customer()
    numbers = [client.entry(customer, EntryDate=day).d["EntryNumber"] for day in ("2026-01-31", "2025-12-31")]
    numbers += [client.entry(customer, Journal=journal).d["EntryNumber"] for journal in ("701", "700")]
    assert numbers == [26700001, 25700001, 26701001, 26700002]


def test_a_number_that_was_asked_for_is_given_and_passed_over_later(client: Client) -> None:
    customer = client.customer()
    asked = (26700003, 26700002, None, None)
    numbers = [client.entry(customer, EntryNumber=number).d["EntryNumber"] for number in asked]
    assert numbers == [26700003, 26700002, 26700004, 26700005]


def test_each_journal_has_numbers_of_its_own(client: Client) -> None:
    customer = client.customer()
    assert client.entry(customer, EntryNumber=5).status == 201
    assert client.entry(customer, EntryNumber=5, Journal="701").status == 201


def test_an_entry_id_that_was_asked_for_is_not_given(client: Client) -> None:
    wanted = "11111111-2222-4333-8444-555555555555"
    assert client.entry(client.customer(), EntryID=wanted).d["EntryID"] != wanted


@pytest.mark.parametrize(
    ("head", "amount", "kind"),
    [({}, 100, 20), ({}, -100, 21), ({"Type": 21}, -100, 21), ({"Type": 21}, 100, 21), ({"Type": 20}, -100, 21)],
)
def test_a_credit_note_is_one_by_its_type_or_its_sign(
    client: Client, head: dict[str, Any], amount: int, kind: int
) -> None:
    reply = client.entry(client.customer(), {"VATCode": "210", "AmountFC": amount}, **head)
    assert (reply.d["Type"], reply.d["AmountFC"]) == (kind, amount * 1.21)


@pytest.mark.parametrize(
    ("account", "head", "due"),
    [
        ({}, {}, date(2026, 3, 2)),
        ({}, {"PaymentCondition": "14"}, date(2026, 2, 14)),
        ({"PaymentConditionSales": "60"}, {}, date(2026, 4, 1)),
        ({"PaymentConditionSales": "60"}, {"PaymentCondition": "00"}, date(2026, 1, 31)),
        ({}, {"PaymentCondition": "14", "DueDate": "2026-05-01T00:00:00"}, date(2026, 5, 1)),
    ],
)
def test_the_due_date_follows_from_the_payment_condition(
    server: ExactServer, client: Client, account: dict[str, Any], head: dict[str, Any], due: date
) -> None:
    client.entry(client.customer(**account), **head)
    assert [entry.due_date for entry in server.books().entries] == [due]


def test_lines_are_shown_when_they_are_expanded(client: Client) -> None:
    client.entry(client.customer(), {"VATCode": "MC", "AmountFC": 5, "Description": "Werk"})
    [plain] = client.get(ENTRIES, filter="YourRef eq '2026-0042'", select="EntryID,SalesEntryLines", top="1").d
    assert list(plain["SalesEntryLines"]) == ["__deferred"]
    query = {"filter": "YourRef eq '2026-0042'", "select": "EntryID", "expand": "SalesEntryLines", "top": "1"}
    [row] = client.get(ENTRIES, **query).d
    [line] = row["SalesEntryLines"]["results"]
    assert (line["VATCode"], line["AmountFC"], line["Description"]) == ("MC ", 5.0, "Werk")


WRONG_HEADS: list[tuple[dict[str, Any], str]] = [
    ({"Customer": None}, "Verplicht: Klant"),
    ({"Journal": None}, "Verplicht: Dagboek"),
    ({"SalesEntryLines": []}, "Verplicht: Boekingsregels"),
    ({"Customer": None, "Journal": ""}, "Verplicht: Klant\r\nVerplicht: Dagboek"),
    ({"Customer": NOBODY}, "Ongeldige referentie: Klant"),
    ({"Journal": id_of(DIVISION, "Journals", "700")}, "Ongeldige referentie: Journals"),
    ({"Journal": "600"}, "Ongeldig: Dagboek"),
    ({"Journal": "701", "Currency": "USD"}, "Niet toegestaan: Valuta"),
    ({"Currency": "XXX"}, "Ongeldige referentie: Valuta"),
    ({"PaymentCondition": "99"}, "Ongeldige referentie: Betalingsconditie"),
    ({"Document": NOBODY}, "Ongeldige referentie: Document"),
    ({"EntryDate": "2025-12-31"}, "Periode is afgesloten: 2025 - 12"),
    ({"ReportingYear": 2025, "ReportingPeriod": 12}, "Periode is afgesloten: 2025 - 12"),
    ({"EntryNumber": 26700001}, "In gebruik: Boekstuknummer"),
]


WRONG_LINES: list[tuple[dict[str, Any], str]] = [
    ({"GLAccount": None}, "Verplicht: Grootboekrekening"),
    ({"GLAccount": NOBODY}, "Ongeldige referentie: GLAccounts"),
    ({"GLAccount": DEBTORS}, "Ongeldig: Grootboekrekeningtype"),
    ({"VATCode": "XX"}, "Ongeldige referentie: Btw-code"),
    ({"VATCode": "OUD"}, "Niet toegestaan: Btw-code"),
    ({"VATCode": "A21"}, "Niet toegestaan: Btw-code"),
]


@pytest.mark.parametrize(("head", "told"), WRONG_HEADS, ids=[told for _, told in WRONG_HEADS])
def test_a_wrong_head_is_refused_and_nothing_booked(
    server: ExactServer, client: Client, head: dict[str, Any], told: str
) -> None:
    customer = client.customer()
    client.entry(customer, YourRef="first")
    server.close_period(DIVISION, "2025-12")
    reply = client.post(ENTRIES, entry_of(customer) | head)
    assert (reply.status, reply.said) == (500, told)
    assert reply.json["error"]["code"] == ""
    assert [entry.your_ref for entry in server.books().entries] == ["first"]


@pytest.mark.parametrize(("line", "told"), WRONG_LINES, ids=[told for _, told in WRONG_LINES])
def test_a_wrong_line_is_refused_and_nothing_booked(
    server: ExactServer, client: Client, line: dict[str, Any], told: str
) -> None:
    reply = client.entry(client.customer(), {"AmountFC": 1}, {"AmountFC": 1} | line)
    assert (reply.status, reply.said) == (500, told)
    assert server.books().entries == []


@pytest.mark.parametrize("status", ["P", "S", "A"])
def test_only_a_customer_can_be_invoiced(client: Client, status: str) -> None:
    reply = client.entry(client.customer(Status=status))
    assert (reply.status, reply.said) == (500, "Ongeldig: Klant (Type)")


def test_a_code_where_a_guid_is_expected_is_400(client: Client) -> None:
    reply = client.entry("41")
    assert reply.status == 400
    assert "for property 'Customer' to type 'Guid'" in reply.said


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("nl", "In gebruik: Boekstuknummer"),
        ("en", "Already exists - Entry number"),
        ("fr", "Existe déjà - Numéro d'écriture"),
    ],
)
def test_errors_are_told_in_the_language_of_the_user(language: str, told: str) -> None:
    with ExactServer(Setup(language=language)) as server:
        client = logged_in(server)
        customer = client.customer()
        client.entry(customer, EntryNumber=1)
        assert client.entry(customer, EntryNumber=1).said == told
        client.close()


def test_the_head_of_an_entry_can_be_changed_but_not_its_lines(server: ExactServer, client: Client) -> None:
    key = client.entry(client.customer()).d["EntryID"]
    assert client.put(ENTRIES, key, {"Description": "Gewijzigd", "VATAmountFC": 1}).status == 204
    assert client.put(ENTRIES, key, {"SalesEntryLines": []}).status == 500
    [entry] = server.books().entries
    assert (entry.row["Description"], entry.tax) == ("Gewijzigd", Decimal("21.00"))


@pytest.mark.parametrize(
    ("resource", "row", "told"),
    [
        ("financial/Journals", {"ID": id_of(DIVISION, "Journals", "700"), "IsBlocked": True}, "Geblokkeerd: Dagboek"),
        ("financial/GLAccounts", {"ID": REVENUE, "IsBlocked": True}, "Geblokkeerd: Grootboekrekening"),
        (ACCOUNTS, {"Blocked": True}, "Geblokkeerd: Klant"),
    ],
)
def test_what_a_person_blocked_on_the_screen_is_refused(
    server: ExactServer, client: Client, resource: str, row: dict[str, Any], told: str
) -> None:
    customer = client.customer()
    server.arrange(DIVISION, resource, {"ID": customer} | row)
    assert client.entry(customer).said == told
