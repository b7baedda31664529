"""What commands print: four shapes, values as the contract has them, and nothing that a terminal would obey."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hub.cli.output import Output
from hub.core.document import Kind
from hub.errors import ConfirmationNeeded, HubError, UsageError

HOSTILE = ["ACME\x9b31mRED", "\x1b]0;title\x07", "\u202ecod.exe", "[bold]x[/boom]", "a\tb\nc\rd", "\ud800", "\x7f\x00"]
RECORDS: list[dict[str, Any]] = [
    {
        "id": 7,
        "supplier": {"name": "Café NV", "vat": "BE0123456749"},
        "payable": Decimal("1E+3"),
        "kinds": list(Kind)[:2],
    },
    {"id": 8, "supplier": {"name": "", "vat": "BE0876543270"}, "payable": None, "kinds": []},
]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def printed(
    records: Sequence[Mapping[str, Any]], *columns: str, json: bool = False, jsonl: bool = False, is_tty: bool = False
) -> str:
    """What `rows` prints, or `one` when there are no columns."""
    out = _output(json=json, jsonl=jsonl, is_tty=is_tty)
    if columns:
        out.rows(iter(records), columns)
    else:
        out.one(records[0])
    assert isinstance(out.stdout, io.StringIO)
    return out.stdout.getvalue()


def _output(
    *, json: bool = False, jsonl: bool = False, is_tty: bool = False, stdin: io.StringIO | None = None
) -> Output:
    stderr = Terminal() if is_tty else io.StringIO()
    return Output(
        json=json, jsonl=jsonl, stdin=stdin or io.StringIO(), stdout=io.StringIO(), stderr=stderr, is_tty=is_tty
    )


def _said(out: Output) -> str:
    assert isinstance(out.stderr, io.StringIO)
    return out.stderr.getvalue()


def test_a_pipe_gets_a_header_and_tab_separated_lines() -> None:
    assert printed(RECORDS, "id", "supplier", "payable", "kinds", "gone") == (
        "id\tsupplier\tpayable\tkinds\tgone\n7\tCafé NV\t1000\tquotation, sales_invoice\t\n8\tBE0876543270\t\t\t\n"
    )


def test_json_is_one_document_with_all_fields() -> None:
    found = json.loads(printed(RECORDS, "id", json=True))
    assert found[0]["supplier"] == {"name": "Café NV", "vat": "BE0123456749"}
    assert [record["payable"] for record in found] == ["1000", None]


@pytest.mark.parametrize("records", [[], RECORDS])
def test_json_of_any_number_of_records_is_a_list(records: list[dict[str, Any]]) -> None:
    assert len(json.loads(printed(records, "id", json=True))) == len(records)


def test_jsonl_is_an_object_a_line_and_goes_before_json() -> None:
    lines = printed(RECORDS, "id", json=True, jsonl=True).splitlines()
    assert [json.loads(line)["id"] for line in lines] == [7, 8]


def test_jsonl_prints_each_record_before_the_next_is_made() -> None:
    out = _output(jsonl=True)
    seen: list[int] = []

    def made() -> Any:
        for n in range(3):
            assert isinstance(out.stdout, io.StringIO)
            seen.append(out.stdout.getvalue().count("\n"))
            yield {"n": n}

    out.rows(made(), ["n"])
    assert seen == [0, 1, 2]


def test_a_terminal_gets_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", printed(RECORDS, "id", "supplier", is_tty=True)).splitlines()
    assert [line.split() for line in lines] == [["id", "supplier"], ["7", "Café", "NV"], ["8", "BE0876543270"]]


def test_colours_are_left_out_when_no_color_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown = printed(RECORDS, "id", "supplier", is_tty=True)
    assert not re.findall(r"\x1b\[[0-9;]*(?:3|4|9|10)[0-9]m", shown)


@pytest.mark.parametrize(
    ("value", "in_json", "in_words"),
    [
        (Decimal("10.50"), "10.50", "10.50"),
        (Decimal("1E-7"), "0.0000001", "0.0000001"),
        (datetime(2026, 11, 24, 10, 0, 0, 999, tzinfo=UTC), "2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
        (
            datetime(2026, 11, 24, 10, 0, tzinfo=timezone(timedelta(hours=2))),
            "2026-11-24T08:00:00Z",
            "2026-11-24T08:00:00Z",
        ),
        (date(2026, 10, 1), "2026-10-01", "2026-10-01"),
        (Kind.RECEIPT, "receipt", "receipt"),
        (Path("/a/b"), "/a/b", "/a/b"),
        (frozenset({"b", "a"}), ["a", "b"], "a, b"),
        (("x", Kind.OTHER), ["x", "other"], "x, other"),
        ({"code": "no_pdf", "place": ""}, {"code": "no_pdf", "place": ""}, "no_pdf"),
        (None, None, ""),
        (True, True, "yes"),
        (False, False, "no"),
        (3, 3, "3"),
        (1.5, 1.5, "1.5"),
    ],
)
def test_a_value_is_printed_as_the_contract_has_it(value: object, in_json: object, in_words: str) -> None:
    assert json.loads(printed([{"v": value}], "v", jsonl=True)) == {"v": in_json}
    assert printed([{"v": value}], "v") == f"v\n{in_words}\n"


def test_what_json_cannot_say_is_an_error() -> None:
    with pytest.raises(TypeError, match="object cannot be printed"):
        printed([{"v": object()}], "v", json=True)


def test_one_record_is_a_line_a_field_with_records_in_it_spread_out() -> None:
    record = {
        "id": 7,
        "customer": {"name": "Klant BV", "vat": None},
        "steps": [{"name": "connect", "ok": True}, {"name": "login", "ok": False}],
        "kinds": ["other"],
        "none": [],
    }
    assert printed([record]) == (
        "id\t7\ncustomer.name\tKlant BV\ncustomer.vat\t\nsteps\tconnect yes\nsteps\tlogin no\nkinds\tother\nnone\t\n"
    )
    assert json.loads(printed([record], json=True)) == record


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("shape", [{}, {"json": True}, {"jsonl": True}, {"is_tty": True}])
def test_no_text_from_outside_reaches_stdout_raw(text: str, shape: dict[str, bool]) -> None:
    for shown in (printed([{"v": text}], "v", **shape), printed([{"v": text}], **shape)):
        assert not _unseen(shown)


def test_markup_is_printed_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert "[bold]x[/boom] :smile:" in printed([{"v": "[bold]x[/boom] :smile:"}], "v", is_tty=True)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_from_outside_reaches_stderr_raw(text: str) -> None:
    for json_ in (False, True):
        out = _output(json=json_)
        out.say(text)
        out.error(HubError(text, code=text, action=text))
        assert not _unseen(_said(out))


def test_a_real_terminal_gets_no_control_sequence_but_those_of_an_empty_list() -> None:
    assert _sequences(HOSTILE) == _sequences([])


def test_a_terminal_that_lacks_a_letter_gets_an_escape_and_no_error() -> None:
    program = "from hub.cli.output import Output; Output.of(json=False, jsonl=False).one({'v': 'Ελένη'})"
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    assert done.stdout == b"v\t\\u0395\\u03bb\\u03ad\\u03bd\\u03b7\n"


def test_a_pipe_does_not_pay_for_rich() -> None:
    program = (
        "import sys; from hub.cli.output import Output; out = Output.of(json=False, jsonl=False);"
        "out.rows([{'v': 1}], ['v']); assert not [name for name in sys.modules if name.startswith('rich')]"
    )
    subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)


def test_an_error_says_what_and_its_code_and_what_to_do() -> None:
    out = _output()
    out.error(UsageError("'x' is no period", code="period", action="give a month"))
    assert _said(out) == "error: 'x' is no period (period)\nwhat to do: give a month\n"


@pytest.mark.parametrize("shape", ["json", "jsonl"])
def test_under_json_an_error_is_an_object_on_stderr(shape: str) -> None:
    out = _output(json=shape == "json", jsonl=shape == "jsonl")
    out.error(UsageError("no", action="do"))
    assert json.loads(_said(out)) == {"error": {"code": "usage", "message": "no", "action": "do"}}


def test_narration_goes_to_stderr_with_its_lines() -> None:
    out = _output()
    out.say("one\ntwo\x1b")
    assert _said(out) == "one\ntwo\\u{1b}\n"


def test_yes_goes_on_without_a_question() -> None:
    out = _output()
    out.confirm("Send 3 papers?", yes=True)
    assert _said(out) == ""


def test_without_a_terminal_nobody_is_asked() -> None:
    with pytest.raises(ConfirmationNeeded, match="Send 3 papers") as caught:
        _output(stdin=io.StringIO("y\n")).confirm("Send 3 papers?", yes=False)
    assert "--yes" in caught.value.action


@pytest.mark.parametrize("answer", ["y\n", "Y\n", " yes \n"])
def test_a_person_at_the_terminal_may_say_yes(answer: str) -> None:
    out = _output(is_tty=True, stdin=Terminal(answer))
    out.confirm("Send \x1b3 papers?", yes=False)
    assert _said(out) == "Send \\u{1b}3 papers? [y/N] "


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "yep\n"])
def test_any_other_answer_is_no(answer: str) -> None:
    with pytest.raises(ConfirmationNeeded, match="nothing was done"):
        _output(is_tty=True, stdin=Terminal(answer)).confirm("Send?", yes=False)


def test_progress_is_shown_on_a_terminal_only() -> None:
    piped, shown = _output(), _output(is_tty=True)
    for out in (piped, shown):
        with out.progress("importing [red]", 3) as step:
            step(3)
    assert _said(piped) == ""
    assert "importing [red]" in _said(shown)
    assert "3/3" in _said(shown)


def _unseen(text: str) -> list[str]:
    """Characters that a terminal would obey or hide, apart from line ends, tabs between columns and bold."""
    plain = re.sub(r"\x1b\[(?:0|1)m", "", text)
    return re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ud800-\udfff]", plain)


def _sequences(texts: Sequence[str]) -> set[bytes]:
    """The control characters and sequences that a real terminal gets for a table of these texts."""
    program = (
        "import json, sys; from hub.cli.output import Output; out = Output.of(json=False, jsonl=False);"
        "out.rows([{'v': text} for text in json.loads(sys.argv[1])], ['v']); assert out.is_tty"
    )
    parent, child = pty.openpty()
    subprocess.run([sys.executable, "-c", program, json.dumps(list(texts))], stdout=child, check=True)
    os.close(child)
    shown = b""
    try:
        while piece := os.read(parent, 65536):
            shown += piece
    except OSError:  # how a terminal says that its other side is closed
        pass
    finally:
        os.close(parent)
    return set(re.findall(rb"\x1b\[[0-9;]*.|[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]", shown))
