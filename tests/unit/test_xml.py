"""The one XML parser: what it refuses and where, and what it reads."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from hub import xml
from hub.errors import Problem, Severity, Unreadable


def refusal(data: bytes) -> Problem:
    """The one problem for which `data` is refused."""
    with pytest.raises(Unreadable) as caught:
        xml.parse(data)
    [problem] = caught.value.problems
    assert problem.severity is Severity.FATAL
    return problem


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "xml.empty"),
        (b"   ", "xml.not_well_formed"),
        (b"<a>", "xml.not_well_formed"),
        (b"<a/>x", "xml.not_well_formed"),
        (b"<a/><b/>", "xml.not_well_formed"),
        (b"<a/>\0", "xml.not_well_formed"),
        (b"<a>\0</a>", "xml.not_well_formed"),
        (b"<a>&#0;</a>", "xml.not_well_formed"),
        (b"<a>&unknown;</a>", "xml.not_well_formed"),
        (b"<a b='1' b='2'/>", "xml.not_well_formed"),
        (b"<x:a/>", "xml.not_well_formed"),
        (b" <?xml version='1.0'?><a/>", "xml.not_well_formed"),
        ("<?xml version='1.0'?><a/>".encode("cp037"), "xml.not_well_formed"),  # EBCDIC
        (b"<!DOCTYPE a><a/>", "xml.doctype"),
        (b"\xef\xbb\xbf<!DOCTYPE a><a/>", "xml.doctype"),
        (b"<?xml version='1.0'?>\n<!-- <a/> --><?p <a/> ?>\n<!DOCTYPE a []><a/>", "xml.doctype"),
        ("\ufeff<!-- x -->\n<!DOCTYPE a><a/>".encode("utf-16-le"), "xml.doctype"),
        ("\ufeff<!DOCTYPE a><a/>".encode("utf-16-be"), "xml.doctype"),
        (b"<?xml version='1.0' encoding='iso-8859-1'?><!DOCTYPE a><a/>", "xml.doctype"),
        (b"<a xmlns:x='http://www.w3.org/2001/XInclude'><x:include href='b'/></a>", "xml.xinclude"),
        (b"<a>" * 257 + b"</a>" * 257, "xml.too_deep"),
        (b"<a>" * 60_000 + b"</a>" * 60_000, "xml.too_deep"),
        (b"<a>" + b"x" * 11_000_000 + b"</a>", "xml.too_large"),
        (b"<a><![CDATA[" + b"x" * 11_000_000 + b"]]></a>", "xml.too_large"),
        (b"<a b='" + b"x" * 11_000_000 + b"'/>", "xml.too_large"),
        (b"<a><!--" + b"x" * 11_000_000 + b"--></a>", "xml.too_large"),
        (b"<a>" + b"<b/>" * xml.MAX_TAGS + b"</a>", "xml.too_large"),
        (b"<a>" + (b"<b>" + b"x" * 100_000 + b"</b>") * 250 + b"</a>", "xml.too_large"),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else value,
)
def test_it_refuses(data: bytes, code: str) -> None:
    assert refusal(data).code == code


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"<a>\n<b>\n", "3:1"),
        (b"<a>\n  <b></c>\n</a>", "2:10"),
        (b"<a>\n\0</a>", "2:1"),
        (b"<a/>\nx", "2:1"),
        (b"<a>\n\n\xff</a>", "3:1"),
    ],
)
def test_a_refusal_names_line_and_column(data: bytes, place: str) -> None:
    problem = refusal(data)
    line, column = place.split(":")
    assert problem.place == place
    assert f"line {line}, column {column}" in problem.message


def test_a_depth_of_256_is_read() -> None:
    assert len(list(xml.parse(b"<a>" * 256 + b"</a>" * 256).iter())) == 256


def test_a_text_of_nearly_ten_megabytes_is_read() -> None:
    assert len(xml.parse(b"<a>" + b"x" * 9_999_000 + b"</a>").text or "") == 9_999_000


def test_a_text_that_is_too_long_names_the_limit() -> None:
    assert "10000000" in refusal(b"<a>" + b"x" * 11_000_000 + b"</a>").message


@pytest.mark.parametrize(
    "data",
    [b"<!-- <!DOCTYPE a> --><a/>", b"<?p <!DOCTYPE a> ?><a/>", b"<a><![CDATA[<!DOCTYPE a>]]></a>"],
)
def test_a_doctype_that_is_only_mentioned_is_no_doctype(data: bytes) -> None:
    assert xml.parse(data).tag == "a"


@pytest.mark.parametrize(
    ("encoding", "declared", "mark"),
    [
        ("utf-8", "UTF-8", b""),
        ("utf-8", "utf-8", b""),
        ("utf-8", "UTF-8", b"\xef\xbb\xbf"),
        ("utf-8", "", b""),
        ("iso-8859-1", "ISO-8859-1", b""),
        ("iso-8859-15", "ISO-8859-15", b""),
        ("windows-1252", "Windows-1252", b""),
        ("utf-16-le", "UTF-16", b"\xff\xfe"),
        ("utf-16-be", "UTF-16", b"\xfe\xff"),
        ("utf-16-le", "UTF-16LE", b"\xff\xfe"),
        ("utf-16-le", "", b"\xff\xfe"),
    ],
)
def test_it_reads_the_encoding(encoding: str, declared: str, mark: bytes) -> None:
    declaration = f"<?xml version='1.0' encoding='{declared}'?>" if declared else ""
    root = xml.parse(mark + f"{declaration}<a>Zoë</a>".encode(encoding))
    assert xml.text_of(root) == "Zoë"


def test_the_euro_sign_of_windows_1252_is_read() -> None:
    assert xml.text_of(xml.parse(b"<?xml version='1.0' encoding='windows-1252'?><a>\x80</a>")) == "€"


@pytest.mark.parametrize(
    "data",
    [
        b"<?xml version='1.0' encoding='UTF-7'?><a>+AOk-</a>",
        b"<?xml version='1.0' encoding=\"Shift_JIS\"?><a/>",
        b"<?xml version='1.0' encoding='UTF-16'?><a/>",
        b"<?xml version='1.0' encoding='UTF-32'?><a/>",
        b"<?xml version='1.0' encoding='no such'?><a/>",
        b"<?xml version='1.0' encoding=''?><a/>",
        b"\xef\xbb\xbf<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
        "\ufeff<?xml version='1.0' encoding='UTF-8'?><a/>".encode("utf-16-le"),
        "<a/>".encode("utf-16-le"),
        "<a/>".encode("utf-16-be"),
        "<a/>".encode("utf-32-le"),
        "<a/>".encode("utf-32-be"),
        "\ufeff<a/>".encode("utf-32-le"),
        "\ufeff<a/>".encode("utf-32-be"),
        b"\xff\xfe<\0a\0/\0>",  # a half character at the end
        b"<a>\xe9</a>",
        b"<?xml version='1.0' encoding='US-ASCII'?><a>\xe9</a>",
        b"<?xml version='1.0' encoding='windows-1252'?><a>\x81</a>",
    ],
    ids=repr,
)
def test_it_refuses_the_encoding(data: bytes) -> None:
    assert refusal(data).code == "xml.encoding"


@pytest.mark.parametrize(
    "data",
    [
        b"<a>F<!-- c -->1</a>",
        b"<a><!-- c -->F<![CDATA[1]]></a>",
        b"<a>F<?p x?>1</a>",
        b"<a>\t\r\n F1 \n</a>",
        b"<a>F&#49;</a>",
    ],
)
def test_text_is_whole_and_without_white_space_around(data: bytes) -> None:
    assert xml.text_of(xml.parse(data)) == "F1"


def test_a_no_break_space_belongs_to_the_text() -> None:
    assert xml.text_of(xml.parse("<a>\u00a0F1</a>".encode())) == "\u00a0F1"


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", "0"), ("12.50", "12.50"), ("-3", "-3"), ("+3.1", "3.1"), (" \n7\t", "7"), ("9" * 30, "9" * 30)],
)
def test_a_decimal_is_read(text: str, value: str) -> None:
    assert xml.decimal_of(xml.parse(f"<a>{text}</a>".encode())) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    ["NaN", "Infinity", "1e400", "1_000", "1,50", "1.", ".5", "--1", "1 000", "\u0661", "0x1", "9" * 31, "\u00a01"],
)
def test_what_is_no_decimal_is_refused_with_element_and_value(text: str) -> None:
    root = xml.parse(f"<a><b/><b>\n{text}</b></a>".encode())
    with pytest.raises(Unreadable) as caught:
        xml.decimal_of(root[1])
    [problem] = caught.value.problems
    assert (problem.code, problem.place) == ("value.number", "a/b[2], line 1")
    assert problem.message.startswith(f"b is {text[:40]!a}")


@pytest.mark.parametrize("text", ["2026-01-15", "2026-01-15Z", "2026-01-15+14:00", "2026-01-15-11:00", "\n2026-01-15 "])
def test_a_date_is_read_and_its_zone_never_shifts_it(text: str) -> None:
    assert xml.date_of(xml.parse(f"<a>{text}</a>".encode())) == date(2026, 1, 15)


@pytest.mark.parametrize(
    "text",
    [
        "20260115",
        "2026-W03-4",
        "2026-00-15",
        "2026-02-30",
        "15/01/2026",
        "2026-1-15",
        "2026-01-15T00:00:00",
        "٢٠٢٦-01-15",
    ],
)
def test_what_is_no_date_is_refused_with_element_and_value(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        xml.date_of(xml.parse(f"<a>{text}</a>".encode()))
    [problem] = caught.value.problems
    assert problem.code == "value.date"
    assert f"a is {text!a}" in problem.message


def test_an_empty_element_is_neither_a_number_nor_a_date() -> None:
    root = xml.parse(b"<a> </a>")
    assert xml.decimal_of(root) is None
    assert xml.date_of(root) is None


def test_names_are_namespace_and_local_name() -> None:
    assert xml.names(xml.parse(b"<p:a xmlns:p='urn:x'/>")) == ("urn:x", "a")
    assert xml.names(xml.parse(b"<a/>")) == ("", "a")


def test_what_is_written_is_read_again() -> None:
    root = xml.new("{urn:x}a", {None: "urn:x", "b": "urn:y"})
    xml.add(root, "{urn:y}b", "Zoë & <co>", {"c": '"'})
    written = xml.serialise(root)
    assert written == (
        b"<?xml version='1.0' encoding='UTF-8'?>\n"
        b'<a xmlns="urn:x" xmlns:b="urn:y"><b:b c="&quot;">Zo\xc3\xab &amp; &lt;co&gt;</b:b></a>'
    )
    assert xml.text_of(xml.parse(written)[0]) == "Zoë & <co>"


def test_a_default_parser_that_somebody_weakened_is_not_used() -> None:
    etree.set_default_parser(etree.XMLParser(recover=True, huge_tree=True))
    try:
        assert refusal(b"<a><b></a>").code == "xml.not_well_formed"
    finally:
        etree.set_default_parser()


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[tuple[Path, threading.Event]]:
    """A named pipe, and an event that is set when anybody opens it to read."""
    pipe, opened = tmp_path / "canary", threading.Event()
    os.mkfifo(pipe)

    def wait_for_a_reader() -> None:
        os.close(os.open(pipe, os.O_WRONLY))
        opened.set()

    watcher = threading.Thread(target=wait_for_a_reader)
    watcher.start()
    yield pipe, opened
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    watcher.join(timeout=10)
    os.close(reader)


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE a SYSTEM '{uri}'><a/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM '{uri}'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY % x SYSTEM '{uri}'> %x;]><a/>",
        "<a xmlns:x='http://www.w3.org/2001/XInclude'><x:include href='{uri}' parse='text'/></a>",
        "<?xml-stylesheet type='text/xsl' href='{uri}'?><a/>",
        "<a xml:base='{uri}' xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:schemaLocation='a {uri}'/>",
    ],
)
def test_no_file_that_a_paper_names_is_opened(text: str, canary: tuple[Path, threading.Event]) -> None:
    pipe, opened = canary
    with suppress(Unreadable):
        xml.parse(text.format(uri=pipe.as_uri()).encode())
    assert not opened.is_set()


_BOMBS = """
import pathlib, re, time
from hub import xml
from hub.errors import Unreadable

def peak():
    # not getrusage: its peak outlives exec, so it starts at that of the test runner
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1])

def bomb(levels):
    entities = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, levels))
    return f"<!DOCTYPE a [<!ENTITY e0 'ha'>{entities}]><a b='&e{levels - 1};'>&e{levels - 1};</a>".encode()

flat = b"<!DOCTYPE a [<!ENTITY e '" + b"x" * 100_000 + b"'>]><a>" + b"&e;" * 100_000 + b"</a>"
before = peak()
tags = b"<a>" + b"<b/>" * 6_000_000 + b"</a>"
for data in (bomb(9), bomb(30), flat, tags, b" <?x?>" * (xml.MAX_TAGS - 1)):
    started = time.process_time()
    try:
        xml.parse(data)
    except Unreadable as error:
        print(error.code, time.process_time() - started < 1)
print(peak() - before < 100 * 1024)
"""


def test_bombs_are_refused_within_a_second_and_100_mebibytes() -> None:
    done = subprocess.run([sys.executable, "-c", _BOMBS], check=True, capture_output=True, text=True)
    assert done.stdout.split() == [
        *("xml.doctype", "True") * 3,
        *("xml.too_large", "True"),
        *("xml.not_well_formed", "True"),
        "True",
    ]


@pytest.mark.parametrize("unit", [b"<!---->", b"<?x?>", b" \n", b"<!-- - -->"])
def test_no_prolog_makes_it_slow(unit: bytes) -> None:
    data = unit * (xml.MAX_TAGS - 1) if b"<" in unit else unit * 10_000_000
    started = time.process_time()
    refusal(data[: xml.MAX_BYTES])
    assert time.process_time() - started < 2
