"""What the far side that speaks Exact Online answers to GET: shapes, pages, padding and dates."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from hub.testing.exact import COMPANIES, ExactServer, Setup, id_of
from tests.integration.exact_client import DIVISION, OTHER_DIVISION, Client, logged_in

ACCOUNTS, ENTRIES = "crm/Accounts", "salesentry/SalesEntries"
MANY = 10_000


@pytest.fixture(scope="module")
def server() -> Iterator[ExactServer]:
    """A far side with three customers, and 130 more in the other division."""
    with ExactServer(Setup(per_minute=MANY, per_day=MANY, errors_per_hour=MANY)) as started:
        for name in ("Bakker", "Slager", "Café Été"):
            row = {"Name": name, "Status": "C", "Country": "BE ", "Created": "2026-01-01T10:00:00"}
            started.arrange(DIVISION, ACCOUNTS, row)
        for number in range(130):
            started.arrange(OTHER_DIVISION, ACCOUNTS, {"Name": f"Klant {number:03}", "Status": "C"})
        yield started


@pytest.fixture(scope="module")
def client(server: ExactServer) -> Iterator[Client]:
    opened = logged_in(server)
    yield opened
    opened.close()


@pytest.mark.parametrize("top", ["1", "50", "60"])
def test_a_top_up_to_a_page_gives_a_bare_list(client: Client, top: str) -> None:
    rows = client.at(OTHER_DIVISION).get(ACCOUNTS, filter="Status eq 'C'", select="Name", top=top).d
    assert [row["Name"] for row in rows] == [f"Klant {number:03}" for number in range(int(top))]


def test_an_empty_list_with_top_is_bare_too(client: Client) -> None:
    assert client.get(ACCOUNTS, filter="Name eq 'x'", select="Name", top="1").json == {"d": []}


def test_an_empty_list_without_top_is_wrapped(client: Client) -> None:
    assert client.get(ACCOUNTS, filter="Name eq 'x'", select="Name").json == {"d": {"results": []}}


def follow(client: Client, **query: str) -> Iterator[list[str]]:
    """The names on each page."""
    page = client.at(OTHER_DIVISION).get(ACCOUNTS, filter="Status eq 'C'", select="Name", **query).d
    yield [row["Name"] for row in page["results"]]
    while "__next" in page:
        target = page["__next"].removeprefix("http://").partition("/")[2]
        headers = {"Authorization": f"Bearer {client.access}", "Accept": "application/json"}
        page = client.send("GET", f"/{target}", **headers).d
        yield [row["Name"] for row in page["results"]]


def test_pages_are_followed_by_next(client: Client) -> None:
    pages = list(follow(client))
    assert [len(page) for page in pages] == [60, 60, 10]
    assert list(itertools.chain(*pages)) == [f"Klant {number:03}" for number in range(130)]


def test_a_larger_top_is_counted_down_over_the_pages(client: Client) -> None:
    assert [len(page) for page in follow(client, top="100")] == [60, 40]


def test_next_is_an_absolute_address_with_a_skiptoken(client: Client, server: ExactServer) -> None:
    page = client.at(OTHER_DIVISION).get(ACCOUNTS, filter="Status eq 'C'", select="Name", top="100").d
    assert page["__next"].startswith(f"{server.url}/api/v1/{OTHER_DIVISION}/{ACCOUNTS}?")
    query = parse_qs(urlsplit(page["__next"]).query)
    assert query["$top"] == ["40"]
    assert "$skiptoken" in query


def test_a_count_makes_the_list_wrapped(client: Client) -> None:
    page = client.get(
        ACCOUNTS, filter="Country eq 'BE' and Status eq 'C'", select="Name", top="1", inlinecount="allpages"
    )
    assert (page.d["__count"], len(page.d["results"])) == ("3", 1)


def test_a_list_is_ordered_on_request(client: Client) -> None:
    rows = client.get(ACCOUNTS, filter="Country eq 'BE' and Name ne ''", select="Name", orderby="Name desc", top="2").d
    assert [row["Name"] for row in rows] == ["Slager", "Café Été"]


def test_a_list_without_select_is_refused(client: Client) -> None:
    reply = client.get("financial/Journals", filter="Type eq 20")
    text = "Please add a $select or a $top=1 statement to the query string."
    assert (reply.status, reply.said) == (400, text)
    assert client.get("financial/Journals", filter="Type eq 20", top="1").status == 200


def test_a_list_that_needs_a_filter_says_which_fields_do(client: Client) -> None:
    reply = client.get(ACCOUNTS, select="Name")
    assert reply.status == 400
    assert reply.said.startswith("A GET request for this endpoint must have a $filter parameter with one of the ")
    assert "VATNumber" in reply.said
    assert client.get(ACCOUNTS, select="Name", filter="City eq 'Gent'").status == 400
    assert client.get(ENTRIES, select="EntryID").status == 200


def test_me_belongs_to_no_division(client: Client) -> None:
    headers = {"Authorization": f"Bearer {client.access}", "Accept": "application/json"}
    [me] = client.send("GET", "/api/v1/current/Me?$select=CurrentDivision,ServerUtcOffset", **headers).d["results"]
    assert (me["CurrentDivision"], me["ServerUtcOffset"]) == (DIVISION, 3600)
    assert "FullName" not in me


def test_the_divisions_are_listed_from_any_division(client: Client) -> None:
    wanted = "Code,Description,VATNumber,ChamberOfCommerceNumber,Country,Status"
    rows = client.at(1).get("system/Divisions", select=wanted).d["results"]
    assert {row["Code"]: (row["Description"], row["ChamberOfCommerceNumber"]) for row in rows} == COMPANIES
    assert {(row["Country"], row["Status"]) for row in rows} == {("BE ", 1)}


@pytest.mark.parametrize("number", [number for _, number in COMPANIES.values()])
def test_the_example_companies_have_valid_check_digits(number: str) -> None:
    assert int(number[:8]) % 97 + int(number[8:]) == 97


@pytest.mark.parametrize(
    ("path", "text", "codes"),
    [
        ("financial/Journals", "Type eq 20", ["700", "701"]),
        ("financial/Journals", "Type eq 22", ["600"]),
        ("financial/GLAccounts", "Type eq 110", ["700000", "705000", "707000"]),
        ("vat/VATCodes", "Percentage eq 0.06", ["060"]),
        ("vat/VATCodes", "EUSalesListing eq 'L' and Type eq 'B'", ["ICG"]),
        ("vat/VATCodes", "IsBlocked eq true", ["OUD"]),
        ("cashflow/PaymentConditions", "PaymentDays eq 30", ["30"]),
    ],
)
def test_a_fresh_division_has(client: Client, path: str, text: str, codes: list[str]) -> None:
    rows = client.get(path, filter=text, select="Code").d["results"]
    assert [row["Code"].strip() for row in rows] == codes


def test_vat_codes_are_padded_and_their_percentage_is_a_fraction(client: Client) -> None:
    [row] = client.get("vat/VATCodes", filter="Code eq 'MC'", select="Code,Percentage", top="1").d
    assert (row["Code"], row["Percentage"]) == ("MC ", 0)
    [row] = client.get("vat/VATCodes", filter="Code eq '210'", select="Percentage", top="1").d
    assert row["Percentage"] == 0.21


def test_document_types_are_listed(client: Client) -> None:
    rows = client.get("documents/DocumentTypes", select="ID,Description").d["results"]
    assert {row["ID"]: row["Description"] for row in rows}[10] == "Verkoopfactuur"


def test_one_row_is_read_by_its_key(client: Client) -> None:
    key = id_of(DIVISION, "Journals", "700")
    assert client.get(f"financial/Journals(guid'{key}')", select="Code").d["Code"] == "700"


def test_a_key_that_is_not_there_is_404(client: Client) -> None:
    assert client.get("crm/Accounts(guid'00000000-0000-0000-0000-000000000000')", select="Name").status == 404


@pytest.mark.parametrize("path", ["crm/Nonsense", "nonsense", "crm/Accounts/ID"])
def test_an_address_that_is_not_there_is_404(client: Client, path: str) -> None:
    assert client.get(path).status == 404


def test_another_division_is_forbidden(client: Client) -> None:
    reply = client.at(999999).get("financial/Journals", select="Code")
    assert (reply.status, reply.said, reply.headers["Reason"]) == (403, "Forbidden", "NoDivisionAccess")


def test_dates_are_shown_as_if_they_were_in_utc(client: Client) -> None:
    [row] = client.get(ACCOUNTS, filter="Name eq 'Bakker'", select="Created", top="1").d
    shown = int(row["Created"].removeprefix("/Date(").removesuffix(")/"))
    assert datetime.fromtimestamp(shown / 1000, UTC) == datetime(2026, 1, 1, 10, tzinfo=UTC)


def test_created_is_local_time_dressed_as_utc(client: Client) -> None:
    key = client.customer(Name="Nu")
    [row] = client.get(ACCOUNTS, filter=f"ID eq guid'{key}'", select="Created", top="1").d
    shown = int(row["Created"].removeprefix("/Date(").removesuffix(")/"))
    ahead = datetime.fromtimestamp(shown / 1000, UTC) - datetime.now(UTC)
    assert timedelta(minutes=58) < ahead <= timedelta(hours=1)


def test_without_accept_the_answer_is_atom(client: Client) -> None:
    target = f"/api/v1/{DIVISION}/financial/Journals?$select=Code"
    reply = client.send("GET", target, Authorization=f"Bearer {client.access}")
    assert (reply.status, reply.headers.get_content_type()) == (200, "application/atom+xml")
    assert b"<Code>700</Code>" in reply.body
