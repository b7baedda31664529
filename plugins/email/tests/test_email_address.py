"""One text is one address, or it is refused."""

from __future__ import annotations

import json
from email.utils import getaddresses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_email.address import Mailbox, parse_address, parse_mailbox

CORPUS = Path(__file__).parents[3] / "tests" / "data" / "bad_inputs" / "80_email_addresses.tsv"


def rows() -> list[tuple[str, str]]:
    """The corpus; `reject|accept` is our choice, and we refuse what not every program reads alike."""
    lines = (line.split("\t") for line in CORPUS.read_text(encoding="utf-8").splitlines()[1:])
    return [(_unescaped(text), expect.partition("|")[0]) for text, expect in lines]


def _unescaped(text: str) -> str:
    quoted = text.replace('"', '\\"')
    unescaped: str = json.loads(f'"{quoted}"')
    return unescaped


@pytest.mark.parametrize(("text", "expect"), rows())
def test_an_address_of_the_corpus(text: str, expect: str) -> None:
    if expect == "accept":
        assert parse_address(text) == text
        return
    with pytest.raises(ValueError, match=r"\w"):
        parse_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "a@b.example ",
        " a@b.example",
        "a@b.example\n",
        "<a@b.example>",
        "A <a@b.example>",
        "a@b@c.example",
        "a@b.example;x@evil.example",
        "a..b@c.example",
        ".a@b.example",
        "a.@b.example",
        "a@.example",
        "a@b..example",
        "a@b.example.",
        "a@-b.example",
        "a@b-.example",
        "a@b.123",
        "a@127.0.0.1",
        "a@b_c.example",
        "é@b.example",
        "a@straße.example",
        "a@b\u3002example\u3002x",
        "a\x1b[2J@b.example",
        f"a@{'b' * 64}.example",
        f"{'a' * 64}@{'.'.join(['b' * 60] * 4)}",
        "a" * 100_000 + "@b.example",
    ],
)
def test_what_is_not_exactly_one_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_address(text)


@pytest.mark.parametrize("local", ["a", "o'neill", "a.b.c", "a+b", "a-b", "!#$%&'*+/=?^_`{|}~", "1", "a" * 64])
def test_every_dot_atom_is_a_local_part(local: str) -> None:
    assert parse_address(f"{local}@voorbeeld.example") == f"{local}@voorbeeld.example"


def test_an_international_domain_is_written_in_ascii() -> None:
    assert parse_address("a@Bücher.example") == "a@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("a@b.example", Mailbox("", "a@b.example")),
        ("<a@b.example>", Mailbox("", "a@b.example")),
        ("Voorbeeld NV <a@b.example>", Mailbox("Voorbeeld NV", "a@b.example")),
        ('"Jansen, Peeters & Co" <a@b.example>', Mailbox("Jansen, Peeters & Co", "a@b.example")),
        ("Café Één <a@b.example>", Mailbox("Café Één", "a@b.example")),
    ],
)
def test_a_mailbox_may_have_a_name(text: str, mailbox: Mailbox) -> None:
    assert parse_mailbox(text) == mailbox


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Voorbeeld NV",
        "V <a@b.example> x",
        "V <a@b.example>, W <c@d.example>",
        "V <a@b.example, x@evil.example>",
        "V\r\nBcc: x@evil.example <a@b.example>",
        "V\u202e <a@b.example>",
        'V" <x@evil.example>, "W <a@b.example>',
        "V\\ <a@b.example>",
        f"{'V' * 61} <a@b.example>",
    ],
)
def test_a_mailbox_that_could_be_read_twice_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_mailbox(text)


def test_the_domain_is_behind_the_at() -> None:
    assert Mailbox("", "a@b.example").domain == "b.example"


@given(st.text(alphabet="ab@.<>,;:\"'()[]\\ \r\n\té\u2028-", max_size=30))
def test_what_is_accepted_is_one_address_to_the_standard_library_too(text: str) -> None:
    try:
        address = parse_address(text)
    except ValueError:
        return
    assert getaddresses([address]) == [("", address)]
