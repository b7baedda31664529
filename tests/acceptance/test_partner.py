"""`hub partner`: what it prints, what it refuses, and what it mails."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.testing.faults import Fault, Faults, When
from hub.testing.smtp import SmtpServer
from tests.acceptance.command import Command
from tests.acceptance.papers import COMPANY

INVITE = ("partner", "invite", "--office", "Kantoor Peeters", "--company", COMPANY)
MAIL = ("--mail", "an@kantoor.example")


def add_relay(hub: Command, relay: SmtpServer, name: str = "relay") -> None:
    line = ("--set", "host=127.0.0.1", "--set", f"port={relay.port}", "--set", "security=none")
    hub.one("connection", "add", name, "email", *line, "--set", "sender=hub@voorbeeld.example")


def test_an_invitation_prints_its_link_and_when_it_ends(hub: Command) -> None:
    made = hub.one(*INVITE, *MAIL)
    assert list(made) == ["office", "company", "url", "expires_at", "mailed"]
    assert made["url"].startswith("http://127.0.0.1:8484/partner/invitation/")
    ends = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=71) < ends <= timedelta(hours=72)


def test_links_begin_with_the_public_url(hub: Command) -> None:
    made = hub.with_(HUB_PUBLIC_URL="https://hub.voorbeeld.example/").one(*INVITE, *MAIL)
    assert made["url"].startswith("https://hub.voorbeeld.example/partner/invitation/")


@pytest.mark.parametrize(
    "url", ["hub.example", "ftp://hub.example", "https://hub.example/path", "https://a@hub.example"]
)
def test_a_public_url_is_scheme_and_host(hub: Command, url: str) -> None:
    done = hub.with_(HUB_PUBLIC_URL=url)(*INVITE, *MAIL, "--json")
    assert (done.code, done.error["code"]) == (2, "bad_configuration")


def test_without_mail_the_link_is_printed_and_the_reason_told(hub: Command) -> None:
    done = hub(*INVITE, *MAIL, "--json")
    assert (done.code, done.one["mailed"]) == (0, False)
    assert "--via" in done.err


def test_the_only_mail_connection_is_used(hub: Command) -> None:
    with SmtpServer() as relay:
        add_relay(hub, relay)
        made = hub.one(*INVITE, *MAIL)
        assert made["mailed"] is True
        assert made["url"].encode() in relay.messages[0].replace(b"=\r\n", b"")
        assert b"To: an@kantoor.example" in relay.messages[0]


def test_of_two_mail_connections_one_must_be_named(hub: Command) -> None:
    with SmtpServer() as first, SmtpServer() as second:
        add_relay(hub, first, "first")
        add_relay(hub, second, "second")
        assert hub.one(*INVITE, *MAIL)["mailed"] is False
        assert hub.one(*INVITE, *MAIL, "--via", "second")["mailed"] is True
        assert (len(first.messages), len(second.messages)) == (0, 1)


def test_a_relay_that_refuses_leaves_the_invitation_to_give_by_hand(hub: Command) -> None:
    with SmtpServer() as relay:
        relay.faults = Faults(faults={Fault.REJECT: When(always=True)})
        add_relay(hub, relay)
        done = hub(*INVITE, *MAIL, "--json")
    assert (done.code, done.one["mailed"]) == (0, False)
    assert "by hand" in done.err
    assert hub.lines("partner", "list")[0]["state"] == "invited"


def test_a_list_has_the_fields_of_the_contract(hub: Command) -> None:
    hub.one(*INVITE, *MAIL)
    (line,) = hub.lines("partner", "list")
    assert list(line) == ["office", "company", "state", "since"]
    assert (line["office"], line["company"], line["state"]) == ("Kantoor Peeters", COMPANY, "invited")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--mail", "no address"), 2),
        (("--mail", "a@b.example, x@evil.example"), 2),
        (("--mail", "a@b.example\r\nBcc: x@evil.example"), 2),
        (("--mail", "a@localhost"), 2),
        ((*MAIL, "--company", "0765432146"), 4),
        ((*MAIL, "--company", "12"), 2),
        ((*MAIL, "--office", " "), 2),
        ((*MAIL, "--office", "a\u202eb"), 2),
        ((), 2),
    ],
)
def test_a_wrong_invitation_is_refused_and_leaves_nothing(hub: Command, words: tuple[str, ...], code: int) -> None:
    done = hub(*INVITE, *words, "--json")
    assert (done.code, bool(done.error["action"])) == (code, True)
    assert hub.lines("partner", "list") == []


def test_an_unknown_connection_mails_nothing(hub: Command) -> None:
    done = hub(*INVITE, *MAIL, "--via", "nowhere", "--json")
    assert (done.code, done.one["mailed"]) == (0, False)


@pytest.mark.parametrize("command", ["revoke", "link"])
def test_an_office_that_is_not_there_is_exit_4(hub: Command, command: str) -> None:
    assert hub("partner", command, "--office", "Kantoor Peeters", "--company", COMPANY).code == 4


def test_an_enterprise_number_may_have_dots(hub: Command) -> None:
    words = ("--office", "Kantoor", *MAIL, "--company", "BE 0123.456.749")
    assert hub.one("partner", "invite", *words)["company"] == COMPANY


def test_help_needs_no_home(hub: Command) -> None:
    done = hub.with_(HUB_HOME="/nonexistent")("partner", "invite", "--help")
    assert done.code == 0
    assert "--office" in done.out


def test_hub_help_does_not_load_the_plugin() -> None:
    program = (
        "import sys; from hub.cli.main import _run; _run(['--help']); print([m for m in sys.modules if 'hub_' in m])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_plugin_without_commands_is_no_command(hub: Command) -> None:
    assert "there is no command email" in hub("email").err


def add_tray(hub: Command, paper: Path) -> None:
    """A destination for the office, and a paper on its way there."""
    hub.one("destination", "add", "office", "partner", "--set", "office=Kantoor Peeters", "--from", "2026-01-01")
    hub("import", paper)


def test_papers_wait_while_the_invitation_is_not_accepted(hub: Command, paper: Path) -> None:
    hub.one(*INVITE, *MAIL)
    add_tray(hub, paper)
    assert hub.process("run", "--once").code == 0
    (line,) = hub.lines("outbox", "list")
    assert (line["state"], line["reason"]) == ("queued", "not_accepted")
    assert hub.lines("destination", "list")[0]["state"] == "active"


@pytest.mark.parametrize(("invited", "reason"), [(False, "no_office"), (True, "not_linked")])
def test_a_destination_without_a_link_is_blocked_and_says_why(
    hub: Command, paper: Path, invited: bool, reason: str
) -> None:
    if invited:
        hub.one(*INVITE, *MAIL)
        hub.one("partner", "revoke", "--office", "Kantoor Peeters", "--company", COMPANY)
    add_tray(hub, paper)
    hub.deliver(code=5)
    place = hub.lines("destination", "list")[0]
    assert (place["state"], place["reason"]) == ("blocked", "settings_wrong")
    assert [one["code"] for one in hub.lines("outbox", "attempts", 1)] == [reason]


def test_the_test_of_a_destination_says_whether_the_office_is_there(hub: Command, paper: Path) -> None:
    add_tray(hub, paper)
    assert [step["ok"] for step in hub("destination", "test", "office", "--json").one["steps"]] == [False]
    hub.one(*INVITE, *MAIL)
    assert [step["ok"] for step in hub("destination", "test", "office", "--json").one["steps"]] == [True, False]


def test_verify_finds_nothing_wrong_with_a_home_that_has_a_portal(hub: Command, paper: Path) -> None:
    hub.one(*INVITE, *MAIL)
    add_tray(hub, paper)
    hub.process("run", "--once")
    assert hub.one("verify")["problems"] == []
