"""The pretended CodaBox: a token works once, a paper is taken once, and it fails as asked and ends cleanly."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.errors import Uncertain
from hub.http import Http, Reply
from hub.net import guard_from_environment
from hub.testing import samples
from hub.testing.codabox import SOFTWARE_KEY, CodaboxServer, Setup
from hub.testing.codabox_desk import Plan, Standing

NUMBER, OTHER = "0123456749", "0876543270"
PATIENCE = 20.0
UPLOAD = "upload/sales-invoice/"


class Caller:
    """A client of the wire that knows nothing of the plugin."""

    def __init__(self, http: Http, url: str) -> None:
        self.http = http
        self.url = url
        self.auth: tuple[str, str] = ("", "")
        self.software = {"X-Software-Company": SOFTWARE_KEY}

    def get(self, path: str) -> Reply:
        return self.http.get(f"{self.url}/{path}", headers=self.software, auth=self.auth)

    def ask(self, number: str = NUMBER) -> Reply:
        path = f"{self.url}/request-access-token/invoicing-software/"
        return self.http.send("POST", path, json={"vat": number}, headers=self.software)

    def link(self) -> Caller:
        self.ask()
        said = self.get(f"get-credentials/{self.control('mails')[-1]['token']}/").json()
        self.auth = (said["username"], said["password"])
        return self

    def upload(self, data: bytes, key: str = "k", path: str = UPLOAD) -> Reply:
        headers = {**self.software, "Idempotency-Key": key}
        files = {"file": ("a.xml", data, "application/xml")}
        return self.http.send("POST", f"{self.url}/{path}", files=files, headers=headers, auth=self.auth)

    def control(self, what: str) -> Any:
        return self.http.get(f"{self.url.removesuffix('/v2')}/control/{what}").json()

    def arrange(self, what: str, said: Any) -> int:
        content = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        return self.http.send("POST", f"{self.url.removesuffix('/v2')}/control/{what}", content=content).status


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> Iterator[Http]:
    monkeypatch.setenv("HUB_ALLOW_NETWORKS", "127.0.0.0/8")
    client = Http(guard_from_environment())
    yield client
    client.close()


@pytest.fixture
def server() -> Iterator[CodaboxServer]:
    clients = {NUMBER: Standing.KNOWN, OTHER: Standing.NO_EMAIL}
    with CodaboxServer(Setup(clients=clients)) as running:
        yield running


@pytest.fixture
def caller(server: CodaboxServer, http: Http) -> Caller:
    return Caller(http, server.url)


def invoice(number: str = "F-1", **fields: Any) -> bytes:
    return samples.invoice(number=number, **fields)


def test_a_token_is_mailed_and_works_once(caller: Caller) -> None:
    assert caller.ask().status == 201
    [mail] = caller.control("mails")
    assert [caller.get(f"get-credentials/{mail['token']}/").status for _ in range(2)] == [200, 404]


@pytest.mark.parametrize(("number", "status", "code"), [("0765432146", 404, "notFound"), (OTHER, 400, "noEmail")])
def test_a_number_that_gets_no_token_is_told_why(number: str, status: int, code: str, caller: Caller) -> None:
    reply = caller.ask(number)
    assert (reply.status, reply.json()["code"], caller.control("mails")) == (status, code, [])


def test_only_a_linked_client_is_told_who_is_linked(caller: Caller) -> None:
    assert caller.get("delivery/pod-client/").status == 401
    assert caller.link().get("delivery/pod-client/").json()["feed_clients"][0]["client_id"] == NUMBER


def test_another_software_is_refused(caller: Caller) -> None:
    caller.link()
    caller.software = {"X-Software-Company": "another"}
    assert [caller.ask().status, caller.get("delivery/pod-client/").status] == [403, 403]
    assert caller.upload(invoice()).status == 401


def test_a_paper_is_taken_once_whatever_the_key(caller: Caller) -> None:
    caller.link()
    assert [caller.upload(invoice(), key).status for key in ("a", "a", "b")] == [201, 409, 409]
    assert [paper["number"] for paper in caller.control("papers")] == ["F-1"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (invoice(supplier=samples.CUSTOMER, customer=samples.SUPPLIER), "Purchase"),
        (invoice(issue_date=date(2025, 12, 31)), "year"),
        (samples.quotation(number="O-1"), "Only invoices"),
        (b"<broken", "line 1"),
        (b"", "empty"),
    ],
)
def test_a_paper_that_breaks_a_rule_is_refused_with_a_detail(data: bytes, said: str, caller: Caller) -> None:
    caller.link().upload(invoice("F-0"))
    reply = caller.upload(data)
    assert (reply.status, len(caller.control("papers"))) == (400, 1)
    assert said.lower() in reply.json()["detail"].lower()


def test_a_body_without_the_part_is_refused(caller: Caller) -> None:
    caller.link()
    reply = caller.http.send("POST", f"{caller.url}/{UPLOAD}", content=b"x", headers=caller.software, auth=caller.auth)
    assert (reply.status, caller.control("papers")) == (400, [])


@pytest.mark.parametrize(
    ("plan", "status", "kept"),
    [
        ("received=#1", 202, 1),
        ("not_json=#1", 201, 1),
        ("refused=#1", 400, 0),
        ("unprocessable=#1", 422, 0),
        ("revoked=#1", 401, 0),
        ("forbidden=#1", 403, 0),
        ("duplicate=#1", 409, 0),
        ("too_large=#1", 413, 0),
        ("busy=#1", 429, 0),
        ("broken=#1", 500, 0),
    ],
)
def test_a_planned_upload_ends_so_and_the_next_as_usual(plan: str, status: int, kept: int, caller: Caller) -> None:
    caller.link().arrange("faults", plan)
    assert caller.upload(invoice()).status == status
    assert len(caller.control("papers")) == kept
    assert caller.upload(invoice("F-2")).status == 201


@pytest.mark.parametrize(("plan", "kept"), [("cut_before=#1", 0), ("cut_after=#1", 1)])
def test_a_cut_line_says_nothing(plan: str, kept: int, caller: Caller) -> None:
    caller.link().arrange("faults", plan)
    with pytest.raises(Uncertain):
        caller.upload(invoice())
    assert len(caller.control("papers")) == kept


def test_a_received_paper_is_judged_later(caller: Caller) -> None:
    caller.link().arrange("faults", "received=always")
    path = f"{UPLOAD}{caller.upload(invoice()).json()['id']}/"
    assert caller.get(path).json()["state"] == "received"
    caller.arrange("state", {"id": path.split("/")[-2], "state": "rejected", "reason": "no such client"})
    assert caller.get(path).json() == {"state": "rejected", "reason": "no such client"}
    assert caller.get(f"{UPLOAD}nobodys/").status == 404


def test_a_revoked_link_is_refused(caller: Caller) -> None:
    caller.link().arrange("revoke", {"number": NUMBER})
    assert [caller.upload(invoice()).status, caller.get("delivery/pod-client/").status] == [401, 401]


def test_what_there_is_not_is_not_found(caller: Caller) -> None:
    caller.link()
    assert caller.upload(invoice(), path="upload/elsewhere/").status == 404
    assert [caller.arrange("nothing", {}), caller.get("nothing/").status] == [404, 404]


@pytest.mark.parametrize("text", ["nonsense=always", "broken", "broken=x"])
def test_a_plan_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        Plan.parse(text)


# -- as a process -----------------------------------------------------------------------------------------------------


@contextmanager
def process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The server as a process of its own, and its URL."""
    command = [sys.executable, "-m", "hub.testing.codabox", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            assert select.select([running.stdout], [], [], PATIENCE)[0]
            yield running, f"http://127.0.0.1:{int(running.stdout.readline())}/v2"
        finally:
            running.kill()


def test_a_process_is_arranged_and_looked_at_from_outside_and_ends_cleanly(tmp_path: Path, http: Http) -> None:
    log = tmp_path / "papers.jsonl"
    with process("--log", str(log), "--client", f"{NUMBER}=no_office", "--faults", "cut_after=#1") as (running, url):
        caller = Caller(http, url)
        assert caller.ask().json()["code"] == "unknownAccountingOffice"
        assert caller.arrange("clients", {"number": NUMBER, "standing": "known"}) == 200
        caller.link()
        with pytest.raises(Uncertain):
            caller.upload(invoice())
        assert [json.loads(line)["number"] for line in log.read_text().splitlines()] == ["F-1"]
        running.send_signal(signal.SIGTERM)
        assert running.wait(PATIENCE) == 0
