"""Connections, destinations and the process's configuration: what is taken, what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.testing.smtp import Setup, SmtpServer
from tests.acceptance.command import Command, Record

RELAY = ("--set", "host=mail.voorbeeld.example", "--set", "sender=facturen@voorbeeld.example")
TO = ("--set", "to=boekhouder@kantoor.example")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "map"
    path.mkdir()
    return path


def _add(hub: Command, folder: Path, *options: str) -> Record:
    return hub.one("destination", "add", "map", "ubl_export", "--set", f"path={folder}", *options)


# -- what is taken ----------------------------------------------------------------------------------------------------


def test_every_guard_of_a_destination_is_set_as_told(hub: Command) -> None:
    guards = ("--kinds", "sales_invoice,sales_credit_note", "--role", "booking", "--from", "2026-02-03")
    more = ("--approve", "first:3", "--on-uncertain", "ask")
    place = hub.one("destination", "add", "mail", "email", *RELAY, *TO, *guards, *more)
    assert place["kinds"] == ["sales_credit_note", "sales_invoice"]
    assert (place["role"], place["from"], place["approve"], place["on_uncertain"]) == (
        "booking",
        "2026-02-03",
        "first:3",
        "ask",
    )


def test_a_booking_road_asks_for_the_first_ten_and_takes_no_quotations(hub: Command) -> None:
    place = hub.one("destination", "add", "boeken", "email", *RELAY, *TO, "--role", "booking")
    assert (place["approve"], place["on_uncertain"], "quotation" in place["kinds"]) == ("first:10", "ask", False)


def test_settings_of_the_connection_make_one_of_the_same_name(hub: Command) -> None:
    assert hub.one("destination", "add", "mail", "email", *RELAY, *TO)["connection"] == "mail"
    [connection] = hub.lines("connection", "list")
    assert (connection["name"], connection["plugin"], connection["settings"]["host"]) == (
        "mail",
        "email",
        "mail.voorbeeld.example",
    )


def test_two_destinations_share_a_connection(hub: Command) -> None:
    hub.one("connection", "add", "relay", "email", *RELAY)
    for name in ("een", "twee"):
        assert hub.one("destination", "add", name, "email", "--connection", "relay", *TO)["connection"] == "relay"
    done = hub("connection", "remove", "relay", "--json")
    assert done.code == 2
    hub("destination", "remove", "een", "--yes")
    hub("destination", "remove", "twee", "--yes")
    assert hub("connection", "remove", "relay").code == 0
    assert hub.lines("connection", "list") == []


def test_a_setting_may_come_from_a_file_and_a_secret_from_a_variable(hub: Command, tmp_path: Path) -> None:
    (tmp_path / "address").write_text("boekhouder@kantoor.example")
    secret = ("--set", "username=hub", "--secret", "password=env:RELAY_WORD")
    telling = hub.with_(RELAY_WORD="geheim")
    place = telling.one("destination", "add", "mail", "email", *RELAY, *secret, "--set", f"to=@{tmp_path / 'address'}")
    assert place["settings"]["to"] == "boekhouder@kantoor.example"
    assert hub.lines("connection", "list")[0]["settings"]["password"] == "***"


def test_an_edit_changes_what_it_names_and_nothing_else(hub: Command, folder: Path) -> None:
    before = _add(hub, folder, "--kinds", "sales_invoice", "--from", "2026-01-01")
    after = hub.one("destination", "edit", "map", "--set", "format=ubl", "--approve", "always")
    assert after == {**before, "approve": "always", "settings": {**before["settings"], "format": "ubl"}}


def test_a_warning_of_the_plugin_is_told_and_does_not_stop(hub: Command, folder: Path) -> None:
    done = hub(
        "destination", "add", "map", "ubl_export", "--set", f"path={folder}", "--set", "pattern={date}", "--json"
    )
    assert (done.code, done.one["settings"]["pattern"]) == (0, "{date}")
    assert "note: pattern:" in done.err
    assert "pattern.shared_names" in done.err


def test_a_removed_destination_is_gone_and_its_name_is_free(hub: Command, folder: Path) -> None:
    _add(hub, folder)
    assert hub("destination", "remove", "map", "--yes").code == 0
    assert hub.lines("destination", "list") == []
    assert _add(hub, folder)["name"] == "map"


# -- what is refused --------------------------------------------------------------------------------------------------

WRONG = [
    ("destination add x email --set to=a@b.example", "connection", "--set host="),
    ("destination add x email --set host=h.example --set sender=a@b.example", "to", ""),
    ("destination add x email --set host=h.example --set sender=a@b.example --set to=a,b@c.example", "to", ""),
    ("destination add x email --set host=h.example --set sender=nobody --set to=a@b.example", "sender", ""),
    (
        "destination add x email --set port=x --set host=h.example --set sender=a@b.be --set to=a@b.be",
        "port",
        "",
    ),
    ("destination add x email --set nope=1 --set host=h.example --set sender=a@b.example", "nope", ""),
    ("destination add x ubl_export --set path=relative", "path", ""),
    ("destination add x ubl_export --set path=/tmp/x --set pattern=../{number}", "pattern", ""),
    ("destination add x ubl_export --set path=/tmp/x --set format=word", "format", ""),
    ("destination add x ubl_export --set path=/tmp/x --role booking", "booking", "archive"),
    ("destination add x ubl_export --set path=/tmp/x --kinds sales_invoice,nope", "nope", ""),
    ("destination add x ubl_export --set path=/tmp/x --from yesterday", "yesterday", ""),
    ("destination add x ubl_export --set path=/tmp/x --approve sometimes", "sometimes", "first:N"),
    ("destination add x ubl_export --set path=/tmp/x --company 0123456789", "0123456789", ""),
    ("destination add x ubl_export --set path", "path", "--set NAME=VALUE"),
    ("destination add x email --secret password=geheim", "password", "--secret NAME=@FILE"),
    ("destination add x email --secret password=env:NOT_SET_ANYWHERE", "NOT_SET_ANYWHERE", ""),
    ("destination add x email --secret password=@/no/such/file", "/no/such/file", ""),
    ("destination add x email --connection nope --set to=a@b.example", "nope", "hub connection list"),
    ("connection add x ubl_export --set path=/tmp/x", "ubl_export", "hub destination add"),
    ("connection add x email --set host=h.example", "sender", ""),
]


@pytest.mark.parametrize(("words", "named", "advice"), WRONG, ids=[words for words, _, _ in WRONG])
def test_a_wrong_setting_is_named_and_nothing_is_added(words: str, named: str, advice: str, hub: Command) -> None:
    done = hub(*words.split(), "--json")
    assert done.code == (4 if "--connection nope" in words else 2)
    assert named in done.error["message"]
    assert advice in done.error["action"]
    assert (hub.lines("destination", "list"), hub.lines("connection", "list")) == ([], [])


def test_a_secret_is_never_taken_from_the_command_line(hub: Command) -> None:
    openly = ("--set", "password=geheim-woord", "--set", "username=hub")
    done = hub("destination", "add", "mail", "email", *RELAY, *TO, *openly, "--json")
    assert (done.code, "geheim-woord" in done.err) == (2, False)
    assert "--secret password=@FILE" in done.error["action"]


def test_a_name_is_taken_once(hub: Command, folder: Path) -> None:
    _add(hub, folder)
    done = hub("destination", "add", "map", "ubl_export", "--set", f"path={folder}", "--json")
    assert (done.code, "already" in done.error["message"]) == (2, True)


@pytest.mark.parametrize("edit", ["--role booking", "--approve sometimes", "--set format=word", "--kinds nope"])
def test_an_edit_is_judged_as_strictly_as_an_addition(edit: str, hub: Command, folder: Path) -> None:
    before = _add(hub, folder)
    assert hub("destination", "edit", "map", *edit.split()).code == 2
    assert hub.one("destination", "show", "map") == before


def test_an_edit_to_a_booking_road_drops_the_kinds_that_are_never_booked(hub: Command) -> None:
    hub.one("destination", "add", "mail", "email", *RELAY, *TO)
    assert "quotation" not in hub.one("destination", "edit", "mail", "--role", "booking")["kinds"]


# -- trying it out ----------------------------------------------------------------------------------------------------


def test_the_test_of_a_destination_looks_step_by_step_and_sends_nothing(hub: Command, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("geheim")
    with SmtpServer(Setup(login=("hub", "geheim"))) as relay:
        here = ("--set", "host=127.0.0.1", "--set", f"port={relay.port}", "--set", "security=none")
        login = ("--set", "username=hub", "--secret", f"password=@{tmp_path / 'word'}")
        hub.one("destination", "add", "mail", "email", *here, "--set", "sender=f@voorbeeld.example", *login, *TO)
        for words in (("destination", "test", "mail"), ("connection", "test", "mail")):
            steps = hub.one(*words)["steps"]
            assert steps
            assert all(step["ok"] for step in steps)
        assert relay.transactions == []


def test_the_test_of_a_folder_leaves_it_as_it_was(hub: Command, folder: Path) -> None:
    _add(hub, folder)
    assert all(step["ok"] for step in hub.one("destination", "test", "map")["steps"])
    assert list(folder.iterdir()) == []


def test_a_plugin_tells_its_settings(hub: Command) -> None:
    about = hub.one("plugin", "info", "email")
    fields = {field["name"]: field for field in (*about["connection"], *about["settings"])}
    assert (fields["password"]["secret"], fields["to"]["required"], fields["format"]["default"]) == (True, True, "both")
    assert hub("plugin", "info", "email").code == 0
    assert hub("plugin", "info", "nope").code != 0


# -- the process ------------------------------------------------------------------------------------------------------


def test_the_configuration_is_environment_then_file_then_default(hub: Command) -> None:
    (hub.home / "hub.toml").write_text('slots = 7\nlog = "error"\n')
    shown = hub.with_(HUB_LOG="warning").one("config", "show")
    assert (shown["slots"], shown["log"], shown["lease"]) == (7, "warning", 5.0)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("HUB_LEASE", "0"), ("HUB_SLOTS", "many"), ("HUB_LOG", "loud")],
)
def test_a_wrong_variable_is_named(variable: str, value: str, hub: Command) -> None:
    done = hub.with_(**{variable: value})("status", "--json")
    assert (done.code, done.error["code"]) == (2, "bad_configuration")
    assert variable in done.error["message"]


def test_every_problem_of_the_configuration_is_told_at_once(hub: Command) -> None:
    (hub.home / "hub.toml").write_text("slots = 0\nlease = 1\nnope = 1\n")
    done = hub("status", "--json")
    assert [word for word in ("slots", "nope") if word not in done.error["message"]] == []
    assert "hub.toml" in done.error["action"]


# -- another role -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "edit", "approve", "on_uncertain"),
    [
        ("", "", "first:10", "ask"),
        ("--approve always", "", "always", "ask"),
        ("--approve first:3", "", "first:3", "ask"),
        ("", "--approve never", "never", "ask"),
        ("", "--approve always --on-uncertain repeat", "always", "repeat"),
    ],
)
def test_what_becomes_a_booking_road_gets_its_guards_and_they_are_told(
    before: str, edit: str, approve: str, on_uncertain: str, hub: Command
) -> None:
    hub.one("destination", "add", "mail", "email", *RELAY, *TO, *before.split())
    done = hub("destination", "edit", "mail", "--role", "booking", *edit.split(), "--json")
    assert (done.one["approve"], done.one["on_uncertain"]) == (approve, on_uncertain)
    assert f"as booking: approve is {approve}, on-uncertain is {on_uncertain}" in done.err


def test_what_is_a_booking_road_already_keeps_its_guards(hub: Command) -> None:
    loose = ("--role", "booking", "--approve", "never", "--on-uncertain", "repeat")
    hub.one("destination", "add", "mail", "email", *RELAY, *TO, *loose)
    for words in (("--role", "booking"), ("--from", "2026-02-03")):
        place = hub.one("destination", "edit", "mail", *words)
        assert (place["approve"], place["on_uncertain"]) == ("never", "repeat")


def test_a_booking_road_that_becomes_a_copy_is_not_made_looser_unasked(hub: Command) -> None:
    hub.one("destination", "add", "mail", "email", *RELAY, *TO, "--role", "booking")
    done = hub("destination", "edit", "mail", "--role", "copy", "--json")
    assert (done.one["approve"], "as copy: approve is first:10" in done.err) == ("first:10", True)
