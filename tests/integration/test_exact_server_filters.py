"""$filter at the far side that speaks Exact Online: what it finds, and what it does not understand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hub.testing.exact import ExactServer, Setup
from tests.integration.exact_client import DIVISION, Client, logged_in

ACCOUNTS = "crm/Accounts"
MANY = 10_000


NAMES = ("Bakker", "Bakkerij O'Hara", "Slager", "Café Été")


@pytest.fixture(scope="module")
def server() -> Iterator[ExactServer]:
    """A far side with a few customers."""
    with ExactServer(Setup(per_minute=MANY, per_day=MANY, errors_per_hour=MANY)) as started:
        for number, name in enumerate(NAMES, start=1):
            row: dict[str, Any] = {
                "Name": name,
                "Code": f"{number}".rjust(18),
                "Status": "CPSA"[number - 1],
                "Country": "BE ",
            }
            row |= {"IsSupplier": number == 3, "Email": None if number == 4 else f"n{number}@voorbeeld.example"}
            started.arrange(DIVISION, ACCOUNTS, row | {"Created": f"2026-01-0{number}T10:00:00"})
        yield started


@pytest.fixture(scope="module")
def client(server: ExactServer) -> Iterator[Client]:
    opened = logged_in(server)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Name eq 'Bakker'", "1"),
        ("Name eq 'Bakkerij O''Hara'", "2"),
        ("Name ne 'Bakker'", "234"),
        ("Name eq 'Bakker' or Name eq 'Slager'", "13"),
        ("Name eq 'Bakker' or Name eq 'Slager' and Status eq 'X'", "1"),
        ("(Name eq 'Bakker' or Name eq 'Slager') and Status eq 'S'", "3"),
        ("Name eq 'Bakker' and Name eq 'Slager'", ""),
        (f"Code eq '{'2'.rjust(18)}'", "2"),
        ("Code eq '2'", ""),
        ("trim(Code) eq '2'", "2"),
        ("Country eq 'BE' and Name ne ''", "1234"),
        ("substringof('akker',Name) eq true", "12"),
        ("substringof('akker', Name) eq false", "34"),
        ("substringof('O''H',Name)", "2"),
        ("startswith(Name,'Bakkerij') eq true", "2"),
        ("IsSupplier eq true and Status ne 'C'", "3"),
        ("Status eq 'C' and IsSupplier eq false", "1"),
        ("Email eq null and Name ne 'x'", "4"),
        ("Email ne null and Name ne 'x'", "123"),
        ("Created ge datetime'2026-01-03'", "34"),
        ("Created gt datetime'2026-01-03T10:00:00' and Created le datetime'2026-01-09'", "4"),
        ("Created lt datetime'2026-01-02'", "1"),
        ("Name eq 'Café Été'", "4"),
        ("Name eq 'or' or Status eq 'A'", "4"),
    ],
)
def test_a_filter_finds(client: Client, text: str, found: str) -> None:
    rows = client.get(ACCOUNTS, filter=text, select="Code").d["results"]
    assert "".join(sorted(row["Code"].strip() for row in rows)) == found


@pytest.mark.parametrize(
    "text",
    [
        "Name eq Bakker",
        "Name eq 'O'Hara'",
        "Name eq 'Bakker",
        "Name = 'Bakker'",
        "Name eq 'a' and",
        "and Name eq 'a'",
        "(Name eq 'a'",
        "Name eq 'a')",
        "Name 'a'",
        "Nonsense eq 'a'",
        "ID eq 'b2c3'",
        "ID eq guid'b2c3'",
        "Name eq guid'b2c3b2c3-0000-0000-0000-000000000000'",
        "Name eq 1",
        "Created ge '2026-01-01'",
        "Created ge datetime'yesterday'",
        "Blocked eq 'true'",
        "Name gt null",
        "tolower(Name) eq 'a'",
        "not Name eq 'a'",
        "substringof(Name,'a')",
        "trim(ID) eq 'a'",
        "Name eq 'a' or 1 eq 1",
        "Name eq 'a'; drop",
        "(" * 2000 + "Name eq 'a'" + ")" * 2000,
    ],
)
def test_what_is_no_filter_is_an_error_in_query_syntax(client: Client, text: str) -> None:
    reply = client.get(ACCOUNTS, filter=text, select="Code")
    assert (reply.status, reply.said) == (400, "Bad Request - Error in query syntax.")


@pytest.mark.parametrize("query", [{"select": "Name,Nonsense"}, {"orderby": "Nonsense"}, {"top": "-1"}, {"top": "x"}])
def test_what_is_no_query_is_an_error_in_query_syntax(client: Client, query: dict[str, str]) -> None:
    reply = client.get(ACCOUNTS, **{"filter": "Name eq 'a'", "select": "Name"} | query)
    assert (reply.status, reply.said) == (400, "Bad Request - Error in query syntax.")
