"""When something is wrong: one sentence and what to do, never a traceback, and nothing half done."""

from __future__ import annotations

import base64
import os
import signal
import socket
from pathlib import Path

import pytest

from hub.testing import samples
from tests.acceptance.command import Command


def test_an_error_is_a_sentence_with_its_code_and_what_to_do(bare: Command) -> None:
    done = bare.process("status")
    assert (done.code, done.out) == (2, "")
    first, second = done.err.splitlines()
    assert first.startswith("error: there is no hub at ")
    assert first.endswith("(no_home)")
    assert second == "what to do: run `hub init` first"


@pytest.mark.parametrize(
    ("typed", "meant"), [("imprt", "import"), ("statsu", "status"), ("destinations", "destination")]
)
def test_a_mistyped_command_is_answered_with_the_one_that_was_meant(typed: str, meant: str, hub: Command) -> None:
    done = hub(typed)
    assert (done.code, f"Did you mean {meant}?" in done.err) == (2, True)


@pytest.mark.parametrize("words", ["", "doc", "outbox"])
def test_a_command_without_its_verb_shows_its_help_and_is_a_usage_error(words: str, bare: Command) -> None:
    done = bare(*words.split())
    assert (done.code, done.out) == (2, "")
    assert "Commands:" in done.err


@pytest.mark.sqlite_only("its file")
@pytest.mark.parametrize("damage", ["no database", "an empty file"])
def test_a_file_that_is_no_database_is_named(damage: str, hub: Command) -> None:
    database = hub.home / "data" / "hub.db"
    for beside in database.parent.glob("hub.db-*"):
        beside.unlink()
    database.write_bytes(b"" if damage == "an empty file" else os.urandom(4096))
    done = hub("status", "--json")
    assert done.code != 0
    assert "Traceback" not in done.err
    assert done.error["code"] != "internal"


@pytest.mark.parametrize("damage", ["gone", "another one", "too short"])
def test_a_lost_key_is_told_where_a_secret_is_needed_and_nowhere_else(
    damage: str, hub: Command, tmp_path: Path
) -> None:
    (tmp_path / "word").write_text("geheim")
    relay = ("--set", "host=127.0.0.1", "--set", "sender=f@voorbeeld.example", "--set", "username=hub")
    secret = ("--secret", f"password=@{tmp_path / 'word'}", "--set", "to=b@kantoor.example", "--from", "2026-01-01")
    hub.one("destination", "add", "mail", "email", *relay, *secret)
    key = hub.home / "key"
    key.chmod(0o600)
    keys = {"another one": base64.b64encode(os.urandom(32)), "too short": b"c2hvcnQ="}
    key.unlink() if damage == "gone" else key.write_bytes(keys[damage])

    assert hub("doc", "list").code == 0
    done = hub("destination", "test", "mail", "--json")
    assert done.code in {1, 2, 6}
    assert "Traceback" not in done.err
    assert "key" in (done.err + done.out)
    assert "internal" not in done.err


@pytest.mark.sqlite_only("a lost key ends the process where machines share a database")
def test_a_paper_for_a_destination_whose_key_is_lost_waits(hub: Command, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("geheim")
    relay = ("--set", "host=127.0.0.1", "--set", "sender=f@voorbeeld.example", "--set", "username=hub")
    secret = ("--secret", f"password=@{tmp_path / 'word'}", "--set", "to=b@kantoor.example", "--from", "2026-01-01")
    hub.one("destination", "add", "mail", "email", *relay, *secret)
    (tmp_path / "paper.xml").write_bytes(samples.invoice())
    hub.lines("import", tmp_path / "paper.xml")
    (hub.home / "key").unlink()
    hub.deliver(code=5)
    [waiting] = hub.lines("outbox", "list")
    assert (waiting["state"], waiting["tries"]) == ("queued", 0)
    assert hub.one("destination", "show", "mail")["state"] == "blocked"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder with two papers, and between them what a folder may have that is no file to read."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    for name in ("a", "z"):
        (folder / f"{name}.xml").write_bytes(samples.invoice(number=f"F-{name}"))
    (folder / "gone.xml").symlink_to(tmp_path / "nowhere.xml")
    os.mkfifo(folder / "pipe.xml")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket.xml"))
    return folder


def test_files_that_cannot_be_read_are_refused_and_the_others_come_in(hub: Command, mixed: Path) -> None:
    done = hub.process("import", mixed, "--jsonl")
    assert done.code == 5
    assert [(Path(line["path"]).name, line["result"]) for line in done.lines] == [
        ("a.xml", "accepted"),
        ("gone.xml", "refused"),
        ("pipe.xml", "refused"),
        ("socket.xml", "refused"),
        ("z.xml", "accepted"),
    ]
    refused = [line for line in done.lines if line["result"] == "refused"]
    assert [line["problems"][0]["code"] for line in refused] == ["unreadable_file"] * 3
    assert [line["problems"][0]["place"] for line in refused] == [line["path"] for line in refused]
    assert "No such file" in refused[0]["problems"][0]["message"]
    assert hub.lines("inbox", "list") == []


def test_a_file_named_that_cannot_be_read_is_refused_like_one_found(hub: Command, mixed: Path) -> None:
    done = hub.process("import", mixed / "gone.xml", mixed / "pipe.xml", "--jsonl")
    assert (done.code, [line["result"] for line in done.lines]) == (1, ["refused", "refused"])


def test_a_trial_import_says_the_same_of_files_that_cannot_be_read(hub: Command, mixed: Path) -> None:
    trial, real = (hub.process("import", mixed, *words, "--jsonl").lines for words in (["--dry-run"], []))
    assert [line["result"] for line in trial] == [line["result"] for line in real]


def test_a_folder_that_cannot_be_listed_is_refused_and_the_others_come_in(hub: Command, mixed: Path) -> None:
    _too_deep(mixed)
    done = hub.process("import", mixed, "--jsonl")
    assert (done.code, sum(line["result"] == "accepted" for line in done.lines)) == (5, 2)
    [deep] = [line for line in done.lines if "File name too long" in str(line["problems"])]
    assert (deep["result"], deep["problems"][0]["code"]) == ("refused", "unreadable_file")


def _too_deep(folder: Path) -> None:
    """Folders in folders, until the path of the last is longer than the system can list."""
    at = os.open(folder, os.O_RDONLY)
    for _ in range(5000 // 200):
        os.mkdir("d" * 199, dir_fd=at)
        inner = os.open("d" * 199, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)


def test_a_file_that_may_not_be_read_is_refused(hub: Command, mixed: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (mixed / "a.xml").chmod(0)
    done = hub("import", mixed / "a.xml", "--jsonl")
    assert (done.code, done.lines[0]["problems"][0]["code"]) == (1, "unreadable_file")
    assert "Permission denied" in done.lines[0]["problems"][0]["message"]


def test_a_path_that_is_not_there_is_mistyped_and_nothing_is_done(hub: Command, mixed: Path) -> None:
    done = hub("import", mixed / "a.xml", mixed / "b.xml", "--json")
    assert (done.code, done.error["code"]) == (2, "no_file")
    assert hub.lines("doc", "list") == []


def test_a_name_that_is_no_utf8_is_imported_and_printed_as_ascii(hub: Command, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / os.fsdecode(b"caf\xe9.xml")).write_bytes(samples.invoice())
    done = hub.process("import", folder, "--jsonl")
    assert (done.code, done.lines[0]["result"]) == (0, "accepted")
    assert done.out.isascii()
    assert hub.process("doc", "list").code == 0
    assert hub.process("doc", "files", "1").code == 0


def test_a_reader_that_closes_the_pipe_is_no_error(hub: Command, tmp_path: Path) -> None:
    for n in range(200):
        (tmp_path / f"{n}.xml").write_bytes(samples.invoice(number=f"F-{n}"))
    hub.lines("import", *(tmp_path / f"{n}.xml" for n in range(200)))
    with hub.started("doc", "list", "--jsonl") as child:
        assert child.stdout
        assert child.stderr
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(30) in {0, 141}


def test_ctrl_c_is_quiet(hub: Command) -> None:
    with hub.started("run") as child:
        assert child.stderr
        child.stderr.readline()
        child.send_signal(signal.SIGINT)
        assert (child.wait(30), child.stderr.read()) == (0, b"")


def test_two_commands_at_the_same_time_wait_for_each_other(hub: Command, tmp_path: Path) -> None:
    for n in range(20):
        (tmp_path / f"{n}.xml").write_bytes(samples.invoice(number=f"F-{n}"))
    papers = [tmp_path / f"{n}.xml" for n in range(20)]
    with hub.started("import", *papers[:10]) as one, hub.started("import", *papers[10:]) as two:
        assert (one.wait(30), two.wait(30)) == (0, 0)
    assert len(hub.lines("doc", "list")) == 20
    assert hub("verify").code == 0


@pytest.mark.parametrize(
    ("url", "code", "name"),
    [
        ("nonsense://hub:canary@127.0.0.1/x", 2, "bad_configuration"),
        ("no url", 2, "bad_configuration"),
        ("sqlite:////nowhere/at/all.db", 1, "system"),
    ],
)
def test_a_database_that_cannot_be_reached_is_told_in_words(url: str, code: int, name: str, hub: Command) -> None:
    done = hub.with_(HUB_DATABASE_URL=url)("status", "--json")
    assert (done.code, done.error["code"]) == (code, name)
    assert "canary" not in done.err


def test_a_home_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = Command(tmp_path / "file" / "home")("init", "--json")
    assert (done.code, done.error["code"]) == (1, "system")
    assert str(tmp_path / "file") in done.error["message"]


@pytest.mark.parametrize("sample", ["x", "0%", "-5%", "101%", "nan"])
def test_a_share_that_is_none_is_refused(sample: str, hub: Command) -> None:
    assert hub("verify", "--sample", sample).code == 2


@pytest.mark.parametrize("words", ["company add {} 0876543270", "company edit 0123456749 --name {}"])
def test_a_company_has_a_name(words: str, hub: Command) -> None:
    assert hub(*(word.replace("{}", " ") for word in words.split())).code == 2


def test_networks_that_are_none_are_told_like_any_wrong_configuration(hub: Command) -> None:
    done = hub.with_(HUB_ALLOW_NETWORKS="10.0.0.0/33")("status", "--json")
    assert (done.code, done.error["code"]) == (2, "bad_configuration")
    assert "HUB_ALLOW_NETWORKS" in done.error["message"]


# -- a paper that goes nowhere ----------------------------------------------------------------------------------------


def test_a_paper_that_no_destination_takes_is_told_with_each_reason(hub: Command, paper: Path, tmp_path: Path) -> None:
    here = ("ubl_export", "--set", f"path={tmp_path / 'map'}")
    hub.one("destination", "add", "aankoop", *here, "--kinds", "purchase_invoice")
    hub.lines("import", paper)
    hub.one("company", "add", "Tweede BV", "0876.543.270")
    hub.one("destination", "add", "tweede", *here, "--company", "0876543270")
    done = hub("doc", "deliver", 1, "--jsonl")
    assert (done.code, done.out) == (1, "")
    assert "aankoop: 1 not queued (kind): it does not take this kind" in done.err
    assert "tweede: 1 not queued (company): it serves another company" in done.err
    assert "nothing is queued: no destination takes what was named" in done.err


def test_a_home_without_a_destination_says_that_one_must_be_added(hub: Command, paper: Path) -> None:
    hub.lines("import", paper)
    done = hub("doc", "deliver", 1)
    assert (done.code, "hub destination add" in done.err) == (1, True)


def test_destinations_that_do_not_fit_are_not_spoken_of_when_one_does(
    hub: Command, paper: Path, tmp_path: Path
) -> None:
    for name, kinds in (("aankoop", "purchase_invoice"), ("verkoop", "sales_invoice")):
        words = ("--set", f"path={tmp_path / name}", "--kinds", kinds)
        hub.one("destination", "add", name, "ubl_export", *words)
    hub.lines("import", paper)
    done = hub("doc", "deliver", 1, "--jsonl")
    assert (done.code, [line["destination"] for line in done.lines], done.err) == (0, ["verkoop"], "")


# -- an export that goes nowhere --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("archeif", "did you mean archief?"),
        ("kwartaal", "a file is kwartaal.zip or ./kwartaal"),
        ("kwartaal.tar", "a file is kwartaal.tar.zip"),
        ("boekhouder@kantoor.example", "an address is mailto:boekhouder@kantoor.example"),
    ],
)
def test_a_mistyped_destination_of_an_export_makes_no_file(
    target: str, meant: str, hub: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    hub.one("destination", "add", "archief", "ubl_export", "--set", f"path={tmp_path / 'map'}")
    before = sorted(tmp_path.rglob("*.*"))
    done = hub("export", "run", "--period", "2026", "--to", target, "--json")
    assert (done.code, done.error["code"]) == (4, "not_found")
    assert meant in done.error["action"]
    assert sorted(tmp_path.rglob("*.*")) == before
    assert hub.lines("export", "list") == []


@pytest.mark.parametrize("target", ["kwartaal.zip", "KWARTAAL.ZIP", "./kwartaal"])
def test_a_path_or_a_name_that_ends_in_zip_is_a_file(
    target: str, hub: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert hub.one("export", "run", "--period", "2026", "--to", target)["path"] == str(tmp_path / target)
    assert (tmp_path / target).exists()
