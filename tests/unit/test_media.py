"""What bytes are is told by the bytes alone."""

from __future__ import annotations

import time

import pytest

from hub.core.media import media_type

CASES = [
    (b"%PDF-1.7\n", "application/pdf"),
    (b"\n\n garbage before a PDF %PDF-1.4", "application/pdf"),
    (b"PK\x03\x04\x14\0", "application/zip"),
    (b"PK\x05\x06" + bytes(18), "application/zip"),
    (b"\x89PNG\r\n\x1a\n\0", "image/png"),
    (b"\xff\xd8\xff\xe0", "image/jpeg"),
    (b"MZ\x90\0", "application/x-dosexec"),
    (b"\x7fELF\x02", "application/x-executable"),
    (b"#!/bin/sh\n%PDF-", "text/x-shellscript"),
    (b"MZ %PDF-", "application/x-dosexec"),
    (b"<?xml version='1.0'?><Invoice/>", "application/xml"),
    (b"\xef\xbb\xbf<Invoice/>", "application/xml"),
    (b" \n<Invoice/>", "application/xml"),
    (b"<!-- x --><Invoice/>", "application/xml"),
    (b"<!DOCTYPE Invoice SYSTEM 'x'><Invoice/>", "application/xml"),
    ("\ufeff<Invoice/>".encode("utf-16-le"), "application/xml"),
    ("\ufeff<Invoice/>".encode("utf-16-be"), "application/xml"),
    ("<Invoice/>".encode("utf-16-le"), "application/xml"),
    (b"<!DOCTYPE html><html></html>", "text/html"),
    (b"<!-- x -->\n<HTML>", "text/html"),
    ("\ufeff<!doctype html>".encode("utf-16-le"), "text/html"),
    (b"<?xml version='1.0'?>\n<svg xmlns='x'/>", "image/svg+xml"),
    (b"<s:svg xmlns:s='x'/>", "image/svg+xml"),
    (b"a;b;c\n1;2;3\n", "text/plain"),
    ("caf\xe9".encode(), "text/plain"),
    (b"a < b", "text/plain"),
    (b"", "application/octet-stream"),
    (b" \n", "application/octet-stream"),
    (b"\0\1\2\3", "application/octet-stream"),
]


@pytest.mark.parametrize(("data", "media"), CASES, ids=[repr(data[:24]) for data, _ in CASES])
def test_the_content_decides(data: bytes, media: str) -> None:
    assert media_type(data) == media


@pytest.mark.parametrize("unit", [b"<!---->", b"<?x?>", b" ", b"<!doctype x>"])
def test_no_input_makes_it_slow(unit: bytes) -> None:
    started = time.process_time()
    media_type(unit * 100_000)
    assert time.process_time() - started < 0.5
