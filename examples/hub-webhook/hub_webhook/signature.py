"""How an event is signed, by Standard Webhooks 1.0 (https://www.standardwebhooks.com): HMAC-SHA256, `v1`. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64  # bytes


def key_of(secret: str) -> bytes:
    """The bytes behind `whsec_...`. Raises ValueError, without the secret in it."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(f"a signing secret is {_PREFIX} and {_SHORTEST} to {_LONGEST} bytes in base64")
    return key


def signed(id_: str, now: datetime, body: bytes, secrets: Sequence[str]) -> Mapping[str, str]:
    """The three headers of an event sent now; with several secrets a receiver may check by any of them."""
    at = int(now.timestamp())
    content = f"{id_}.{at}.".encode() + body
    digests = (hmac.digest(key_of(secret), content, hashlib.sha256) for secret in secrets)
    signatures = " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
    return {"webhook-id": id_, "webhook-timestamp": str(at), "webhook-signature": signatures}
