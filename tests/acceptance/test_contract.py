"""The command line as scripts rely on it: commands and options, field names, and the shape of values."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest

from hub import __version__
from hub.cli.main import hub as root
from tests.acceptance.command import Command, Done, Record
from tests.acceptance.papers import COMPANY, PAPERS

# -- commands and options ---------------------------------------------------------------------------------------------

OPTIONS = {
    "init": "--company --enterprise-number --database-url",
    "company list": "",
    "company add": "",
    "company edit": "",
    "import": "--company --kind --direction --number --date --supplier --total --pdf --dry-run",
    "inbox list": "",
    "inbox show": "",
    "inbox assign": "--company --kind",
    "inbox drop": "--reason",
    "doc list": "--filter",
    "doc show": "",
    "doc files": "",
    "doc history": "",
    "doc deliver": "--filter --to --again --yes --dry-run",
    "doc hold": "--filter --yes",
    "doc release": "--filter --yes",
    "connection add": "--set --secret",
    "connection list": "",
    "connection edit": "--set --secret",
    "connection test": "",
    "connection remove": "",
    "destination add": ("--connection --set --secret --company --kinds --role --from --approve --on-uncertain"),
    "destination list": "",
    "destination show": "",
    "destination edit": "--set --secret --kinds --role --from --approve --on-uncertain",
    "destination test": "",
    "destination pause": "",
    "destination resume": "",
    "destination remove": "",
    "run": "--workers --until-empty --timeout --once --only --http",
    "db current": "",
    "db upgrade": "",
    "db archive": "--before",
    "outbox list": "--filter",
    "outbox show": "",
    "outbox attempts": "",
    "outbox why": "",
    "outbox preview": "",
    "outbox approve": "--filter --yes",
    "outbox retry": "--filter --yes",
    "outbox cancel": "--filter --yes",
    "outbox resolve": "--arrived --resend --yes",
    "export run": "--period --company --kinds --format --only-new --not-booked --to --via",
    "export list": "",
    "export show": "",
    "export verify": "",
    "serve": "--http",
    "plugin list": "",
    "plugin info": "",
    "plugin new": "--dir",
    "plugin check": "--set --secret",
    "tui": "--view --filter --open --read-only --plain",
    "status": "--check --probe",
    "verify": "--sample",
    "config show": "",
    "demo": "--keep",
}


@pytest.mark.parametrize("command", OPTIONS)
def test_a_command_has_the_options_that_scripts_use(command: str) -> None:
    known = {name for parameter in _command(command).params for name in parameter.opts}
    assert set(OPTIONS[command].split()) - known == set()


def _command(words: str) -> click.Command:
    found: click.Command = root
    context = click.Context(root)
    for word in words.split():
        assert isinstance(found, click.Group)
        next_ = found.get_command(context, word)
        assert next_, words
        found = next_
    return found


@pytest.mark.parametrize("command", sorted({words.split()[0] for words in OPTIONS}))
def test_every_command_explains_itself(command: str, bare: Command) -> None:
    done = bare(command, "--help")
    assert done.code == 0
    assert done.out.startswith(f"Usage: hub {command}")
    assert not bare.home.exists()


@pytest.mark.parametrize(
    "words",
    [
        *[f"{group} list" for group in ("company", "inbox", "doc", "connection", "destination", "outbox")],
        *["export list", "plugin list", "status", "verify", "config show", "init"],
    ],
)
def test_a_command_runs_as_a_process_and_prints_only_json_on_stdout(words: str, home: Command) -> None:
    done = home.process(*words.split(), "--json")
    assert (done.code, done.err) == (0, "")
    assert done.one is not None


def test_the_version_is_printed_without_a_home(bare: Command) -> None:
    assert bare.process("--version") == Done(0, f"hub {__version__}\n", "")
    assert not bare.home.exists()


# -- fields -----------------------------------------------------------------------------------------------------------

DOCUMENT = (
    "id uid company kind number issue_date due_date currency total_without_tax tax_total payable supplier customer"
    " sha256 source arrived_at state problems files"
)
DELIVERY = (
    "id document number kind company party destination state reason key generation tries next_attempt_at"
    " delivered_at receipt progress"
)
FILE = "role name media_type size sha256"
STANDING = "name plugin role state reason turn oldest_queued_seconds last_delivered_at success_24h"
DESTINATION = "id name plugin connection company role kinds settings from approve on_uncertain state reason"
LINES = {
    "doc list": DOCUMENT,
    "outbox list": DELIVERY,
    "doc deliver 1 --to mail --dry-run": DELIVERY,
    "inbox list": "id path result reason sha256 arrived_at",
    "destination list": DESTINATION,
    "plugin list": "name version distribution state reason",
    "outbox attempts 1": "delivery n worker started_at ended_at outcome code detail sent_sha256",
}
RECORDS = {
    "outbox why 1": "id cause turn next_attempt_at command",
    "outbox preview 1": "id parts",
    "destination test map": "steps",
    "status": "version database workers outbox destinations problems",
    "verify": "checked problems",
}


@pytest.mark.parametrize("words", LINES)
def test_a_line_has_exactly_the_fields_of_the_contract(words: str, home: Command) -> None:
    lines = home.lines(*words.split())
    assert {frozenset(line) for line in lines} == {frozenset(LINES[words].split())}


@pytest.mark.parametrize("words", RECORDS)
def test_a_record_has_exactly_the_fields_of_the_contract(words: str, home: Command) -> None:
    assert home.one(*words.split()).keys() == {*RECORDS[words].split()}


def test_a_preview_has_the_fields_of_the_contract_and_the_bytes_in_words(home: Command) -> None:
    [part] = home.one("outbox", "preview", 1)["parts"]
    assert part.keys() == {"name", "media_type", "size", "sha256", "text"}
    assert "<cbc:ID>F-1</cbc:ID>" in part["text"]
    assert "<cbc:ID>F-1</cbc:ID>" in home("outbox", "preview", 1).out


def test_import_prints_a_line_for_each_file(home: Command, tmp_path: Path) -> None:
    for name, data in PAPERS.items():
        (tmp_path / name).write_bytes(data)
    done = home("import", tmp_path, "--dry-run", "--jsonl")
    assert [Path(line["path"]).name for line in done.lines] == sorted(PAPERS)
    assert {frozenset(line) for line in done.lines} == {frozenset({"path", "result", "document", "problems"})}
    problems = [problem for line in done.lines for problem in line["problems"]]
    assert {frozenset(problem) for problem in problems} == {frozenset({"code", "message", "place"})}


def test_import_prints_the_document_as_doc_list_does(home: Command, tmp_path: Path) -> None:
    (tmp_path / "sold.xml").write_bytes(PAPERS["sold.xml"])
    [line] = home("import", tmp_path / "sold.xml", "--jsonl").lines
    assert line["result"] == "duplicate"
    assert line["document"] == home.lines("doc", "list")[0]


def test_the_records_inside_a_document_have_the_fields_of_the_contract(home: Command) -> None:
    first, odd = home.lines("doc", "list")
    assert first["supplier"].keys() == first["customer"].keys() == {"name", "vat"}
    assert [file["role"] for file in first["files"]] == ["original", "pdf"]
    assert {frozenset(file) for file in first["files"]} == {frozenset(FILE.split())}
    assert [problem.keys() for problem in odd["problems"]] == [{"code", "message", "place"}]


def test_the_records_inside_other_records_have_the_fields_of_the_contract(home: Command, tmp_path: Path) -> None:
    delivered = home.lines("outbox", "list", "--filter", "state:delivered")
    assert delivered[0]["receipt"].keys() == {"reference", "at", "detail"}
    [place, _] = home.one("status")["destinations"]
    assert place.keys() == {*STANDING.split()}
    steps = home.one("destination", "test", "map")["steps"]
    assert {frozenset(step) for step in steps} == {frozenset({"name", "ok", "message"})}
    made = home.one("export", "run", "--period", "2026", "--kinds", "quotation", "--to", tmp_path / "p.zip")
    assert made.keys() == {"path", "sha256", "documents", "left_out"}
    assert [left.keys() for left in made["left_out"]] == [{"document", "reason"}] * 2


def test_status_counts_every_state(home: Command) -> None:
    states = {"queued", "sending", "uncertain", "delivered", "rejected", "held", "cancelled"}
    assert home.one("status")["outbox"].keys() == states


@pytest.mark.parametrize("words", ["doc list", "outbox list", "destination list", "plugin list", "inbox list"])
def test_json_is_one_document_and_jsonl_one_object_a_line(words: str, home: Command) -> None:
    whole: Any = home.one(*words.split())
    assert whole == home.lines(*words.split())


# -- values -----------------------------------------------------------------------------------------------------------


def test_amounts_are_strings_with_a_point(home: Command) -> None:
    [first, _] = home.lines("doc", "list")
    assert [first[name] for name in ("total_without_tax", "tax_total", "payable")] == ["119.95", "25.19", "145.14"]
    assert all(Decimal(first[name]) for name in ("total_without_tax", "tax_total", "payable"))


def test_times_are_utc_and_days_are_days(home: Command) -> None:
    moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    document = home.lines("doc", "list")[0]
    delivery = home.lines("outbox", "list")[0]
    attempt = home.lines("outbox", "attempts", "1")[0]
    entry = home.lines("inbox", "list")[0]
    times = [document["arrived_at"], delivery["delivered_at"], delivery["receipt"]["at"], entry["arrived_at"]]
    assert [text for text in (*times, attempt["started_at"], attempt["ended_at"]) if not moment.fullmatch(text)] == []
    assert (document["issue_date"], document["due_date"]) == ("2026-01-15", "2026-02-14")


def test_enterprise_numbers_are_ten_digits_and_vat_numbers_as_written(home: Command) -> None:
    document = home.lines("doc", "list")[0]
    assert document["company"] == COMPANY
    assert document["supplier"]["vat"] == "BE0123456749"
    assert home.lines("company", "list")[0]["number"] == COMPANY
    assert {place["company"] for place in home.lines("destination", "list")} == {COMPANY}


def test_secret_settings_are_never_printed(home: Command) -> None:
    [connection] = home.lines("connection", "list")
    assert connection["settings"]["password"] == "***"
    assert "geheim" not in home("connection", "list").out + home("config", "show").out


def test_a_destination_has_the_defaults_of_its_plugin(home: Command) -> None:
    folder, mail = home.lines("destination", "list")
    assert (folder["role"], mail["role"]) == ("archive", "copy")
    assert {len(place["kinds"]) for place in (folder, mail)} == {7}
    assert (folder["approve"], folder["on_uncertain"], mail["on_uncertain"]) == ("never", "repeat", "repeat")
    assert (folder["connection"], mail["connection"]) == (None, "relay")


def test_from_is_the_day_a_destination_was_added(hub: Command, tmp_path: Path) -> None:
    before = datetime.now(UTC).date()
    new = hub.one("destination", "add", "map", "ubl_export", "--set", f"path={tmp_path}")
    assert before.isoformat() <= new["from"] <= datetime.now(UTC).date().isoformat()


# -- without a terminal -----------------------------------------------------------------------------------------------


def test_without_a_terminal_a_confirmation_is_not_asked_for(home: Command) -> None:
    done = home.process("destination", "remove", "mail", stdin=b"y\n")
    assert done.code == 7
    assert "repeat the command with --yes" in done.err


@pytest.mark.parametrize("words", ["doc list", "outbox list", "destination list", "plugin list", "status"])
def test_in_a_pipe_a_table_is_plain_lines_with_tabs(words: str, home: Command) -> None:
    done = home.process(*words.split())
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in done.out
    assert all("\t" in line for line in done.out.splitlines())


@pytest.mark.parametrize("words", ["doc list", "outbox list", "destination list", "plugin list", "status"])
def test_at_a_terminal_a_table_has_no_tabs(words: str, home: Command) -> None:
    code, seen = home.terminal(*words.split())
    assert code == 0
    assert b"\t" not in seen


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        ("outbox list", "id number destination state reason next_attempt_at"),
        ("doc list", "id kind number issue_date party payable currency state"),
        ("destination list", "name role state reason settings"),
        ("inbox list", "id path result reason arrived_at"),
        ("outbox attempts 1", "n ended_at outcome code detail"),
        ("export list", "id period documents target created_at"),
    ],
)
def test_at_a_terminal_of_80_columns_what_matters_is_there_a_line_each(words: str, columns: str, home: Command) -> None:
    code, seen = home.with_(COLUMNS="80").terminal(*words.split())
    lines = re.sub(r"\x1b\[[0-9;]*m", "", seen.decode()).splitlines()
    header = lines[0].split()
    assert (code, {*columns.split()} - {*header}) == (0, set())
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("words", ["outbox list", "doc list", "destination list", "inbox list"])
def test_at_a_terminal_of_80_columns_a_list_has_one_line_for_each_record(words: str, home: Command) -> None:
    _, seen = home.with_(COLUMNS="80").terminal(*words.split())
    assert len(seen.decode().splitlines()) == len(home.lines(*words.split())) + 1


def test_a_wide_terminal_has_every_column(home: Command) -> None:
    _, seen = home.with_(COLUMNS="200").terminal("outbox", "list")
    assert {*DELIVERY.split()} - {"company", "key", "generation", "delivered_at", "receipt", "progress"} <= {
        *re.sub(r"\x1b\[[0-9;]*m", "", seen.decode()).split()
    }


def test_options_may_be_given_in_the_environment(hub: Command, tmp_path: Path) -> None:
    assert hub.with_(HUB_EXPORT_RUN_PERIOD="2026").one("export", "run", "--to", tmp_path / "p.zip")["documents"] == 0


def test_init_may_be_repeated(hub: Command) -> None:
    before = hub.lines("company", "list")
    again: Record = hub.one("init", "--company", "Voorbeeld NV", "--enterprise-number", COMPANY)
    assert again["company"] == COMPANY
    assert hub.lines("company", "list") == before
    assert oct((hub.home / "key").stat().st_mode & 0o777) == "0o600"
