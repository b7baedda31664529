"""The signature is that of Standard Webhooks 1.0, byte for byte."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from hub_webhook.signature import key_of, signed

KEY = bytes(range(24))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
BODY = b'{"type":"document.other","data":{"name":"caf\xc3\xa9"}}'
AT = datetime(2026, 1, 15, 12, 0, 0, 900_000, tzinfo=UTC)


def test_the_headers_are_id_whole_seconds_and_signature() -> None:
    headers = signed("a-key", AT, BODY, [SECRET])
    assert list(headers) == ["webhook-id", "webhook-timestamp", "webhook-signature"]
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("a-key", "1768478400")


def test_the_signature_is_that_of_another_program() -> None:
    """By `openssl dgst -sha256 -mac HMAC -macopt hexkey:0001..17 -binary`, of `a-key.1768478400.` and the body."""
    expected = "ZwCYspqFFqwC1q8ZJyWD1jKEZfsEOIqlqRy5zlzUQ08="
    assert signed("a-key", AT, BODY, [SECRET])["webhook-signature"] == f"v1,{expected}"


def test_two_secrets_are_two_signatures_with_a_space_between() -> None:
    other = f"whsec_{base64.b64encode(bytes(64)).decode()}"
    both = signed("a-key", AT, BODY, [SECRET, other])["webhook-signature"].split(" ")
    alone = [signed("a-key", AT, BODY, [one])["webhook-signature"] for one in (SECRET, other)]
    assert both == alone


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_####", base64.b64encode(KEY).decode(), f"{SECRET}\n"])
def test_what_is_no_secret_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="a signing secret is") as caught:
        key_of(text)
    assert SECRET.removeprefix("whsec_") not in str(caught.value)


def test_a_secret_is_the_bytes_behind_its_prefix() -> None:
    assert key_of(SECRET) == KEY
