"""At a terminal: names made to steer it are shown as text, tables are tables, and a person can say yes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.command import Command, harmful

DATA = Path(__file__).parents[1] / "data" / "bad_inputs"
HOSTILE = ["06_ok_odd_names.xml", *(path.name for path in sorted(DATA.glob("5[0-5]_*.xml")))]
TITLE = "\x1b]0;owned\x07\x9b31m\u202egnp.\x00"[:-1] + "paper.pdf"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> Command:
    """A home full of names made to deceive: of companies, of papers, of files, in the inbox and at a destination."""
    folder = tmp_path_factory.mktemp("hostile")
    hub = Command(folder / "home", (("HUB_DATABASE_URL", module_database_url),))
    hub.one("init", "--company", "Eigen \x1b[31m\u202e[b]NV", "--enterprise-number", "0487.012.353")
    hub.one("destination", "add", "map\x1b[2J\x9b2J", "ubl_export", "--set", f"path={folder}", "--from", "2026-01-01")
    assert {line["result"] for line in hub.lines("import", *(DATA / name for name in HOSTILE))} == {"accepted"}
    (folder / TITLE).write_bytes(b"%PDF-1.4 no facts")
    hub("import", folder / TITLE)
    return hub


LISTS = [
    ("doc", "list"),
    *(("doc", "show", str(n)) for n in range(1, len(HOSTILE) + 1)),
    ("doc", "files", "7"),
    ("doc", "history", "1"),
    ("outbox", "list"),
    ("outbox", "show", "1"),
    ("outbox", "cancel", "1"),
    ("inbox", "list"),
    ("inbox", "show", "1"),
    ("company", "list"),
    ("destination", "list"),
    ("status",),
    ("doc", "list", "--filter", 'party:"\x9b2J"'),
    ("doc", "list", "--filter", "state:\u202eopen"),
    ("doc", "show", "\x1b[2J"),
    ("\x1b[2J",),
    ("import", "/nowhere/\x1b[2J.xml"),
    ("destination", "show", "\x9b2J"),
    ("destination", "add", "x", "\x1b]0;x\x07"),
]


@pytest.mark.parametrize("words", LISTS, ids=ascii)
def test_no_character_steers_the_terminal(words: tuple[str, ...], hostile: Command) -> None:
    _, seen = hostile.terminal(*words)
    assert seen
    assert harmful(seen) == []


@pytest.mark.parametrize("words", LISTS, ids=ascii)
def test_no_character_steers_whoever_reads_a_pipe(words: tuple[str, ...], hostile: Command) -> None:
    for shape in ((), ("--json",)):
        done = hostile(*words, *shape)
        assert harmful((done.out + done.err).replace("\t", "").encode()) == []


def test_import_of_the_hostile_files_is_shown_safely(hostile: Command, tmp_path: Path) -> None:
    paper = tmp_path / TITLE
    paper.write_bytes(b"<broken")
    code, seen = hostile.terminal("import", *(DATA / name for name in HOSTILE), paper)
    assert (code, harmful(seen)) == (5, [])


def test_markup_in_a_name_is_shown_letter_by_letter(hostile: Command) -> None:
    _, seen = hostile.terminal("doc", "show", str(HOSTILE.index("52_markup_in_name.xml") + 1))
    assert b"[@click=app.quit]ACME[/] [/boom]" in seen


def test_what_cannot_be_seen_is_written_out(hostile: Command) -> None:
    _, seen = hostile.terminal("doc", "show", str(HOSTILE.index("51_bidi_override_name.xml") + 1))
    assert b"ACME \\u{202e}gro.live\\u{202c} NV" in seen


def test_a_person_at_a_terminal_is_asked_and_may_say_no(hub: Command, tmp_path: Path) -> None:
    hub.one("destination", "add", "map", "ubl_export", "--set", f"path={tmp_path}")
    code, seen = hub.terminal("destination", "remove", "map", typed=b"n\n")
    assert (code, b"[y/N]" in seen) == (7, True)
    assert len(hub.lines("destination", "list")) == 1


def test_a_person_at_a_terminal_may_say_yes(hub: Command, tmp_path: Path) -> None:
    hub.one("destination", "add", "map", "ubl_export", "--set", f"path={tmp_path}")
    code, _ = hub.terminal("destination", "remove", "map", typed=b"y\n")
    assert code == 0
    assert hub.lines("destination", "list") == []


def test_the_log_of_a_run_shows_nothing_that_steers_a_terminal(hostile: Command) -> None:
    code, seen = hostile.with_(HUB_LOG="debug").terminal("run", "--until-empty", "--timeout", "30")
    assert (code, harmful(seen)) == (0, [])
