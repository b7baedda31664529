"""What a person can do to deliveries, end to end, with a mail relay that loses answers, refuses and says "not now"."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from email import message_from_bytes
from pathlib import Path

import pytest

from hub.testing import samples
from hub.testing.faults import Faults
from hub.testing.smtp import Setup, SmtpServer
from tests.acceptance.command import Command, Record

TO = "boekhouder@kantoor.example"
LOGIN = ("hub", "geheim-woord")


def _mail(hub: Command, relay: SmtpServer, *options: str, name: str = "mail") -> None:
    """A destination of its own connection on this relay, for papers of 2026."""
    settings = {"host": "127.0.0.1", "port": relay.port, "security": "none", "sender": "facturen@voorbeeld.example"}
    given = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    hub.one("destination", "add", name, "email", *given, "--set", f"to={TO}", "--from", "2026-01-01", *options)


def _import(hub: Command, folder: Path, count: int = 1, pdf: bytes | None = None) -> None:
    """So many sales invoices, F-1 and on."""
    for n in range(1, count + 1):
        (folder / f"{n}.xml").write_bytes(samples.invoice(number=f"F-{n}", pdf=pdf))
        hub.lines("import", folder / f"{n}.xml")


def _only(hub: Command) -> Record:
    [record] = hub.lines("outbox", "list")
    return record


def _states(hub: Command) -> list[str]:
    return [record["state"] for record in hub.lines("outbox", "list")]


def _ids(messages: Sequence[bytes]) -> list[str]:
    return [str(message_from_bytes(message)["Message-ID"]) for message in messages]


# -- it may have arrived ----------------------------------------------------------------------------------------------


@pytest.fixture
def uncertain(hub: Command, relay: SmtpServer, tmp_path: Path) -> Command:
    """A paper that the relay took, and whose answer was lost; a person decides."""
    relay.faults = Faults.parse("lose_answer=#1")
    _mail(hub, relay, "--on-uncertain", "ask")
    _import(hub, tmp_path)
    hub.deliver(code=5)
    assert _only(hub)["state"] == "uncertain"
    return hub


def test_a_lost_answer_is_uncertain_and_nothing_is_sent_again(uncertain: Command, relay: SmtpServer) -> None:
    uncertain.deliver(code=5)
    assert len(relay.messages) == 1
    assert [(one["outcome"], one["n"]) for one in uncertain.lines("outbox", "attempts", 1)] == [("uncertain", 1)]
    assert _only(uncertain)["delivered_at"] is None


def test_resolve_arrived_makes_it_delivered_by_a_person_s_word(uncertain: Command, relay: SmtpServer) -> None:
    [resolved] = uncertain.lines("outbox", "resolve", 1, "--arrived")
    assert (resolved["state"], resolved["receipt"]["detail"].keys()) == ("delivered", {"by"})
    uncertain.deliver(code=0)
    assert len(relay.messages) == 1


def test_resolve_resend_sends_the_same_bytes_under_the_same_key(uncertain: Command, relay: SmtpServer) -> None:
    before = _only(uncertain)
    uncertain.lines("outbox", "resolve", 1, "--resend")
    uncertain.deliver(code=0)
    after = _only(uncertain)
    assert (after["state"], after["key"], after["generation"]) == ("delivered", before["key"], 1)
    assert relay.messages[0] == relay.messages[1]
    assert _ids(relay.messages)[0] == f"<{before['key']}@voorbeeld.example>"


@pytest.mark.parametrize("words", [(), ("--arrived", "--resend")])
def test_resolve_needs_to_be_told_one_thing(words: tuple[str, ...], uncertain: Command) -> None:
    assert uncertain("outbox", "resolve", 1, *words).code == 2


def test_an_uncertain_delivery_cannot_be_retried(uncertain: Command) -> None:
    done = uncertain("outbox", "retry", 1, "--json")
    assert (done.code, done.error["code"]) == (2, "wrong_state")
    assert "hub outbox resolve 1 --arrived" in done.error["action"]


def test_an_uncertain_delivery_can_be_cancelled(uncertain: Command, relay: SmtpServer) -> None:
    assert uncertain.lines("outbox", "cancel", 1)[0]["state"] == "cancelled"
    uncertain.deliver(code=0)
    assert len(relay.messages) == 1


def test_under_the_rule_repeat_it_goes_again_by_itself(hub: Command, relay: SmtpServer, tmp_path: Path) -> None:
    relay.faults = Faults.parse("lose_answer=#1")
    _mail(hub, relay)
    _import(hub, tmp_path)
    hub.deliver(code=0)
    assert relay.messages[0] == relay.messages[1]
    assert _only(hub)["state"] == "delivered"


# -- not now ----------------------------------------------------------------------------------------------------------


def test_once_ends_without_waiting_for_the_next_try(hub: Command, relay: SmtpServer, tmp_path: Path) -> None:
    relay.faults = Faults.parse("greylist=#1")
    _mail(hub, relay)
    _import(hub, tmp_path)
    assert hub.process("run", "--once").code == 0
    waiting = _only(hub)
    assert (waiting["state"], waiting["tries"]) == ("queued", 1)
    assert waiting["next_attempt_at"]


def test_retry_makes_a_waiting_delivery_due_now(hub: Command, relay: SmtpServer, tmp_path: Path) -> None:
    relay.faults = Faults.parse("greylist=#1")
    _mail(hub, relay)
    _import(hub, tmp_path)
    hub.process("run", "--once")
    before = _only(hub)
    assert hub.lines("outbox", "retry", 1)[0]["next_attempt_at"] <= before["next_attempt_at"]
    hub.process("run", "--once")
    after = _only(hub)
    assert (after["state"], after["key"]) == ("delivered", before["key"])


def test_run_ends_with_3_when_the_time_is_over(hub: Command, relay: SmtpServer, tmp_path: Path) -> None:
    relay.faults = Faults.parse("greylist=always")
    _mail(hub, relay)
    _import(hub, tmp_path)
    assert hub.process("run", "--until-empty", "--timeout", "1").code == 3
    assert _only(hub)["state"] == "queued"


def test_until_empty_waits_for_the_next_try(hub: Command, relay: SmtpServer, tmp_path: Path) -> None:
    relay.faults = Faults.parse("greylist=#1")
    _mail(hub, relay)
    _import(hub, tmp_path)
    hub.deliver(code=0)
    assert [one["outcome"] for one in hub.lines("outbox", "attempts", 1)] == ["not_sent", "delivered"]


# -- a person's yes ---------------------------------------------------------------------------------------------------


def test_papers_wait_until_the_first_n_were_approved(hub: Command, relay: SmtpServer, tmp_path: Path) -> None:
    _mail(hub, relay, "--approve", "first:2")
    _import(hub, tmp_path, count=4)
    assert {(one["state"], one["reason"]) for one in hub.lines("outbox", "list")} == {("held", "approval")}
    hub.deliver(code=5)
    assert relay.messages == []

    hub.lines("outbox", "approve", 1)
    assert _states(hub) == ["queued", "held", "held", "held"]
    hub.lines("outbox", "approve", 3)
    assert _states(hub) == ["queued"] * 4
    hub.deliver(code=0)
    assert len(relay.messages) == 4


def test_retry_is_no_way_round_an_approval(hub: Command, relay: SmtpServer, tmp_path: Path) -> None:
    _mail(hub, relay, "--approve", "always")
    _import(hub, tmp_path)
    done = hub("outbox", "retry", 1, "--json")
    assert (done.code, "hub outbox approve 1" in done.error["action"]) == (2, True)


def test_a_filter_names_many_and_needs_yes(hub: Command, relay: SmtpServer, tmp_path: Path) -> None:
    _mail(hub, relay, "--approve", "always")
    _import(hub, tmp_path, count=3)
    assert hub("outbox", "approve", "--filter", "state:held").code == 7
    assert len(hub.lines("outbox", "approve", "--filter", "state:held number:F-1,F-3", "--yes")) == 2
    assert _states(hub) == ["queued", "held", "queued"]


def test_an_act_that_fits_some_of_them_is_partly_done(hub: Command, relay: SmtpServer, tmp_path: Path) -> None:
    _mail(hub, relay, "--approve", "first:1")
    _import(hub, tmp_path, count=2)
    hub.lines("outbox", "cancel", 1)
    done = hub("outbox", "approve", 1, 2, "--jsonl")
    assert (done.code, done.error["code"]) == (5, "wrong_state")
    assert [line["state"] for line in done.lines] == ["cancelled", "queued"]


# -- refused ----------------------------------------------------------------------------------------------------------


def test_what_is_too_large_is_held_and_goes_after_mending(hub: Command, tmp_path: Path) -> None:
    with SmtpServer(Setup(max_size=20_000)) as relay:
        _mail(hub, relay)
        (tmp_path / "large.pdf").write_bytes(samples.pdf("x" * 40_000))
        (tmp_path / "paper.xml").write_bytes(samples.invoice())
        hub.lines("import", tmp_path / "paper.xml", "--pdf", tmp_path / "large.pdf")
        hub.deliver(code=5)
        held = _only(hub)
        assert (held["state"], held["reason"]) == ("held", "too_large")

        hub.one("destination", "edit", "mail", "--set", "format=original")
        hub.lines("outbox", "retry", 1)
        hub.deliver(code=0)
        assert _only(hub)["key"] == held["key"]
        assert len(relay.messages) == 1


@pytest.fixture
def rejected(hub: Command, relay: SmtpServer, tmp_path: Path) -> Command:
    """A paper that the relay refused for good."""
    relay.faults = Faults.parse("reject=always")
    _mail(hub, relay)
    _import(hub, tmp_path)
    hub.deliver(code=5)
    assert _only(hub)["state"] == "rejected"
    relay.faults = Faults()
    return hub


def test_a_rejected_delivery_cannot_be_retried(rejected: Command) -> None:
    done = rejected("outbox", "retry", 1, "--json")
    assert (done.code, done.error["code"]) == (2, "wrong_state")
    assert "hub doc deliver 1 --again" in done.error["action"]


def test_only_again_starts_a_new_generation(rejected: Command, relay: SmtpServer) -> None:
    assert rejected("doc", "deliver", 1).code == 7
    [anew] = rejected.lines("doc", "deliver", 1, "--again")
    assert (anew["id"], anew["generation"], anew["state"]) == (2, 2, "queued")
    rejected.deliver(code=0)
    old, new = rejected.lines("outbox", "list")
    assert (old["state"], new["state"], old["key"] != new["key"]) == ("rejected", "delivered", True)
    assert len(relay.messages) == 1


def test_a_cancelled_delivery_is_over_until_again(hub: Command, relay: SmtpServer, tmp_path: Path) -> None:
    _mail(hub, relay)
    _import(hub, tmp_path)
    assert hub.lines("outbox", "cancel", 1)[0]["reason"] == "by_hand"
    hub.deliver(code=0)
    assert relay.messages == []
    assert hub("outbox", "cancel", 1).code == 2
    assert hub("doc", "deliver", 1).code == 7
    assert hub.lines("doc", "deliver", 1, "--again")[0]["generation"] == 2


# -- places that wait -------------------------------------------------------------------------------------------------


def test_at_a_paused_destination_papers_wait_without_burning_tries(
    hub: Command, relay: SmtpServer, tmp_path: Path
) -> None:
    _mail(hub, relay)
    assert hub.one("destination", "pause", "mail")["state"] == "paused"
    _import(hub, tmp_path)
    hub.deliver(code=5)
    assert (_only(hub)["state"], _only(hub)["tries"], relay.messages) == ("queued", 0, [])
    hub.one("destination", "resume", "mail")
    hub.deliver(code=0)
    assert len(relay.messages) == 1


def test_a_wrong_password_blocks_every_destination_of_the_connection(hub: Command, tmp_path: Path) -> None:
    with SmtpServer(Setup(login=LOGIN)) as relay:
        (tmp_path / "wrong").write_text("wrong-word")
        (tmp_path / "right").write_text(LOGIN[1] + "\n")
        _mail(hub, relay, "--set", f"username={LOGIN[0]}", "--secret", f"password=@{tmp_path / 'wrong'}")
        other = ("--set", "to=archief@kantoor.example", "--kinds", "quotation")
        hub.one("destination", "add", "archief", "email", "--connection", "mail", *other)
        _import(hub, tmp_path)
        hub.deliver(code=5)
        places = {place["name"]: (place["state"], place["reason"]) for place in hub.lines("destination", "list")}
        assert places == {"mail": ("blocked", "login_needed"), "archief": ("blocked", "connection")}
        assert (_only(hub)["state"], _only(hub)["tries"]) == ("queued", 0)
        assert {problem["code"] for problem in hub.one("status")["problems"]} == {"blocked"}

        hub.one("connection", "edit", "mail", "--secret", f"password=@{tmp_path / 'right'}")
        assert {place["state"] for place in hub.lines("destination", "list")} == {"active"}
        hub.deliver(code=0)
        assert len(relay.messages) == 1


def test_a_wrong_setting_blocks_the_destination_until_it_is_mended(hub: Command, tmp_path: Path) -> None:
    missing = tmp_path / "not" / "there"
    hub.one("destination", "add", "map", "ubl_export", "--set", f"path={missing}", "--from", "2026-01-01")
    _import(hub, tmp_path)
    hub.deliver(code=5)
    place = hub.one("destination", "show", "map")
    assert (place["state"], place["reason"]) == ("blocked", "settings_wrong")
    hub.one("destination", "edit", "map", "--set", f"path={tmp_path / 'map'}")
    hub.deliver(code=0)
    assert _only(hub)["state"] == "delivered"


def test_a_relay_that_may_not_be_reached_is_named_with_the_variable(
    hub: Command, relay: SmtpServer, tmp_path: Path
) -> None:
    _mail(hub, relay)
    _import(hub, tmp_path)
    shut = hub.with_(HUB_ALLOW_NETWORKS="")
    assert shut.process("run", "--once").code == 5
    steps = shut("destination", "test", "mail", "--json").one["steps"]
    assert [step["ok"] for step in steps] == [False]
    assert "HUB_ALLOW_NETWORKS" in steps[0]["message"]
    assert relay.transactions == []


# -- the process ------------------------------------------------------------------------------------------------------


def test_sigterm_ends_a_run_cleanly(hub: Command, relay: SmtpServer, tmp_path: Path) -> None:
    _mail(hub, relay)
    _import(hub, tmp_path, count=3)
    with hub.started("run") as running:
        assert running.stderr
        assert b"delivering" in running.stderr.readline()
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
    assert "sending" not in _states(hub)
    assert hub.one("status")["workers"] == 0
    hub.deliver(code=0)
    assert len(relay.messages) == 3


def test_ctrl_c_ends_several_processes_as_cleanly_as_one(hub: Command) -> None:
    with hub.started("run", "--workers", "2") as running:
        assert running.stderr
        for _ in range(2):
            assert b"delivering" in running.stderr.readline()
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does, to the whole group
        assert running.wait(10) == 0
    assert hub.one("status")["workers"] == 0


def test_several_processes_send_each_paper_once(hub: Command, relay: SmtpServer, tmp_path: Path) -> None:
    _mail(hub, relay)
    _import(hub, tmp_path, count=8)
    done = hub.process("run", "--until-empty", "--workers", "2")
    assert done.code == 0
    assert sorted(_ids(relay.messages)) == sorted(
        f"<{one['key']}@voorbeeld.example>" for one in hub.lines("outbox", "list")
    )
    assert hub("verify").code == 0


def test_workers_end_when_the_one_that_started_them_is_killed(hub: Command) -> None:
    with hub.started("run", "--workers", "2") as running:
        assert running.stderr
        for _ in range(2):
            assert b"delivering" in running.stderr.readline()
        running.kill()
        running.stderr.read()  # ends when the last of them has closed it
    assert hub.one("status")["workers"] == 0
