"""Exit codes: 0 done, 1 failed, 2 usage, 3 temporary, 4 not found, 5 partly done, 6 a check found problems, 7 confirm.

With `--json` an error is one object on stderr. Code 3 is in test_outbox.py, with a far side that says "not now".
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.command import Command, Done
from tests.acceptance.papers import COMPANY, PAPERS

FAILS = [
    (2, "usage", "imprt"),
    (2, "usage", "doc list --nope"),
    (2, "no_file", "import {home}/none.xml"),
    (2, "usage", "import {sold} --kind purchase_invoice --direction sales"),
    (2, "usage", "import {sold} --kind sales_credit_note --direction purchase"),
    (2, "usage", "import {sold} --kind quotation --direction purchase"),
    (2, "enterprise_number", "company add X 0123456789"),
    (2, "filter", "doc list --filter state:nope"),
    (2, "no_plugin", "destination add x nope"),
    (2, "bad_setting", "destination add x ubl_export"),
    (2, "secret_given_openly", "destination add x email --secret password=geheim"),
    (2, "wrong_state", "outbox cancel 1"),
    (4, "not_found", "import {sold} --company 0765432146"),
    (4, "not_found", "doc show 99"),
    (2, "usage", "doc hold"),
    (2, "usage", "doc hold 1 --filter kind:sales_invoice"),
    (2, "usage", "outbox cancel 1 --filter state:held"),
    (2, "usage", "doc release 1"),
    (4, "not_found", "doc deliver 99"),
    (4, "not_found", "doc hold 99"),
    (4, "not_found", "doc release 99"),
    (4, "not_found", "doc deliver 1 --to nope"),
    (4, "not_found", "inbox show 99"),
    (4, "not_found", "outbox show 99"),
    (4, "not_found", "outbox attempts 99"),
    (4, "not_found", "outbox retry 99"),
    (4, "not_found", "connection edit nope --set host=x.example"),
    (4, "not_found", "destination show nope"),
    (4, "not_found", "destination pause nope"),
    (4, "not_found", "export show 99"),
    (4, "not_found", "company edit 0765432146 --name X"),
    (7, "confirmation_needed", "doc hold 1 2"),
    (7, "confirmation_needed", "doc hold --filter kind:sales_invoice"),
    (7, "confirmation_needed", "doc release --filter state:held"),
    (7, "confirmation_needed", "doc deliver 1 2"),
    (7, "confirmation_needed", "doc deliver --filter kind:sales_invoice"),
    (7, "confirmation_needed", "doc deliver 1 --to map"),
    (7, "confirmation_needed", "outbox retry --filter state:held"),
    (7, "confirmation_needed", "outbox approve --filter state:held"),
    (7, "confirmation_needed", "outbox cancel --filter state:held"),
    (7, "confirmation_needed", "destination remove mail"),
]


@pytest.mark.parametrize(("code", "name", "words"), FAILS, ids=[words for _, _, words in FAILS])
@pytest.mark.parametrize("shape", ["--json", "--jsonl"])
def test_an_error_is_an_object_on_stderr_and_nothing_on_stdout(
    code: int, name: str, words: str, shape: str, home: Command, tmp_path: Path
) -> None:
    done = home(*_with_files(words, home, tmp_path), shape)
    assert (done.code, done.error["code"], done.out) == (code, name, "")
    assert done.error.keys() == {"code", "message", "action"}
    assert done.error["message"]


def _with_files(words: str, home: Command, folder: Path) -> list[str]:
    sold = folder / "sold.xml"
    sold.write_bytes(PAPERS["sold.xml"])
    return words.format(home=home.home, sold=sold).split()


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (("sold.xml",), 0),
        (("sold.xml", "refused.xml"), 5),
        (("parked.pdf", "sold.xml"), 5),
        (("refused.xml",), 1),
        (("refused.xml", "parked.pdf"), 1),
    ],
)
def test_import_says_by_its_exit_code_whether_all_some_or_none_came_in(
    files: tuple[str, ...], code: int, home: Command, tmp_path: Path
) -> None:
    for name in files:
        (tmp_path / name).write_bytes(PAPERS[name])
    assert home("import", *(tmp_path / name for name in files)).code == code


def test_a_home_that_is_not_there_is_a_usage_error_that_names_init(bare: Command) -> None:
    done = bare("doc", "list", "--json")
    assert (done.code, done.error["code"]) == (2, "no_home")
    assert "hub init" in done.error["action"]


def test_a_company_is_needed_where_the_home_has_two(hub: Command, tmp_path: Path) -> None:
    hub.one("company", "add", "Tweede BV", "0876.543.270")
    done = hub("destination", "add", "map", "ubl_export", "--set", f"path={tmp_path}", "--json")
    assert (done.code, done.error["code"]) == (2, "company_unknown")
    assert hub("destination", "add", "map", "ubl_export", "--set", f"path={tmp_path}", "--company", COMPANY).code == 0


def test_status_check_is_exit_6_when_something_needs_a_person(home: Command, tmp_path: Path) -> None:
    done = home("status", "--check", "--json")
    assert done.code == 6
    assert {problem["code"] for problem in done.one["problems"]} == {"parked", "held"}
    assert {frozenset(problem) for problem in done.one["problems"]} == {frozenset({"code", "message", "action"})}


def test_status_probe_says_nothing_when_the_database_answers(home: Command) -> None:
    assert home("status", "--probe") == Done(0, "", "")


def test_a_failing_test_of_a_destination_is_exit_6(home: Command) -> None:
    done = home("destination", "test", "mail", "--json")  # the relay knows no logins
    assert done.code == 6
    assert [step["ok"] for step in done.one["steps"]][-1] is False


def test_verify_is_exit_6_when_stored_bytes_were_changed(hub: Command, tmp_path: Path) -> None:
    (tmp_path / "sold.xml").write_bytes(PAPERS["sold.xml"])
    sha256 = hub.lines("import", tmp_path / "sold.xml")[0]["document"]["sha256"]
    blob = hub.home / "data" / "blobs" / sha256[:2] / sha256
    blob.chmod(0o600)
    blob.write_bytes(blob.read_bytes() + b" ")
    done = hub("verify", "--json")
    [problem] = done.one["problems"]
    assert (done.code, problem["code"], problem["object"]) == (6, "blob.corrupt", "document:1")
    assert problem.keys() == {"code", "object", "message"}


def test_several_papers_need_yes_and_one_does_not(hub: Command, tmp_path: Path) -> None:
    for name in ("sold.xml", "odd.xml"):
        (tmp_path / name).write_bytes(PAPERS[name])
        hub.lines("import", tmp_path / name)
    hub.one("destination", "add", "map", "ubl_export", "--set", f"path={tmp_path / 'map'}")
    assert hub("doc", "deliver", "1", "2").code == 7
    assert [line["document"] for line in hub.lines("doc", "deliver", "1")] == [1]
    assert [line["document"] for line in hub.lines("doc", "deliver", "1", "2", "--yes")] == [2]


@pytest.mark.parametrize(
    ("kind", "direction"), [("sales_invoice", "sales"), ("quotation", "sales"), ("receipt", "purchase")]
)
def test_a_direction_that_the_kind_says_too_or_leaves_open_is_no_contradiction(
    kind: str, direction: str, home: Command, tmp_path: Path
) -> None:
    words = _with_files(f"import {{sold}} --kind {kind} --direction {direction} --dry-run", home, tmp_path)
    assert home(*words).code == 0


@pytest.fixture
def two(hub: Command, tmp_path: Path) -> Command:
    """A home with two papers that go nowhere."""
    for name in ("sold.xml", "odd.xml"):
        (tmp_path / name).write_bytes(PAPERS[name])
        hub.lines("import", tmp_path / name)
    return hub


def _states(hub: Command) -> list[str]:
    return [document["state"] for document in hub.lines("doc", "list")]


def test_several_papers_are_held_and_released_by_a_yes(two: Command) -> None:
    done = two("doc", "hold", 1, 2, "--json")
    assert (done.code, "2 papers" in done.error["message"]) == (7, True)
    assert _states(two) == ["ok", "ok"]
    assert [document["state"] for document in two.lines("doc", "hold", 1, 2, "--yes")] == ["held", "held"]
    assert [document["state"] for document in two.lines("doc", "release", 2)] == ["ok"]


def test_a_filter_holds_what_it_finds_and_tells_how_many_before(two: Command) -> None:
    done = two("doc", "hold", "--filter", "kind:sales_invoice", "--json")
    assert (done.code, "2 papers" in done.error["message"]) == (7, True)
    assert len(two.lines("doc", "hold", "--filter", "number:F-2", "--yes")) == 1
    assert _states(two) == ["ok", "held"]
    assert [document["id"] for document in two.lines("doc", "release", "--filter", "state:held", "--yes")] == [2]


@pytest.mark.parametrize(("verb", "other", "code"), [("hold", "99", 4), ("release", "99", 4), ("release", "1", 2)])
def test_of_several_papers_all_are_held_or_released_or_none(verb: str, other: str, code: int, two: Command) -> None:
    if verb == "release":
        two.lines("doc", "hold", 2)
    before = _states(two)
    assert two("doc", verb, 2, other, "--yes").code == code
    assert _states(two) == before
