"""The far side that speaks Exact Online as a process: its ledger outlives it, and a new start goes on where it was."""

from __future__ import annotations

import json
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.testing.exact import App, Books, ExactServer, Remote, Setup, running
from tests.integration.exact_client import CUSTOMER_VAT, DIVISION, Client, logged_in

PATIENCE = 20.0


def test_a_process_tells_its_address_and_ends_on_a_signal(tmp_path: Path) -> None:
    with running("--ledger", str(tmp_path / "ledger")) as (server, process):
        client = logged_in(server)
        client.entry(client.customer())
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        client.close()
    [entry] = Books.read(tmp_path / "ledger").entries
    assert entry.customer_vat == CUSTOMER_VAT


def test_options_reach_the_process() -> None:
    arguments = [
        "--language",
        "en",
        "--per-minute",
        "2",
        "--company",
        "7=0999000129:Example SRL",
        "--expires-in",
        "599",
    ]
    with running(*arguments, "--client-id", "mine", "--client-secret", "quiet") as (server, _):
        client, app = Client(server), App("mine", "quiet")
        code = server.code(app)
        pair = client.exchange(code, client_id="mine", client_secret="quiet").json
        client.access = pair["access_token"]
        assert pair["expires_in"] == "599"
        [division] = client.at(7).get("system/Divisions", select="Description,VATNumber").d["results"]
        assert (division["Description"], division["VATNumber"]) == ("Example SRL", "BE0999000129")
        assert client.at(7).post("crm/Accounts", {}).said == "Mandatory: Name"
        assert client.at(7).post("crm/Accounts", {}).status == 429
        client.close()


def test_what_was_booked_outlives_a_kill(tmp_path: Path) -> None:
    with running("--ledger", str(tmp_path / "ledger")) as (server, process):
        client = logged_in(server)
        client.entry(client.customer())
        process.kill()
        process.wait(PATIENCE)
        client.close()
    assert len(Books.read(tmp_path / "ledger").entries) == 1


def test_a_new_start_goes_on_where_the_ledger_ends(tmp_path: Path) -> None:
    setup = Setup(ledger=tmp_path / "ledger")
    with ExactServer(setup) as server:
        client = Client(server)
        pair = client.exchange(server.code()).json
        client.access = pair["access_token"]
        customer = client.customer()
        client.entry(customer)
        server.close_period(DIVISION, "2025-12")
        server.advance(300)
        client.close()
    with ExactServer(setup) as server:
        client = Client(server, pair["access_token"])
        assert client.entry(customer, EntryDate="2025-12-31").said == "Periode is afgesloten: 2025 - 12"
        assert client.entry(customer).d["EntryNumber"] == 26700002
        server.advance(271)
        assert client.refresh(pair["refresh_token"]).status == 200
        assert [line["number"] for line in server.books().requests] == [*range(1, 8)]
        client.close()


def test_a_half_written_line_is_left_out_and_cut_off(tmp_path: Path) -> None:
    setup = Setup(ledger=tmp_path / "ledger")
    with ExactServer(setup) as server:
        client = logged_in(server)
        client.customer()
        client.close()
    with (tmp_path / "ledger").open("ab") as file:
        file.write(b'{"kind": "stor')
    assert len(Books.read(tmp_path / "ledger").accounts) == 1
    with ExactServer(setup) as server:
        client = logged_in(server)
        client.customer()
        client.close()
    assert len(Books.read(tmp_path / "ledger").accounts) == 2


def test_many_clients_at_once_lose_nothing() -> None:
    with ExactServer(Setup(per_minute=10_000)) as server:
        first = logged_in(server)
        customer = first.customer()

        def book(part: int) -> list[int]:
            client = Client(server, first.access)
            numbers = [client.entry(customer, YourRef=f"{part}-{n}").d["EntryNumber"] for n in range(20)]
            client.close()
            return numbers

        with ThreadPoolExecutor(8) as pool:
            numbers = sorted(number for part in pool.map(book, range(8)) for number in part)
        assert numbers == [*range(26700001, 26700001 + 160)]
        assert len({entry.your_ref for entry in server.books().entries}) == 160
        first.close()


def test_a_line_that_stays_open_does_not_keep_the_server_from_ending() -> None:
    with ExactServer() as server:
        client = logged_in(server)
    client.close()


def test_the_books_are_read_by_others_as_json() -> None:
    with ExactServer() as server:
        client = logged_in(server)
        client.entry(client.customer(), EntryDate="2026-02-28")
        shown = json.loads(client.send("GET", "/_control/books").body)
        client.close()
    assert [(entry["total"], entry["entry_date"]) for entry in shown["entries"]] == [("121.00", "2026-02-28")]
    assert {"accounts", "requests", "tokens", "documents", "attachments", "contacts"} < set(shown)


@pytest.mark.parametrize("row", [{"Naam": "A"}, {"Name": "A", "code": "1"}])
def test_a_row_with_a_property_that_is_not_there_cannot_be_arranged(row: dict[str, str]) -> None:
    with ExactServer() as server, pytest.raises(ValueError, match="crm/Accounts has no"):
        server.arrange(DIVISION, "crm/Accounts", row)


@pytest.mark.parametrize(("method", "name"), [("GET", "nonsense"), ("PUT", "faults"), ("POST", "clock")])
def test_a_control_that_is_not_understood_is_told(method: str, name: str) -> None:
    with ExactServer() as server:
        client = Client(server)
        reply = client.send(method, f"/_control/{name}", b"{}")
        client.close()
    assert reply.status in {400, 404}
    assert "error" in reply.json


def test_an_address_that_belongs_to_nothing_is_a_page() -> None:
    with ExactServer() as server:
        client = Client(server)
        reply = client.send("GET", "/")
        client.close()
    assert (reply.status, reply.headers.get_content_type()) == (404, "text/html")


def test_two_far_sides_do_not_know_each_other() -> None:
    with ExactServer() as one, ExactServer() as other:
        client = logged_in(one)
        client.customer()
        client.close()
        sides: list[Remote] = [one, other]
        assert [len(side.books().accounts) for side in sides] == [1, 0]
