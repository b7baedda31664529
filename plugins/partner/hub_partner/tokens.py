"""Secrets that travel in links and cookies: 256 random bits, of which only the SHA-256 is stored."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """A secret to give away, in 43 letters that a link can hold."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is stored and looked up. A secret of 256 random bits needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
