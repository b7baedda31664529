"""`show`, `safe_name` and `Names`: tables of cases, all names of the bad inputs, and properties."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.words import Names, marked, safe_name, show

BAD_NAMES: list[str] = json.loads(
    (Path(__file__).parents[1] / "data" / "bad_inputs" / "82_file_names.json").read_text(encoding="utf-8")
)
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Surrogates too: a file name on disk that is no UTF-8 arrives with them.
TEXTS = st.text(st.characters())
NASTY = st.text(st.sampled_from("aA1e\u0301\u00e9ß\u017f._-/\\ \u202e\x9b\x00:¹\uff21CONnul\ud800")) | TEXTS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ACME NV", "ACME NV"),
        ("Café Élan", "Café Élan"),
        ("a\x1b[31mb", "a\\u{1b}[31mb"),
        ("a\x9b31mb", "a\\u{9b}31mb"),
        ("a\tb\nc", "a\\u{9}b\\u{a}c"),
        ("\u202etxt", "\\u{202e}txt"),
        ("a\u200bb\ufeffc", "a\\u{200b}b\\u{feff}c"),
        ("a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"),
        ("a\U000e0041b", "a\\u{e0041}b"),
        ("\ud800", "\\u{d800}"),
        ("\ue000", "\\u{e000}"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        ("", ""),
    ],
)
def test_show_writes_what_cannot_be_seen_as_an_escape(text: str, shown: str) -> None:
    assert show(text) == shown


def test_show_keeps_line_feeds_only_where_lines_are_wanted() -> None:
    assert show("a\nb\rc", lines=True) == "a\nb\\u{d}c"


def test_show_cuts_stacked_marks_after_eight_a_letter() -> None:
    assert show("e" + "\u0301" * 20 + "f" + "\u0301" * 3) == "e" + "\u0301" * 8 + "f" + "\u0301" * 3


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("ab\x9bcd", 9, "ab\\u{9b}…"), ("ab\x9bcd", 8, "ab…")],
)
def test_show_marks_a_cut_and_never_cuts_an_escape(text: str, limit: int, shown: str) -> None:
    assert show(text, limit=limit) == shown


@given(TEXTS)
def test_show_lets_no_unseen_character_through(text: str) -> None:
    assert {unicodedata.category(char) for char in show(text)}.isdisjoint(UNSEEN)


@given(TEXTS)
def test_show_stays_within_its_limit(text: str) -> None:
    assert len(show(text, limit=20)) <= 20


@given(TEXTS)
def test_show_leaves_what_was_shown_as_it_is(text: str) -> None:
    assert show(show(text)) == show(text)


@pytest.mark.parametrize("text", ["F2026-0001.xml", "Café.pdf", "F1._", "2026.001", "a..b", "x" * 150])
def test_safe_name_leaves_a_name_that_is_safe(text: str) -> None:
    assert safe_name(text) == text


@pytest.mark.parametrize(
    ("text", "head", "ending"),
    [
        ("..\\..\\x", "_.._x", ""),
        ("a/b.xml", "a_b", ".xml"),
        ("nul.xml", "unnamed_nul", ".xml"),
        ("com¹", "unnamed_com¹", ""),
        ("F1. ", "F1._", ""),
        ("a/b.c_d", "a_b.c_d", ""),
        ("a/b.", "a_b", ""),
        ("2026/1.002", "2026_1.002", ""),
        ("a b.tar.gz", "a_b.tar", ".gz"),
        ("a b.7z", "a_b", ".7z"),
        ("a b.exé", "a_b.exé", ""),
        (".hidden", "hidden", ""),
        ("-rf", "rf", ""),
        ("Fe\u0301", "F\u00e9", ""),
        ("", "unnamed", ""),
        ("x" * 200 + ".xml", "x" * 137, ".xml"),
    ],
)
def test_safe_name_marks_a_change_before_the_ending(text: str, head: str, ending: str) -> None:
    assert safe_name(text) == f"{head}_{hashlib.sha256(text.encode()).hexdigest()[:8]}{ending}"


def test_safe_name_takes_the_fallback_for_a_name_of_nothing() -> None:
    assert safe_name("//", fallback="paper").startswith("paper_")


@pytest.mark.parametrize("text", BAD_NAMES, ids=range(len(BAD_NAMES)))
def test_every_bad_name_becomes_one_safe_component(text: str) -> None:
    _assert_one_component(safe_name(text))


def test_all_bad_names_stay_apart_where_case_is_ignored() -> None:
    assert len({name.casefold() for name in _taken(BAD_NAMES)}) == len(BAD_NAMES)


def test_the_same_bad_names_get_the_same_names_again() -> None:
    assert _taken(BAD_NAMES) == _taken(BAD_NAMES)


@given(NASTY)
def test_any_text_becomes_one_safe_component(text: str) -> None:
    _assert_one_component(safe_name(text))


@given(NASTY)
def test_a_safe_name_is_left_as_it_is(text: str) -> None:
    assert safe_name(safe_name(text)) == safe_name(text)


@given(NASTY, NASTY)
def test_different_texts_keep_different_names(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) == (one == other)


@given(NASTY, st.integers(40, 150))
def test_safe_name_stays_within_a_smaller_limit(text: str, limit: int) -> None:
    assert len(safe_name(text, limit=limit).encode()) <= limit


def test_a_taken_name_gets_the_mark_before_its_ending() -> None:
    names = Names()
    assert [names.take(name, "1a2b3c4d") for name in ("f-1.xml", "F-1.xml", "f-1.XML")] == [
        "f-1.xml",
        "F-1_1a2b3c4d.xml",
        "f-1_1a2b3c4d_2.XML",
    ]


@pytest.mark.parametrize(("one", "other"), [("é", "e\u0301"), ("É", "é"), ("straße", "STRASSE"), ("Å", "å")])
def test_names_that_are_one_name_on_some_disk_are_kept_apart(one: str, other: str) -> None:
    names = Names()
    assert names.take(one, "mark") == one
    assert names.take(other, "mark") == f"{other}_mark"


@given(st.lists(NASTY, max_size=30))
def test_names_taken_never_meet_where_case_is_ignored(texts: list[str]) -> None:
    taken = _taken(texts)
    assert len({unicodedata.normalize("NFC", name).casefold() for name in taken}) == len(texts)
    assert all(len(name.encode()) <= 150 for name in taken)


def test_marked_shortens_the_head_of_a_long_name() -> None:
    name = marked("é" * 100 + ".xml", "1a2b3c4d")
    assert name == "é" * 68 + "_1a2b3c4d.xml"


def _taken(texts: list[str]) -> list[str]:
    names = Names()
    return [names.take(safe_name(text), "1a2b3c4d") for text in texts]


def _assert_one_component(name: str) -> None:
    assert 0 < len(name.encode()) <= 150
    assert all(char.isalnum() or char in "._-" for char in name)
    assert name[0] not in ".-"
    assert name[-1] != "."
    assert name.partition(".")[0].lower() not in RESERVED
    assert unicodedata.is_normalized("NFC", name)
