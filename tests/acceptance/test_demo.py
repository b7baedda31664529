"""`hub demo` as a person runs it: what it tells is what the mail server, the folder and the ledger say, too."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub
from hub.config import Config
from hub.core.words import show
from hub.demo.evidence import Evidence, differences, gather
from hub.demo.places import INVITED, Stage
from hub.demo.portal import NAME, Visitor
from hub.demo.stage import key_of
from hub.demo.telling import Telling
from hub.testing.codabox_papers import read_taken
from hub.testing.exact import Books
from hub.testing.smtp_log import Fate, Transaction, read_log
from tests.acceptance.command import Command
from tests.acceptance.test_serve import free_port, serving

_LONGEST = 30.0  # seconds
_DEMO = (sys.executable, "-m", "hub", "demo")
# A plan in which nothing goes wrong: what then happens is not what is told.
_OTHER_PLAN = (
    "import hub.demo.plan as plan; from hub.cli.main import main; plan._MISHAPS = plan._MISHAPS[:-1]; main(['demo'])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A demo that is over."""

    root: Path
    exit_code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def record(self) -> Any:
        """What a program gets."""
        return json.loads(self.stdout)

    @property
    def stage(self) -> Stage:
        """What was kept."""
        return Stage(self.root)

    @property
    def mails(self) -> list[Transaction]:
        """What the mail server saw."""
        return read_log(self.stage.mail_log)

    def ledger(self, environment: Mapping[str, str]) -> list[dict[str, Any]]:
        """Its deliveries, as `hub outbox list` prints them."""
        at_home = {**environment, "HUB_HOME": str(self.stage.home), "HUB_DATABASE_URL": ""}
        done = _done((sys.executable, "-m", "hub", "outbox", "list", "--jsonl"), at_home)
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The environment of a person who has a hub of his own, which the demo must leave alone."""
    folder = tmp_path_factory.mktemp("person")
    (folder / "tmp").mkdir()
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    own = {"HUB_HOME": str(folder / "own"), "HUB_DATABASE_URL": f"sqlite:///{folder / 'own.db'}"}
    return plain | own | {"TMPDIR": str(folder / "tmp")}


@pytest.fixture(scope="module")
def runs(person: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Run]:
    """Demos that run at the same time: two that are kept, a temporary one, and one with another plan."""
    root = tmp_path_factory.mktemp("kept")
    commands = {
        "kept": (*_DEMO, "--json", "--keep", str(root / "kept")),
        "acted on": (*_DEMO, "--json", "--keep", str(root / "a folder, with 'signs'")),
        "temporary": _DEMO,
        "otherwise": (sys.executable, "-c", _OTHER_PLAN),
    }
    begun = {name: (time.monotonic(), _started(command, person)) for name, command in commands.items()}
    return {name: _over(Path(commands[name][-1]), *both) for name, both in begun.items()}


def _started(command: tuple[str, ...], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _over(root: Path, begun: float, process: subprocess.Popen[str]) -> Run:
    stdout, stderr = process.communicate(timeout=120)
    seconds = time.monotonic() - begun
    return Run(root=root, exit_code=process.returncode, stdout=stdout, stderr=stderr, seconds=seconds)


@pytest.fixture
def kept(runs: Mapping[str, Run]) -> Run:
    """A demo that nobody touches."""
    return runs["kept"]


@pytest.mark.parametrize("name", ["kept", "acted on", "temporary"])
def test_all_comes_out_as_told_within_30_seconds(runs: Mapping[str, Run], name: str) -> None:
    assert runs[name].exit_code == 0, runs[name].stderr
    assert runs[name].seconds < _LONGEST


def test_a_program_gets_what_a_person_reads(kept: Run) -> None:
    assert kept.record["surprises"] == []
    assert kept.record["imported"] == {"accepted": 24, "conflict": 1, "duplicate": 1, "parked": 1}
    for one in kept.record["waiting"]:
        assert one["turn"] == "you"
        assert all(command in kept.stderr for command in one["commands"])


def test_the_first_line_comes_at_once(person: Mapping[str, str]) -> None:
    begun = time.monotonic()
    with _ended(_started(_DEMO, person)) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("hub demo: ")
        assert time.monotonic() - begun < 3


def test_twice_gives_the_same_papers(runs: Mapping[str, Run]) -> None:
    first, second = (_contents(runs[name].stage.papers) for name in ("kept", "acted on"))
    assert first == second
    assert len(first) == 27


def test_a_person_and_the_hub_see_the_same_papers_of_every_kind(kept: Run, person: Mapping[str, str]) -> None:
    kinds = {record["kind"] for record in kept.ledger(person) if record["destination"] == "archive"}
    invoices = {f"{side}_{type_}" for side in ("sales", "purchase") for type_ in ("invoice", "credit_note")}
    assert kinds == invoices | {"receipt", "quotation"}


def test_the_mail_server_has_what_is_delivered_once_and_nothing_else(kept: Run, person: Mapping[str, str]) -> None:
    ledger = {one["key"]: one["state"] for one in kept.ledger(person) if one["destination"] in {"office", "owner"}}
    stored = Counter(key_of(mail.message_id) for mail in kept.mails if mail.stored and mail.to != (INVITED,))
    unconfirmed = [key for key, state in ledger.items() if state == "uncertain"]
    assert stored == Counter([key for key, state in ledger.items() if state == "delivered"] + unconfirmed)
    assert len(unconfirmed) == 1


def test_each_mail_is_kept_as_a_file_byte_for_byte(kept: Run) -> None:
    files = Counter(hashlib.sha256(path.read_bytes()).hexdigest() for path in kept.stage.mails.glob("*.eml"))
    assert files == Counter(mail.sha256 for mail in kept.mails if mail.stored)


def test_the_mail_server_refuses_three_and_hangs_up_on_two(kept: Run) -> None:
    fates = Counter(mail.outcome for mail in kept.mails)
    assert fates == {Fate.ACCEPTED: 26, Fate.REFUSED: 3, Fate.DROPPED: 1, Fate.ANSWER_LOST: 1}


def test_the_folder_has_each_paper_as_it_came(kept: Run, person: Mapping[str, str]) -> None:
    named = [
        Path(one["receipt"]["reference"])
        for one in kept.ledger(person)
        if one["destination"] == "archive" and one["receipt"]
    ]
    found = [path for path in kept.stage.archive.rglob("*") if path.is_file()]
    assert sorted(found) == sorted(named)
    came = {hashlib.sha256(data).hexdigest() for data in _contents(kept.stage.papers).values()}
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in found} < came


def _delivered(run: Run, person: Mapping[str, str], destination: str) -> list[str]:
    rows = [one for one in run.ledger(person) if one["destination"] == destination and one["state"] == "delivered"]
    return sorted(one["number"] for one in rows)


def test_exact_has_booked_what_is_delivered_once_and_nothing_else(kept: Run, person: Mapping[str, str]) -> None:
    entries = Books.read(kept.stage.exact_ledger).entries
    assert sorted(str(one.your_ref) for one in entries) == _delivered(kept, person, "books")
    assert {one.your_ref: f"{one.total:.2f}" for one in entries if one.type == 21} == {"V-C1": "-15.79"}
    assert len(entries) == 5


def test_codabox_has_taken_what_is_delivered_once_and_nothing_else(kept: Run, person: Mapping[str, str]) -> None:
    taken = read_taken(kept.stage.codabox_log)
    assert sorted(one.number for one in taken) == _delivered(kept, person, "package") == ["L-1", "L-2"]


def test_the_office_sees_what_is_delivered_to_it(kept: Run, person: Mapping[str, str]) -> None:
    port = free_port()
    home = Command(kept.stage.home, (("HUB_PUBLIC_URL", f"http://127.0.0.1:{port}"),))
    invited = ("partner", "invite", "--office", NAME, "--mail", "eva@office.example", "--company", "0111111124")
    with serving(home, port):
        visitor = Visitor(port)
        visitor.ask("POST", home.one(*invited)["url"].removeprefix(f"http://127.0.0.1:{port}"))
        seen = visitor.seen()
    delivered = _delivered(kept, person, "portal")
    assert (sorted(seen), len(delivered)) == (delivered, 17)
    assert Counter(seen.values()) == {"office": 16, "": 1}  # a quotation is booked by nobody


def test_what_waits_is_one_unconfirmed_one_held_and_one_to_sort(kept: Run) -> None:
    ends = [one["what"].partition(": ")[0] for one in kept.record["waiting"]]
    assert ends == ["unconfirmed", "held, conflict", "to sort"]


@pytest.mark.parametrize("name", ["kept", "acted on", "temporary", "otherwise"])
def test_nothing_reaches_the_terminal_that_is_not_seen(runs: Mapping[str, Run], name: str) -> None:
    lines = runs[name].stderr.splitlines()
    assert [line for line in lines if show(line) != line] == []


def test_what_a_paper_says_is_told_harmlessly() -> None:
    said: list[str] = []
    tell = Telling(said.append)
    tell.heading("\u202eone")
    tell.text("\x1b[2Jtwo")
    tell.table([("\x9bthree", "\u2028four")])
    assert said == ["", "\\u{202e}one", "   \\u{1b}[2Jtwo", "   \\u{9b}three  \\u{2028}four"]


def test_it_fits_80_columns_but_for_what_is_copied(kept: Run) -> None:
    long = [line for line in kept.stderr.splitlines() if len(line) > 80 and str(kept.root) not in line]
    assert [line for line in long if not line.startswith("   export PATH=")] == []


def test_the_commands_it_prints_work(runs: Mapping[str, Run], person: Mapping[str, str]) -> None:
    run = runs["acted on"]
    copied = [line.strip() for line in run.stderr.splitlines() if re.match(r" +(hub|export|/\S+ -m) ", line)]
    settings = [line for line in copied if line.startswith("export ")]
    [server] = [line for line in copied if " -m hub.testing.smtp " in line]
    commands = [line for line in copied if re.match(r"hub (?!run|tui|serve)", line)]
    assert len(commands) == 11
    with _ended(_started(("/bin/sh", "-c", f"exec {server}"), person)) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() in server
        script = "\n".join(("set -eu", *settings, *commands, "hub run --until-empty"))
        done = _done(("/bin/sh", "-c", script), person)
    assert done.returncode == 0, done.stderr
    assert {one["state"] for one in run.ledger(person)} == {"delivered"}


def test_the_persons_own_hub_is_left_alone(runs: Mapping[str, Run], person: Mapping[str, str]) -> None:
    assert runs["kept"].exit_code == 0
    assert not Path(person["HUB_HOME"]).exists()
    assert not Path(person["HUB_DATABASE_URL"].removeprefix("sqlite:///")).exists()


def test_a_temporary_home_is_gone_afterwards(runs: Mapping[str, Run], person: Mapping[str, str]) -> None:
    assert "demo --keep DIR" in runs["temporary"].stderr
    assert list(Path(person["TMPDIR"]).glob("hub-demo-*")) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_temporary_home_is_gone_when_the_demo_is_stopped(
    person: Mapping[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    process = _started(_DEMO, {**person, "TMPDIR": str(tmp_path)})
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("4  "):
            break
    assert list(tmp_path.iterdir())
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []


def test_what_comes_out_otherwise_is_said_and_ends_with_6(runs: Mapping[str, Run]) -> None:
    assert runs["otherwise"].exit_code == 6
    assert "office ended otherwise than planned: 16 delivered, 1 held" in runs["otherwise"].stderr


def test_a_folder_with_something_in_it_is_left_alone(person: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    done = _done((*_DEMO, "--keep", str(tmp_path)), person)
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_without_a_mail_server_it_says_what_to_install(person: Mapping[str, str]) -> None:
    script = "import sys; sys.modules['aiosmtpd'] = None; from hub.cli.main import main; main(['demo'])"
    done = _done((sys.executable, "-c", script), person)
    assert done.returncode == 2
    assert "pip install 'bookkeeper-hub[demo,portal]'" in done.stderr


@pytest.fixture
def evidence(kept: Run) -> Evidence:
    """Ledger and far sides of a demo, as the demo compares them."""
    hub = Hub.open(Config(home=kept.stage.home))
    try:
        return gather(hub, kept.stage)
    finally:
        hub.close()


def test_ledger_and_far_sides_agree(evidence: Evidence) -> None:
    assert list(differences(evidence)) == []


def _changed_mail(evidence: Evidence, **changes: Any) -> Evidence:
    """The last mail that was taken at the first try, otherwise."""
    mail = next(mail for mail in reversed(evidence.mails) if mail.outcome is Fate.ACCEPTED)
    return replace(evidence, mails=[replace(one, **changes) if one is mail else one for one in evidence.mails])


def _changed_files(evidence: Evidence, change: Callable[[dict[Path, str]], object]) -> Evidence:
    files = dict(evidence.files)
    change(files)
    return replace(evidence, files=files)


@pytest.mark.parametrize(
    ("alter", "sentence"),
    [
        (lambda e: _changed_mail(e, outcome=Fate.REFUSED), "the mail server has it 0 times"),
        (lambda e: replace(e, mails=[*e.mails, *e.mails]), "the mail server has it 2 times"),
        (lambda e: _changed_mail(e, sha256="0" * 64), "other bytes than the ledger says"),
        (lambda e: _changed_mail(e, to=("else@where.example",)), "it arrived at else@where.example"),
        (lambda e: _changed_mail(e, message_id="<stranger@x>"), "a message that is not in the ledger"),
        (lambda e: _changed_files(e, lambda files: files.popitem()), "the folder does not have"),
        (
            lambda e: _changed_files(e, lambda files: files.update(dict.fromkeys(files, "0"))),
            "the folder does not have",
        ),
        (lambda e: _changed_files(e, lambda files: files.update({Path("/x/more"): "0"})), "the folder has more"),
    ],
    ids=["lost", "double", "other bytes", "astray", "unknown", "no file", "other file", "extra file"],
)
def test_a_difference_is_said(evidence: Evidence, alter: Callable[[Evidence], Evidence], sentence: str) -> None:
    assert any(sentence in said for said in differences(alter(evidence)))


def _done(command: tuple[str, ...], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=120)


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that is told to stop at the end."""
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)
