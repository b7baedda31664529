"""The road through CodaBox by the command line: linked by a mailed token, sent once, and never again in doubt."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.testing import samples
from hub.testing.codabox import SOFTWARE_KEY, CodaboxServer
from hub.testing.codabox_desk import Plan, Standing
from tests.acceptance.command import Command, Record
from tests.acceptance.papers import COMPANY

TODAY = datetime.now(UTC).date()


@pytest.fixture
def codabox() -> Iterator[CodaboxServer]:
    with CodaboxServer() as server:
        yield server


@pytest.fixture
def waiting(hub: Command, codabox: CodaboxServer, tmp_path: Path) -> Command:
    """A destination that nobody has logged in at yet."""
    (tmp_path / "key.txt").write_text(SOFTWARE_KEY)
    key = f"software_key=@{tmp_path / 'key.txt'}"
    hub.one("connection", "add", "software", "codabox", "--set", f"base_url={codabox.url}", "--secret", key)
    where = ("--connection", "software", "--set", f"enterprise_number={COMPANY}", "--approve", "never")
    hub.one("destination", "add", "office", "codabox", *where)
    return hub


@pytest.fixture
def office(waiting: Command, codabox: CodaboxServer, tmp_path: Path) -> Command:
    """A destination that is linked."""
    assert waiting("destination", "login", "office", "--json").code == 7
    assert _answer(waiting, codabox, tmp_path) == 0
    return waiting


def _answer(hub: Command, codabox: CodaboxServer, folder: Path) -> int:
    (folder / "token.txt").write_text(f"{codabox.desk.mails[-1].token}\n")
    return hub("destination", "login", "office", "--answer", f"token=@{folder / 'token.txt'}").code


def _import(hub: Command, folder: Path, number: str, day: object = TODAY) -> None:
    path = folder / f"{number}.xml"
    path.write_bytes(samples.invoice(number=number, issue_date=day, pdf=samples.pdf(number)))
    hub.lines("import", path)


def _only(hub: Command) -> Record:
    [record] = hub.lines("outbox", "list")
    return record


def _taken(codabox: CodaboxServer) -> list[str]:
    return [paper.number for paper in codabox.desk.papers]


def test_a_destination_is_a_booking_road_that_asks_a_person_in_doubt(waiting: Command) -> None:
    [record] = waiting.lines("destination", "list")
    assert (record["role"], record["on_uncertain"]) == ("booking", "ask")
    assert record["kinds"] == ["sales_credit_note", "sales_invoice"]
    assert SOFTWARE_KEY not in waiting("connection", "list", "--jsonl").out


def test_a_login_asks_for_the_token_and_has_it_mailed_once(waiting: Command, codabox: CodaboxServer) -> None:
    for _ in range(2):
        asked = waiting("destination", "login", "office", "--json")
        assert (asked.code, asked.one["url"]) == (7, None)
        [question] = asked.one["asks"]
        assert (question["key"], question["secret"]) == ("token", True)
    assert len(codabox.desk.mails) == 1


def test_a_refused_number_is_told_in_a_sentence_and_by_a_code(waiting: Command, codabox: CodaboxServer) -> None:
    codabox.desk.clients[COMPANY] = Standing.NO_OFFICE
    done = waiting("destination", "login", "office", "--json")
    assert done.code == 1
    assert done.error["code"] == "no_accounting_office"
    assert "ask the office" in done.error["message"]


def test_a_paper_waits_for_the_login_and_then_goes_with_a_receipt(
    waiting: Command, codabox: CodaboxServer, tmp_path: Path
) -> None:
    _import(waiting, tmp_path, "F-1")
    waiting.deliver(code=5)
    [place] = waiting.lines("destination", "list")
    assert (place["state"], _only(waiting)["state"]) == ("blocked", "queued")
    assert waiting("destination", "login", "office", "--json").code == 7
    assert _answer(waiting, codabox, tmp_path) == 0
    waiting.deliver()
    record = _only(waiting)
    [paper] = codabox.desk.papers
    assert (record["state"], record["receipt"]["reference"]) == ("delivered", paper.id)
    assert (paper.key, paper.name) == (record["key"], f"{COMPANY}_INV_{TODAY:%Y%m%d}_F-1.xml")
    assert "assumed" in record["receipt"]["detail"]["assumption"]


def test_a_used_token_is_refused_and_the_link_that_it_made_stays(
    office: Command, codabox: CodaboxServer, tmp_path: Path
) -> None:
    office("destination", "login", "office")
    (tmp_path / "token.txt").write_text(codabox.desk.mails[0].token)
    again = office("destination", "login", "office", "--answer", f"token=@{tmp_path / 'token.txt'}", "--json")
    assert again.error["code"] == "token_invalid"
    assert office("destination", "test", "office").code == 0


def test_two_500s_are_two_tries_and_the_paper_is_there_once(
    office: Command, codabox: CodaboxServer, tmp_path: Path
) -> None:
    codabox.desk.plan = Plan.parse("broken=#1,2")
    _import(office, tmp_path, "F-1")
    for _ in range(2):
        office.process("run", "--once")
        office.lines("outbox", "retry", 1)
    office.deliver()
    assert _taken(codabox) == ["F-1"]
    outcomes = [one["outcome"] for one in office.lines("outbox", "attempts", 1)]
    assert sorted(outcomes) == ["delivered", "not_sent", "not_sent"]


# -- it may have arrived ----------------------------------------------------------------------------------------------


@pytest.fixture
def in_doubt(office: Command, codabox: CodaboxServer, tmp_path: Path) -> Command:
    """CodaBox took a paper, and its answer was lost."""
    codabox.desk.plan = Plan.parse("cut_after=#1")
    _import(office, tmp_path, "F-1")
    office.deliver(code=5)
    return office


def test_a_lost_answer_waits_for_a_person_and_is_not_sent_again(in_doubt: Command, codabox: CodaboxServer) -> None:
    in_doubt.deliver(code=5)
    assert (_only(in_doubt)["state"], codabox.desk.uploads) == ("uncertain", 1)


def test_a_person_s_resend_meets_the_double_and_is_delivered(in_doubt: Command, codabox: CodaboxServer) -> None:
    in_doubt.lines("outbox", "resolve", 1, "--resend", "--yes")
    in_doubt.deliver()
    record = _only(in_doubt)
    assert (record["state"], record["receipt"]["detail"]["state"]) == ("delivered", "duplicate")
    assert (_taken(codabox), codabox.desk.uploads) == (["F-1"], 2)


def test_a_worker_that_dies_after_the_upload_leaves_a_doubt_and_no_second_copy(
    office: Command, codabox: CodaboxServer, tmp_path: Path
) -> None:
    _import(office, tmp_path, "F-1")
    killed = office.process("run", "--once", HUB_FAILPOINTS="deliver.returned=kill")
    assert killed.code == -signal.SIGKILL
    assert _taken(codabox) == ["F-1"]
    office.deliver(code=5)
    assert (_only(office)["state"], codabox.desk.uploads) == ("uncertain", 1)
    office.lines("outbox", "resolve", 1, "--resend", "--yes")
    office.deliver()
    assert _only(office)["receipt"]["detail"]["state"] == "duplicate"


def test_a_cancelled_doubt_that_is_sent_anew_is_held_before_any_call(in_doubt: Command, codabox: CodaboxServer) -> None:
    in_doubt.lines("outbox", "cancel", 1, "--yes")
    document = _only(in_doubt)["document"]
    in_doubt.lines("doc", "deliver", document, "--to", "office", "--again", "--yes")
    in_doubt.deliver(code=5)
    states = {(one["generation"], one["state"], one["reason"]) for one in in_doubt.lines("outbox", "list")}
    assert (2, "held", "already_sent") in states
    assert codabox.desk.uploads == 1


def test_a_paper_from_before_the_link_is_held_until_a_person_allows_it(
    office: Command, codabox: CodaboxServer, tmp_path: Path
) -> None:
    office.one("destination", "edit", "office", "--from", "2026-01-01")
    _import(office, tmp_path, "F-0", TODAY - timedelta(days=2))
    office.deliver(code=5)
    record = _only(office)
    assert (record["state"], record["reason"], codabox.desk.uploads) == ("held", "before_link", 0)
    office.one("destination", "edit", "office", "--set", "send_older=true")
    office.lines("outbox", "retry", 1)
    office.deliver()
    assert _taken(codabox) == ["F-0"]


def test_no_secret_lies_readable_in_the_home(office: Command, codabox: CodaboxServer) -> None:
    password = codabox.desk.password_of(COMPANY)
    assert codabox.desk.client_of(f"client-{COMPANY}", password) == COMPANY
    secrets = [text.encode() for text in (SOFTWARE_KEY, password, codabox.desk.mails[-1].token)]
    for folder, _, names in os.walk(office.home):
        for name in names:
            data = (Path(folder) / name).read_bytes()
            assert not any(secret in data for secret in secrets), name


@pytest.mark.parametrize("command", ["add", "edit"])
def test_what_may_have_arrived_is_never_repeated_by_a_rule(waiting: Command, command: str) -> None:
    where = ("codabox", "--connection", "software", "--set", f"enterprise_number={COMPANY}") if command == "add" else ()
    done = waiting(
        "destination", command, "office2" if where else "office", *where, "--on-uncertain", "repeat", "--json"
    )
    assert (done.code, done.error["code"]) == (2, "takes_once")
    [place] = waiting.lines("destination", "list")
    assert place["on_uncertain"] == "ask"
