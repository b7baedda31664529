"""What the far side that speaks Exact Online takes and refuses: accounts, contacts, documents, and bodies at large."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest

from hub.testing.exact import ExactServer, Setup
from tests.integration.exact_client import CUSTOMER_VAT, DIVISION, Client, logged_in

MANY = 10_000


ACCOUNTS = "crm/Accounts"


NOBODY = "00000000-0000-0000-0000-000000000000"


FULL = {"Prefer": "return=representation"}


@pytest.fixture
def server() -> Iterator[ExactServer]:
    with ExactServer(Setup(per_minute=MANY, per_day=MANY, errors_per_hour=MANY)) as started:
        yield started


@pytest.fixture
def client(server: ExactServer) -> Iterator[Client]:
    opened = logged_in(server)
    yield opened
    opened.close()


def test_an_account_answers_with_its_key_alone_unless_more_is_preferred(client: Client) -> None:
    reply = client.post(ACCOUNTS, {"Name": "Klant BV"})
    assert reply.status == 201
    assert {name for name, value in reply.d.items() if value is not None} == {"ID", "__metadata"}
    full = client.post(ACCOUNTS, {"Name": "Klant BV", "Country": "BE"}, **FULL).d
    assert (full["Name"], full["Country"], full["Status"]) == ("Klant BV", "BE ", "A")


def test_an_account_without_a_code_gets_the_next_one_padded(client: Client) -> None:
    client.post(ACCOUNTS, {"Name": "A", "Code": "41"})
    assert client.post(ACCOUNTS, {"Name": "B"}, **FULL).d["Code"] == "42".rjust(18)


def test_a_code_that_exists_is_refused(client: Client) -> None:
    client.post(ACCOUNTS, {"Name": "A", "Code": "41"})
    reply = client.post(ACCOUNTS, {"Name": "B", "Code": "41"})
    assert (reply.status, reply.said) == (500, "Gegeven bestaat reeds.")


def test_a_vat_number_may_come_twice(server: ExactServer, client: Client) -> None:
    assert client.customer() != client.customer()
    assert len(server.books().accounts_of(CUSTOMER_VAT)) == 2


def test_an_account_is_changed_without_an_answer(server: ExactServer, client: Client) -> None:
    key = client.customer(Status="S")
    reply = client.put(ACCOUNTS, key, {"Status": "C"})
    assert (reply.status, reply.body) == (204, b"")
    [row] = server.books().accounts
    assert (row["Status"], row["Name"]) == ("C", "Klant BV")


def test_a_change_that_carries_the_code_is_refused(client: Client) -> None:
    key = client.customer(Code="41")
    assert client.put(ACCOUNTS, key, {"Code": "41"}).said == "Gegeven bestaat reeds."


def test_a_contact_needs_a_person_at_an_account(server: ExactServer, client: Client) -> None:
    assert client.post("crm/Contacts", {}).said == "Verplicht: Relatie\r\nVerplicht: Voornaam\r\nVerplicht: Achternaam"
    person = {"FirstName": "Ann", "LastName": "Voorbeeld"}
    assert client.post("crm/Contacts", person | {"Account": NOBODY}).said == "Ongeldige referentie: Relatie"
    assert client.post("crm/Contacts", person | {"Account": client.customer()}).status == 201
    assert [row["FullName"] for row in server.books().contacts] == ["Ann Voorbeeld"]


def test_a_key_that_is_sent_is_ignored(client: Client) -> None:
    reply = client.post(ACCOUNTS, {"Name": "A", "ID": NOBODY, "CountryName": "België"}, **FULL)
    assert reply.status == 201
    assert (reply.d["ID"] == NOBODY, reply.d["CountryName"]) == (False, None)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"Name": "A", "SalesVatCode": "1"}, "The property name 'SalesVatCode'"),
        ({"Name": 1}, "for property 'Name' to type 'String'"),
        ({"Name": "A", "Blocked": "true"}, "for property 'Blocked' to type 'Boolean'"),
        ({"Name": "A", "GLAR": "400000"}, "for property 'GLAR' to type 'Guid'"),
        ({"Name": "A", "StartDate": "31/01/2026"}, "for property 'StartDate' to type 'DateTime'"),
        ({"Name": "A", "PeppolIdentifierType": 1.5}, "for property 'PeppolIdentifierType' to type 'Int32'"),
        ({"Name": "A", "PeppolIdentifierType": 2**31}, "for property 'PeppolIdentifierType' to type 'Int32'"),
        ({"Name": "A", "StartDate": "0001-01-01T00:00:00Z"}, "for property 'StartDate' to type 'DateTime'"),
        (["A"], "A JSON object is expected"),
    ],
)
def test_a_body_that_does_not_fit_is_400(client: Client, content: Any, told: str) -> None:
    reply = client.post(ACCOUNTS, content)
    assert reply.status == 400
    assert reply.said.startswith("Error processing request stream.")
    assert told in reply.said


def test_a_body_that_is_no_json_is_400(client: Client) -> None:
    target, auth = f"/api/v1/{DIVISION}/{ACCOUNTS}", f"Bearer {client.access}"
    headers = {"Authorization": auth, "Accept": "application/json"}
    assert client.send("POST", target, b"{", Content_Type="application/json", **headers).status == 400
    assert client.send("POST", target, b'{"Name":"A"}', Content_Type="text/plain", **headers).status == 400


def test_a_document_holds_files_and_is_tied_to_the_entry(server: ExactServer, client: Client) -> None:
    customer, data = client.customer(), b"%PDF-1.7 example"
    document = client.post("documents/Documents", {"Subject": "2026-0042", "Type": 10, "Account": customer}).d
    assert (document["TypeDescription"], document["AccountName"]) == ("Verkoopfactuur", "Klant BV")
    file = {"Document": document["ID"], "FileName": "2026-0042.pdf", "Attachment": b64encode(data).decode()}
    shown = client.post("documents/DocumentAttachments", file).d
    assert (shown["Attachment"], shown["FileSize"]) == (None, len(data))
    entry = client.entry(customer, Document=document["ID"]).d
    assert (
        client.put("documents/Documents", document["ID"], {"FinancialTransactionEntryID": entry["EntryID"]}).status
        == 204
    )
    books = server.books()
    assert [entry.document for entry in books.entries] == [document["ID"]]
    assert [(one.document, one.name, one.sha256) for one in books.attachments] == [
        (document["ID"], "2026-0042.pdf", sha256(data).hexdigest())
    ]


@pytest.mark.parametrize(
    ("path", "content", "status", "told"),
    [
        ("Documents", {}, 500, "Verplicht: Onderwerp\r\nVerplicht: Documentsoort"),
        ("Documents", {"Subject": "A", "Type": 9}, 500, "Ongeldige referentie: DocumentTypes"),
        ("Documents", {"Subject": "A", "Type": 10, "Account": NOBODY}, 500, "Ongeldige referentie: Relatie"),
        ("DocumentAttachments", {}, 500, "Verplicht: Document\r\nVerplicht: Bestandsnaam\r\nVerplicht: Bijlage"),
    ],
)
def test_a_wrong_document_is_refused(
    client: Client, path: str, content: dict[str, Any], status: int, told: str
) -> None:
    reply = client.post(f"documents/{path}", content)
    assert (reply.status, reply.said) == (status, told)


def test_a_document_type_that_the_licence_lacks_is_refused(server: ExactServer, client: Client) -> None:
    server.arrange(DIVISION, "documents/DocumentTypes", {"ID": 10, "DocumentIsCreatable": False})
    assert client.post("documents/Documents", {"Subject": "A", "Type": 10}).said == "Niet toegestaan: Documentsoort"


def test_an_attachment_that_is_not_base64_is_400(client: Client) -> None:
    reply = client.post("documents/DocumentAttachments", {"FileName": "a", "Attachment": "%PDFx"})
    assert reply.status == 400
    assert "for property 'Attachment' to type 'Byte[]'" in reply.said


@pytest.mark.parametrize(
    "send",
    [
        lambda client: client.post("financial/Journals", {"Code": "1"}),
        lambda client: client.put("documents/DocumentAttachments", NOBODY, {"FileName": "a"}),
        lambda client: client.send("DELETE", f"/api/v1/1/{ACCOUNTS}", Authorization=f"Bearer {client.access}"),
    ],
)
def test_what_a_resource_does_not_offer_is_refused(client: Client, send: Callable[[Client], Any]) -> None:
    assert send(client).status in {403, 405}


@pytest.mark.parametrize("amount", ["1e15", "-1e300", "NaN", "Infinity", "1e-400x", "", True, [1]])
def test_an_amount_that_no_bookkeeping_bears_is_400(client: Client, amount: Any) -> None:
    reply = client.entry(NOBODY, {"AmountFC": amount})
    assert reply.status == 400
    assert "for property 'AmountFC' to type 'Double'" in reply.said


def test_a_body_that_is_nested_too_deep_is_400(client: Client) -> None:
    target, auth = f"/api/v1/{DIVISION}/{ACCOUNTS}", f"Bearer {client.access}"
    body = b'{"Name":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    reply = client.send("POST", target, body, Content_Type="application/json", Authorization=auth)
    assert reply.status == 400


@pytest.mark.parametrize("headers", [{"Content_Length": "many"}, {"Transfer_Encoding": "chunked"}])
def test_a_body_without_a_length_is_refused(client: Client, headers: dict[str, str]) -> None:
    assert client.send("POST", f"/api/v1/{DIVISION}/{ACCOUNTS}", None, **headers).status == 411
