"""The exact bytes: what is in them, that they are always the same, and that no value gets out of its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import Document, DocumentType, File, FileRole, Held, Kind, Party, Totals
from hub.testing.specimen import make_pack, sample_document
from hub_email import MAX_MESSAGE
from hub_email.address import Mailbox, parse_mailbox
from hub_email.attachments import MAX_ATTACHED, Attachments, choose
from hub_email.message import Envelope, message_id, pack_message, paper_message
from hub_email.settings import Format

KEY = "5b8f1f0a-52a5-5d2e-9d0c-1f2e3d4c5b6a"
ENVELOPE = Envelope(
    Mailbox("Voorbeeld NV", "facturen@voorbeeld.example"),
    "boekhouder@kantoor.example",
    KEY,
    datetime(2026, 1, 15, 12, 0, 30, 999, tzinfo=UTC),
)
UBL = File.of("F2026-0001.xml", "application/xml", b"<Invoice/>")
ONLY_PDF = File.of("F2026-0001.pdf", "application/pdf", b"%PDF-1.4 only")


def no_ubl(_format: str) -> File:
    raise Held("no_ubl", "this paper is no UBL")


def message(document: Document, wanted: Format = Format.BOTH, export: Callable[[str], File] = lambda _: UBL) -> bytes:
    return paper_message(ENVELOPE, document, choose(document, wanted, export))


def read(data: bytes) -> EmailMessage:
    parsed = message_from_bytes(data, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def attached(data: bytes) -> dict[str, bytes]:
    return {str(part.get_filename()): part.get_content() for part in read(data).iter_attachments()}


def text_of(data: bytes) -> str:
    body = read(data).get_body()
    assert body is not None
    content: str = body.get_content()
    return content


def test_the_headers_say_who_what_and_when() -> None:
    headers = dict(read(message(sample_document())).items())
    del headers["Content-Type"]
    assert headers == {
        "Message-ID": f"<{KEY}@voorbeeld.example>",
        "Date": "Thu, 15 Jan 2026 12:00:30 +0000",
        "From": "Voorbeeld NV <facturen@voorbeeld.example>",
        "To": "boekhouder@kantoor.example",
        "Subject": "Sales invoice F2026-0001 of Voorbeeld NV, 2026-01-15, EUR 145.14",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }


def test_the_text_holds_the_facts() -> None:
    document = sample_document()
    assert text_of(message(document)).splitlines() == [
        "Kind         Sales invoice",
        "Number       F2026-0001",
        "Issue date   2026-01-15",
        "Due date     2026-02-14",
        "Supplier     Voorbeeld NV (BE0123456749)",
        "Customer     Klant BV (BE0876543270)",
        "Without VAT  EUR 119.95",
        "VAT          EUR 25.19",
        "With VAT     EUR 145.14",
        "To pay       EUR 145.14",
        "Original     F2026-0001.xml",
        f"SHA-256      {document.original.sha256}",
    ]


def test_the_same_paper_gives_the_same_bytes() -> None:
    assert message(sample_document()) == message(sample_document())


def test_every_relay_passes_the_bytes_on_unchanged() -> None:
    long = sample_document(supplier=Party(name="Één " * 40), number="é" * 300)
    data = message(long)
    assert data.isascii()
    assert data.endswith(b"\r\n")
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 998


def test_attachments_arrive_byte_for_byte() -> None:
    document = sample_document()
    pdf = document.file(FileRole.PDF)
    assert pdf is not None
    assert attached(message(document)) == {"F2026-0001.xml": UBL.read(), "F2026-0001.pdf": pdf.read()}


BARE = sample_document(files=(sample_document().original,))
PAPER_PDF = sample_document(files=(ONLY_PDF,))


@pytest.mark.parametrize(
    ("document", "wanted", "export", "names", "missing"),
    [
        (sample_document(), Format.ORIGINAL, no_ubl, ["F2026-0001.xml"], None),
        (sample_document(), Format.UBL, lambda _: UBL, ["F2026-0001.xml"], None),
        (sample_document(), Format.PDF, no_ubl, ["F2026-0001.pdf"], None),
        (sample_document(), Format.BOTH, lambda _: UBL, ["F2026-0001.xml", "F2026-0001.pdf"], None),
        (BARE, Format.BOTH, lambda _: UBL, ["F2026-0001.xml"], "no_pdf"),
        (BARE, Format.PDF, no_ubl, ["F2026-0001.xml"], "no_pdf"),
        (BARE, Format.BOTH, no_ubl, ["F2026-0001.xml"], "no_ubl, no_pdf"),
        (PAPER_PDF, Format.PDF, no_ubl, ["F2026-0001.pdf"], None),
        (PAPER_PDF, Format.BOTH, no_ubl, ["F2026-0001.pdf"], "no_ubl"),
        (PAPER_PDF, Format.UBL, no_ubl, ["F2026-0001.pdf"], "no_ubl"),
    ],
)
def test_what_is_wanted_goes_or_else_what_there_is(
    document: Document, wanted: Format, export: Callable[[str], File], names: list[str], missing: str | None
) -> None:
    data = message(document, wanted, export)
    assert list(attached(data)) == names
    assert read(data)["X-Hub-Problems"] == missing


def test_an_absent_part_is_told_in_the_text() -> None:
    assert "A PDF is wanted here, but this paper has none" in text_of(message(BARE))


@pytest.mark.parametrize("wanted", list(Format))
def test_a_paper_without_any_file_is_held(wanted: Format) -> None:
    with pytest.raises(Held):
        message(sample_document(files=()), wanted, no_ubl)


def test_too_much_to_attach_is_held_before_it_is_read() -> None:
    def never() -> Any:
        raise AssertionError("was read")

    huge = replace(ONLY_PDF, size=MAX_ATTACHED + 1, opener=never)
    with pytest.raises(Held) as caught:
        message(sample_document(files=(huge,)), Format.ORIGINAL)
    assert caught.value.reason == "too_large"


def test_the_largest_attachments_fit_into_the_largest_message() -> None:
    data = File.of("a.pdf", "application/pdf", bytes(MAX_ATTACHED))
    message = paper_message(ENVELOPE, sample_document(), Attachments.of({"a.pdf": data}))
    assert len(message) <= MAX_MESSAGE


def test_two_files_of_one_name_keep_two_names() -> None:
    files = (File.of("A.pdf", "application/xml", b"x"), File.of("a.PDF", "application/pdf", b"y", FileRole.PDF))
    chosen = choose(sample_document(files=files), Format.BOTH, lambda _: files[0])
    assert list(chosen.files) == ["A.pdf", f"{files[1].sha256[:8]}_a.PDF"]


@pytest.mark.parametrize(
    ("media_type", "sent_as"),
    [
        ("application/pdf", "application/pdf"),
        ("text/xml", "application/xml"),
        ("text/html", "application/octet-stream"),
        ("application/x\r\nBcc: x@evil.example", "application/octet-stream"),
    ],
)
def test_only_known_types_are_named(media_type: str, sent_as: str) -> None:
    file = File.of("a.bin", media_type, b"x")
    [part] = read(message(sample_document(files=(file,)), Format.ORIGINAL)).iter_attachments()
    assert part.get_content_type() == sent_as


def test_a_paper_that_states_nothing_still_has_a_subject() -> None:
    bare = Document(type=DocumentType.OTHER, kind=Kind.OTHER, files=(ONLY_PDF,))
    assert read(message(bare, Format.PDF))["Subject"] == "Other"


def test_amounts_are_never_in_exponents() -> None:
    document = sample_document(totals=Totals(payable=Decimal("1E+3")))
    assert str(read(message(document))["Subject"]).endswith("EUR 1000")


def test_a_pack_is_told_and_attached() -> None:
    pack = make_pack()
    data = pack_message(ENVELOPE, pack)
    assert read(data)["Subject"] == "Export 2026Q1 of Voorbeeld NV, 3 papers"
    assert attached(data) == {"0123456749_2026Q1.zip": pack.file.read()}
    assert pack.sha256 in text_of(data)


def test_a_pack_that_is_too_large_is_held_before_it_is_read() -> None:
    pack = make_pack()
    with pytest.raises(Held):
        pack_message(ENVELOPE, replace(pack, file=replace(pack.file, size=MAX_ATTACHED + 1)))


def test_the_message_id_is_found_again() -> None:
    assert message_id(message(sample_document())) == f"<{KEY}@voorbeeld.example>"


HOSTILE = st.text(alphabet=st.sampled_from('aé\r\n\t\0\x1b\x85\u2028\u202e<>@,;:"\\()=?_ .'), min_size=1, max_size=60)


@given(HOSTILE, HOSTILE)
def test_no_value_gets_out_of_its_place(name: str, number: str) -> None:
    file = File.of(f"{number}.xml", "application/xml", number.encode())
    document = sample_document(number=number, supplier=Party(name=name), currency=name, files=(file,))
    data = message(document, Format.ORIGINAL)
    parsed = read(data)
    assert parsed["To"].addresses[0].addr_spec == "boekhouder@kantoor.example"
    assert len(parsed["To"].addresses) == 1
    assert {"Bcc", "Cc"}.isdisjoint(parsed.keys())
    assert len(parsed.keys()) == 8
    assert [part.get_content() for part in parsed.iter_attachments()] == [number.encode()]


@given(st.text(alphabet=st.sampled_from("aZé ,.;:&'()@ß漢-"), max_size=60))
def test_a_sender_name_survives_and_stays_one_sender(name: str) -> None:
    try:
        sender = parse_mailbox(f"{name} <facturen@voorbeeld.example>")
    except ValueError:
        return
    raw = message_from_bytes(pack_message(replace(ENVELOPE, sender=sender), make_pack()))["From"]
    assert [address for _, address in getaddresses([raw])] == [sender.address]
    shown = str(make_header(decode_header(raw))).removesuffix(f"<{sender.address}>").removesuffix(sender.address)
    # The standard library may lose a space where it breaks a long name.
    assert shown.replace(" ", "").strip('"') == sender.name.replace(" ", "")
